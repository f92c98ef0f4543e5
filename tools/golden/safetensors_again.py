"""Reads a safetensors file and writes its tensors and metadata again: tools/golden/export.test.ts.

    python safetensors_again.py FILE COPY

Prints the metadata as JSON.
"""

import json
import sys

from safetensors import safe_open
from safetensors.numpy import save_file

with safe_open(sys.argv[1], framework="numpy") as file:
    metadata = file.metadata()
    tensors = {name: file.get_tensor(name) for name in file.keys()}
save_file(tensors, sys.argv[2], metadata)
print(json.dumps(metadata))
