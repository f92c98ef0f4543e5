"""What torchvision's RandAugment makes of an image of bytes, which ours is compared with.

    python3 -m venv tools/golden/.venv
    tools/golden/.venv/bin/pip install -r tools/golden/requirements.txt
    tools/golden/.venv/bin/python tools/golden/rand_augment.py

Writes packages/core/src/rand-augment/fixtures/torchvision.json: the image, and for some options what images draw, as
`randomDraws` explains it, and what becomes of them; bytes `[n, height, width, channels]`, deflated, in base64. The image is
cat.png of that folder: the face of Chelsea, a photograph by Stefan van der Walt (CC0), which scikit-image has. Where options
make the image grey, it is its second channel.
"""

import base64
import json
import math
import zlib
from pathlib import Path

import numpy
import torch
import torchvision
from PIL import Image
from torchvision.transforms import v2

FOLDER = Path(__file__).parents[2] / 'packages/core/src/rand-augment/fixtures'
SPACE = v2.RandAugment._AUGMENTATION_SPACE


def augmented(image, numbers, numOps=2, magnitude=9, numMagnitudeBins=31, fill=None):
    """torch draws an op, and then a sign if the op has one; ours draws both."""
    transform = v2.RandAugment(numOps, magnitude, numMagnitudeBins, fill=fill)
    before = torch.randint, torch.rand
    pairs = zip(numbers[::2], numbers[1::2])
    sign = None

    def op(most, size):
        nonlocal sign
        place, sign = next(pairs)
        return torch.tensor(math.floor(place * most))

    torch.randint, torch.rand = op, lambda size: torch.tensor(sign)
    try:
        return transform(image)
    finally:
        torch.randint, torch.rand = before


def draws_of(chosen):
    """Each op, and both signs of one that has them."""
    return [
        [(place + 0.5) / len(SPACE), sign, 0, 0]
        for place, (name, (_, signed)) in enumerate(SPACE.items())
        for sign in ((0.25, 0.75) if signed else (0.75,))
        if chosen(name)
    ]


def stored(images):
    values = torch.stack(images).permute(0, 2, 3, 1).contiguous().numpy()
    assert values.dtype == numpy.uint8
    deflated = base64.b64encode(zlib.compress(values.tobytes(), 9)).decode()
    return {'shape': list(values.shape), 'deflated': deflated}


def main():
    colour = torch.from_numpy(numpy.array(Image.open(FOLDER / 'cat.png'))).permute(2, 0, 1)
    generator = numpy.random.default_rng(4242)
    random = [[float(number) for number in generator.integers(0, 2**23, 4) / 2**23] for _ in range(20)]
    every = draws_of(lambda name: True)
    strong = draws_of(lambda name: SPACE[name][0](31, 1, 1) is not None)
    one = {'numOps': 1}
    cases = [
        (one, every),
        ({**one, 'magnitude': 17}, strong),
        ({**one, 'magnitude': 30}, strong),
        ({**one, 'magnitude': 5, 'numMagnitudeBins': 10, 'fill': [124, 116, 104]}, strong),
        ({**one, 'magnitude': 14, 'fill': 128}, every),
        ({}, random),
    ]
    results = []
    for options, draws in cases:
        grey = options.get('fill') == 128
        image = colour[1:2] if grey else colour
        made = stored([augmented(image, numbers, **options) for numbers in draws])
        transform = {'name': 'randAugment', **options}
        results.append({'transform': transform, 'grey': grey, 'draws': draws, **made})
    written = {
        'made by': f'torchvision {torchvision.__version__}',
        'image': stored([colour]),
        'ops': list(SPACE),
        'cases': results,
    }
    (FOLDER / 'torchvision.json').write_text(json.dumps(written) + '\n')


if __name__ == '__main__':
    main()
