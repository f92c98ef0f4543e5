"""One training step in Keras, in a process of its own.

python first_step_keras.py WORK

WORK is JSON: see StepWork in src/step-work.ts.
"""

import json
import math
import sys

from keras_step import prepare

_, step = prepare(json.loads(sys.argv[1]))
loss = step()
if not math.isfinite(loss):
    sys.exit(f'the loss is {loss}')
print('done')
