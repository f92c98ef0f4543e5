"""What torchvision's crops make of an image in the papers' test protocols, which ours are compared with.

    python3 -m venv tools/golden/.venv
    tools/golden/.venv/bin/pip install -r tools/golden/requirements.txt
    tools/golden/.venv/bin/python tools/golden/views.py

Writes packages/engine/src/fixtures/images/views.json: for two images, a wide one and a tall one, pixels from 0 to 255 by
formula, the parts that each protocol shows, float32 `[views, size, size, 3]` in base64.
"""

import base64
import json
from pathlib import Path

import numpy
import torch
from torchvision.transforms.v2 import functional

FILE = Path(__file__).parents[2] / 'packages/engine/src/fixtures/images/views.json'
SIZE = 4


def image(height, width):
    """`[3, height, width]`, pixel i of all numbers in `[height, width, 3]` is i * 7919 mod 251."""
    pixels = (numpy.arange(height * width * 3, dtype=numpy.int64) * 7919 % 251).reshape(height, width, 3)
    return torch.from_numpy(pixels.astype(numpy.float32)).permute(2, 0, 1)


def resized(pixels, short_side, antialias):
    return functional.resize(pixels, [short_side], antialias=antialias)


def ten_crop(pixels, short_side, antialias=False):
    """The crops' reflections, as the paper has them; torchvision's own takes the crops of the reflected image."""
    five = functional.five_crop(resized(pixels, short_side, antialias), [SIZE])
    return [*five, *(functional.hflip(part) for part in five)]


def multi_crop(pixels, short_sides):
    parts = []
    for short_side in short_sides:
        large = resized(pixels, short_side, False)
        rows, columns = (side - SIZE for side in large.shape[1:])
        grid = [
            functional.crop(large, round(rows * y / 4), round(columns * x / 4), SIZE, SIZE)
            for y in range(5)
            for x in range(5)
        ]
        parts += grid + [functional.hflip(part) for part in grid]
    return parts


def square_crops(pixels, short_sides):
    parts = []
    for short_side in short_sides:
        large = resized(pixels, short_side, False)
        rows, columns = (side - short_side for side in large.shape[1:])
        for place in (0, 0.5, 1):
            square = functional.crop(large, round(rows * place), round(columns * place), short_side, short_side)
            five = [*functional.five_crop(square, [SIZE])]
            views = [*five, functional.resize(square, [SIZE, SIZE], antialias=False)]
            parts += views + [functional.hflip(part) for part in views]
    return parts


cases = []
for height, width in [(13, 21), (23, 11)]:
    pixels = image(height, width)
    for name, options, parts in [
        ('tenCrop', {'shortSide': 7}, ten_crop(pixels, 7)),
        ('tenCrop', {'shortSide': 7, 'antialias': True}, ten_crop(pixels, 7, True)),
        ('tenCrop', {'shortSide': 17}, ten_crop(pixels, 17)),
        ('multiCrop', {'shortSides': [7]}, multi_crop(pixels, [7])),
        ('squareCrops', {'shortSides': [9]}, square_crops(pixels, [9])),
    ]:
        values = torch.stack([*parts]).permute(0, 2, 3, 1).contiguous().numpy()
        cases.append({
            'protocol': name,
            'options': {**options, 'size': SIZE},
            'image': [height, width],
            'views': len(parts),
            'values': base64.b64encode(numpy.round(values, 3).astype('<f4').tobytes()).decode(),
        })
FILE.write_text(json.dumps(cases, indent=1) + '\n')
