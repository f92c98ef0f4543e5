"""A contender's half of the conversation with the harness (src/contender.ts)."""

import json
import platform
import sys
import time


def serve(train, epochs, versions, parameters=None):
    """Trains one epoch to warm up, says so, then trains `epochs` epochs for every line on stdin, until its end.

    train(epochs) returns what it did: images, steps, and loss and top1 (0..1), which are means over its last epoch; or
    what else the harness wants of a round. parameters: how many the network trains, to compare with the others'.
    Every answer is one line of JSON on stdout.
    """
    answers = sys.stdout
    sys.stdout = sys.stderr  # what libraries print is no answer

    def answer(value):
        print(json.dumps(value), file=answers, flush=True)

    train(1)
    ready = {'versions': {**versions, 'python': platform.python_version()}}
    answer(ready if parameters is None else {**ready, 'parameters': parameters})
    for _ in sys.stdin:
        start = time.perf_counter()
        done = train(epochs)
        answer({'seconds': time.perf_counter() - start, **done})
