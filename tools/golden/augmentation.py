"""What torchvision's random transforms make of an image, given the numbers that are drawn, which ours are compared with.

    python3 -m venv tools/golden/.venv
    tools/golden/.venv/bin/pip install -r tools/golden/requirements.txt
    tools/golden/.venv/bin/python tools/golden/augmentation.py

Writes packages/engine/src/fixtures/images/augmented.json: transforms as data, uniform numbers in [0, 1) for some images,
and the pixels of each, float32 `[height, width, channels]` in base64. The image is colour.jpg of the same folder, pixels
from 0 to 255; where colours are changed, it is PART of it, pixels from 0 to 1. torchvision draws through torch, whose
draws are replaced by those numbers.
"""

import base64
import contextlib
import itertools
import json
import math
from pathlib import Path

import numpy
import torch
import torchvision
from PIL import Image
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional

FOLDER = Path(__file__).parents[2] / 'packages/engine/src/fixtures/images'
ADJUSTMENTS = ['brightness', 'contrast', 'saturation', 'hue']
PART = slice(4, 12), slice(4, 14)
generator = numpy.random.default_rng(4242)


def uniform(count):
    """As the engines draw them: 23 bits."""
    return [float(value) for value in generator.integers(0, 2**23, count) / 2**23]


@contextlib.contextmanager
def drawing(uniforms=(), places=(), order=None):
    """Within it, torch draws these numbers: uniforms, then whole numbers, and permutations."""
    uniforms, places = iter(uniforms), iter(places)
    before = torch.Tensor.uniform_, torch.randint, torch.randperm
    torch.Tensor.uniform_ = lambda self, least, most: self.fill_(next(uniforms)).mul_(most - least).add_(least)
    torch.randint = lambda least, most, size: torch.full(size, least + math.floor(next(places) * (most - least)))
    torch.randperm = lambda count: torch.tensor(order)
    try:
        yield
    finally:
        torch.Tensor.uniform_, torch.randint, torch.randperm = before


def resized_crop(image, u, size, scale=(0.08, 1.0), ratio=(3 / 4, 4 / 3), antialias=False):
    transform = v2.RandomResizedCrop(size, scale, ratio, antialias=antialias)
    attempts = [u[column] for k in range(10) for column in (k, 10 + k)]
    with drawing(attempts, u[20:22]):
        return transform(image)


def short_side_crop(image, u, shortSide, size, antialias=False):
    least, most = shortSide
    whole = functional.resize(image, [least + math.floor(u[0] * (most + 1 - least))], antialias=antialias)
    top, left = (math.floor(u[1 + axis] * (whole.shape[1 + axis] + 1 - size[axis])) for axis in (0, 1))
    return functional.crop(whole, top, left, *size)


def color_jitter(image, u, **options):
    order = list(itertools.permutations(range(4)))[math.floor(24 * u[4])]
    with drawing([u[i] for i, name in enumerate(ADJUSTMENTS) if name in options], order=order):
        return v2.ColorJitter(**options)(image[:, *PART] / 255)


def pca_lighting(image, u, eigenvalues, eigenvectors, std=0.1):
    radius = [math.sqrt(-2 * math.log(1 - u[column])) for column in (0, 2)]
    angle = [2 * math.pi * u[column] for column in (1, 3)]
    normal = numpy.array([
        radius[0] * math.cos(angle[0]),
        radius[0] * math.sin(angle[0]),
        radius[1] * math.cos(angle[1]),
    ])
    shift = numpy.array(eigenvectors).T @ (std * normal * numpy.array(eigenvalues))
    return image[:, *PART] / 255 + torch.tensor(shift, dtype=torch.float32)[:, None, None]


def crop(image, u, size, padding=0):
    """torchvision's RandomCrop draws whole numbers, row and column."""
    with drawing(places=u[:2]):
        return v2.RandomCrop(size, padding)(image)


def flip(image, u):
    return functional.horizontal_flip(image) if u[0] < 0.5 else image


TRANSFORMS = {
    'randomResizedCrop': (resized_crop, 24),
    'randomShortSideCrop': (short_side_crop, 4),
    'colorJitter': (color_jitter, 8),
    'pcaLighting': (pca_lighting, 4),
    'randomCrop': (crop, 4),
    'randomHorizontalFlip': (flip, 4),
}


def principal_components(image):
    values, vectors = numpy.linalg.eigh(numpy.cov(image.flatten(1).numpy() / 255, bias=True))
    return {'eigenvalues': values[::-1].tolist(), 'eigenvectors': vectors.T[::-1].tolist()}


def main():
    pixels = numpy.array(Image.open(FOLDER / 'colour.jpg'))
    photo = torch.from_numpy(pixels).permute(2, 0, 1).float()
    cases = [
        (8, {'name': 'randomResizedCrop', 'size': [8, 10]}),
        (8, {'name': 'randomResizedCrop', 'size': [8, 10], 'antialias': True}),
        (2, {'name': 'randomResizedCrop', 'size': [24, 26]}),
        (2, {'name': 'randomResizedCrop', 'size': [24, 26], 'antialias': True}),
        (6, {'name': 'randomResizedCrop', 'size': [9, 9], 'scale': [0.6, 1], 'ratio': [1, 2]}),
        # Nothing of these fits: too narrow, too wide, too large.
        (2, {'name': 'randomResizedCrop', 'size': [9, 9], 'scale': [0.9, 1], 'ratio': [0.25, 0.5]}),
        (2, {'name': 'randomResizedCrop', 'size': [9, 9], 'scale': [0.9, 1], 'ratio': [3, 4]}),
        (2, {'name': 'randomResizedCrop', 'size': [9, 9], 'scale': [1.5, 2]}),
        (6, {'name': 'randomShortSideCrop', 'shortSide': [10, 34], 'size': [9, 10]}),
        (6, {'name': 'randomShortSideCrop', 'shortSide': [10, 16], 'size': [9, 10], 'antialias': True}),
        (3, {'name': 'colorJitter', 'brightness': 0.5}),
        (3, {'name': 'colorJitter', 'contrast': [0.2, 2]}),
        (3, {'name': 'colorJitter', 'saturation': 0.9}),
        (3, {'name': 'colorJitter', 'hue': 0.5}),
        (6, {'name': 'colorJitter', 'brightness': 0.5, 'contrast': 0.5, 'saturation': 0.5}),
        (12, {'name': 'colorJitter', 'brightness': 0.4, 'contrast': 0.4, 'saturation': 0.4, 'hue': 0.1}),
        (4, {'name': 'pcaLighting', **principal_components(photo)}),
        (4, {'name': 'randomCrop', 'size': [8, 12], 'padding': 4}),
        (2, {'name': 'randomHorizontalFlip'}),
    ]
    results = []
    for images, transform in cases:
        options = {option: value for option, value in transform.items() if option != 'name'}
        apply, numbers = TRANSFORMS[transform['name']]
        draws = [uniform(numbers) for _ in range(images)]
        made = [apply(photo, u, **options) for u in draws]
        values = torch.stack(made).permute(0, 2, 3, 1).contiguous().numpy()
        assert values.dtype == numpy.float32
        results.append({
            'transform': transform,
            'draws': draws,
            'shape': list(values.shape),
            'base64': base64.b64encode(values.tobytes()).decode(),
        })
    made_by = f'torchvision {torchvision.__version__}'
    (FOLDER / 'augmented.json').write_text(json.dumps({'made by': made_by, 'cases': results}) + '\n')


if __name__ == '__main__':
    main()
