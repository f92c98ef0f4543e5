"""What TensorBoard's own reader finds in a run's event files, as JSON: scalars, the sizes of images, texts.

python event_files.py FOLDER
"""

import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util.tensor_util import make_ndarray


def main(folder):
    events = EventAccumulator(folder, size_guidance={'scalars': 0, 'images': 0, 'tensors': 0})
    events.Reload()
    tags = events.Tags()
    scalars = {tag: [[event.step, repr(event.value)] for event in events.Scalars(tag)] for tag in tags['scalars']}
    images = {tag: [[event.step, event.width, event.height] for event in events.Images(tag)] for tag in tags['images']}
    texts = {
        tag: [make_ndarray(event.tensor_proto).tolist()[0].decode() for event in events.Tensors(tag)]
        for tag in tags['tensors']
    }
    print(json.dumps({'scalars': scalars, 'images': images, 'texts': texts}))


main(sys.argv[1])
