"""What PIL makes of a JPEG with each Exif orientation, which ours is compared with.

    python3 -m venv tools/golden/.venv
    tools/golden/.venv/bin/pip install -r tools/golden/requirements.txt
    tools/golden/.venv/bin/python tools/golden/orientation.py

Writes packages/engine/src/fixtures/images/orientation.json: for each byte order and orientation the Exif segment, in base64, that is
put behind the first two bytes of colour.jpg of the same folder, and shape and sha256 of the pixels, uint8
`[height, width, 3]`, after `ImageOps.exif_transpose`. Also files in CMYK and YCCK, grey and progressive, in base64, and their pixels
as PIL converts them to RGB.
"""

import base64
import hashlib
import io
import json
import struct
from pathlib import Path

import numpy
from PIL import Image, ImageOps

FOLDER = Path(__file__).parents[2] / 'packages/engine/src/fixtures/images'
JPEG = (FOLDER / 'colour.jpg').read_bytes()


def segment(order, orientation):
    """APP1 with a directory of two tags: a description, and the orientation."""
    end = '<' if order == 'II' else '>'
    header = order.encode() + struct.pack(end + 'HI', 42, 8)
    tags = struct.pack(end + 'HHI4s', 0x010E, 2, 4, b'abc\0') + struct.pack(end + 'HHIHH', 0x0112, 3, 1, orientation, 0)
    directory = struct.pack(end + 'H', 2) + tags + struct.pack(end + 'I', 0)
    body = b'Exif\0\0' + header + directory
    return b'\xff\xe1' + struct.pack('>H', len(body) + 2) + body


def described(image):
    pixels = numpy.asarray(image.convert('RGB'))
    return {'shape': list(pixels.shape), 'sha256': hashlib.sha256(pixels.tobytes()).hexdigest()}


orientations = []
for order in ('II', 'MM'):
    for orientation in range(1, 9):
        exif = segment(order, orientation)
        image = Image.open(io.BytesIO(JPEG[:2] + exif + JPEG[2:]))
        assert image.getexif()[0x0112] == orientation
        upright = described(ImageOps.exif_transpose(image))
        orientations.append({'order': order, 'orientation': orientation, 'exif': base64.b64encode(exif).decode(), **upright})

kinds = {}
original = Image.open(io.BytesIO(JPEG)).convert('RGB')
for name, image, options in [
    ('grey', original.convert('L'), {}),
    ('progressive', original, {'progressive': True}),
    ('CMYK', original.convert('CMYK'), {}),
    ('with an ICC profile', original, {'icc_profile': b'not looked at' * 20}),
]:
    file = io.BytesIO()
    image.save(file, 'JPEG', quality=90, **options)
    pixels = numpy.asarray(Image.open(io.BytesIO(file.getvalue())).convert('RGB'))
    kinds[name] = {
        'file': base64.b64encode(file.getvalue()).decode(),
        'shape': list(pixels.shape),
        'pixels': base64.b64encode(pixels.tobytes()).decode(),
    }
FILE = FOLDER / 'orientation.json'
FILE.write_text(json.dumps({'orientations': orientations, 'kinds': kinds}, indent=1) + '\n')
