"""A file of Python's safetensors library, which ours must equal byte for byte.

    python3 -m venv tools/golden/.venv
    tools/golden/.venv/bin/pip install -r tools/golden/requirements.txt
    tools/golden/.venv/bin/python tools/golden/safetensors_file.py

Writes packages/core/src/fixtures/library.safetensors. The numbers of every tensor are 0, 1, 2, …
"""

from pathlib import Path

import torch
from safetensors.torch import save_file

OUTPUT = Path(__file__).parents[2] / 'packages/core/src/fixtures/library.safetensors'

tensors = {
    'C1/kernel': torch.arange(12).reshape(2, 2, 1, 3).to(torch.float32),
    'C1/bias': torch.arange(3).to(torch.float32),
    'step': torch.tensor(0, dtype=torch.int64),
    'mask': torch.arange(2).to(torch.bool),
    'labels': torch.arange(5).to(torch.int32),
    'pixels': torch.arange(7).to(torch.uint8),
    'half': torch.arange(4).to(torch.float16),
    'brain': torch.arange(4).to(torch.bfloat16),
    'double': torch.arange(2).to(torch.float64),
    'empty': torch.zeros(0, 3),
    'größe': torch.arange(1).to(torch.float32),
    'a "quoted" name': torch.arange(1).to(torch.float32),
}

OUTPUT.parent.mkdir(exist_ok=True)
save_file(tensors, OUTPUT, metadata={'format': 'pt'})
