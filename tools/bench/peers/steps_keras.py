"""Training steps on one batch in Keras.

python steps_keras.py WORK STEPS

WORK is JSON: see StepWork in src/step-work.ts. STEPS go into one call.
"""

import json
import sys

from contender import serve
from keras_step import VERSIONS, prepare, trainable_parameters


def main(work, together):
    model, call = prepare(work, together)

    def train(rounds):
        model.reset_metrics()
        for _ in range(rounds * work['steps'] // together):
            loss = call()
        return {'steps': rounds * work['steps'], 'loss': float(loss)}

    serve(train, 1, VERSIONS, trainable_parameters(model))


main(json.loads(sys.argv[1]), int(sys.argv[2]))
