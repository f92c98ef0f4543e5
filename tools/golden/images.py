"""Images as PIL decodes them and torchvision resizes and crops them, which ours are compared with.

    python3 -m venv tools/golden/.venv
    tools/golden/.venv/bin/pip install -r tools/golden/requirements.txt
    tools/golden/.venv/bin/python tools/golden/images.py

Writes to packages/engine/src/fixtures/images the files, and pixels.json: of each file its pixels, of colour.jpg also
what torchvision makes of them. Pixels are 0..255, `[height, width, channels]`, their bytes in base64.
"""

import base64
import io
import json
from pathlib import Path

import numpy
import PIL
import torch
import torchvision
from PIL import Image
from torchvision.transforms import v2

OUTPUT = Path(__file__).parents[2] / 'packages/engine/src/fixtures/images'
HEIGHT, WIDTH = 17, 23


def picture():
    """Smooth colours with an edge and some noise: what a resize and a JPEG can get wrong."""
    y, x = numpy.mgrid[0:HEIGHT, 0:WIDTH]
    waves = [numpy.sin(x / 5) + numpy.cos(y / 4), numpy.sin((x + y) / 6), numpy.cos(x / 3) * numpy.sin(y / 7)]
    image = 128 + 50 * numpy.stack(waves, axis=-1)
    image[5:12, 6:15] += 60
    image += numpy.random.default_rng(4242).normal(0, 12, image.shape)
    return Image.fromarray(image.clip(0, 255).astype(numpy.uint8))


def encoded(image, format, **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def stored(pixels):
    return {
        'dtype': str(pixels.dtype),
        'shape': list(pixels.shape),
        'base64': base64.b64encode(pixels.tobytes()).decode(),
    }


def main():
    colour = picture()
    translucent = colour.copy()
    translucent.putalpha(Image.linear_gradient('L').resize(colour.size))
    files = {
        'colour.jpg': encoded(colour, 'JPEG', quality=85),
        'grey.jpg': encoded(colour.convert('L'), 'JPEG', quality=85),
        'progressive.jpg': encoded(colour, 'JPEG', quality=85, progressive=True),
        'colour.png': encoded(colour, 'PNG'),
        'grey.png': encoded(colour.convert('L'), 'PNG'),
        'palette.png': encoded(colour.quantize(16), 'PNG'),
        'alpha.png': encoded(translucent, 'PNG'),
    }
    OUTPUT.mkdir(parents=True, exist_ok=True)
    pixels = {}
    for name, data in files.items():
        (OUTPUT / name).write_bytes(data)
        image = Image.open(io.BytesIO(data))
        image = image.convert('RGB') if image.mode == 'P' else image
        pixels[name] = stored(numpy.atleast_3d(numpy.array(image)))
    photo = torch.from_numpy(numpy.array(Image.open(io.BytesIO(files['colour.jpg'])))).permute(2, 0, 1).float()
    transforms = {
        'resize 20 26': v2.Resize([20, 26], antialias=False),
        'resize 7 9': v2.Resize([7, 9], antialias=False),
        'resize 7 9 antialias': v2.Resize([7, 9], antialias=True),
        'resize 12': v2.Resize(12, antialias=False),
        'resize 12 antialias': v2.Resize(12, antialias=True),
        'centerCrop 6 10': v2.CenterCrop([6, 10]),
        'centerCrop 10 16': v2.CenterCrop([10, 16]),
    }
    for name, transform in transforms.items():
        pixels[name] = stored(transform(photo).permute(1, 2, 0).contiguous().numpy())
    made_by = f'torchvision {torchvision.__version__}, PIL {PIL.__version__}'
    (OUTPUT / 'pixels.json').write_text(json.dumps({'made by': made_by, 'pixels': pixels}, indent=2) + '\n')


if __name__ == '__main__':
    main()
