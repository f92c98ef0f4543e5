"""Photos in class folders through torchvision's transforms and PyTorch's DataLoader, on tensors, where antialiasing is a choice.

python photo_input_torchvision.py FOLDER no|yes EPOCHS WORKERS
"""

import sys

import torch
import torchvision
from torchvision.datasets import ImageFolder
from torchvision.io import ImageReadMode, decode_jpeg, read_file
from torchvision.transforms import v2

from loader_input import serve_loader

BATCH = 64


def decoded(path):
    return decode_jpeg(read_file(path), ImageReadMode.RGB)


def main(folder, antialias, epochs, workers):
    torch.set_num_threads(1)
    transform = v2.Compose([
        v2.RandomResizedCrop(224, antialias=antialias),
        v2.RandomHorizontalFlip(),
        v2.ToDtype(torch.float32, scale=True),
        v2.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    ])  # fmt: skip
    dataset = ImageFolder(f'{folder}/train', transform, loader=decoded)
    versions = {'torchvision': torchvision.__version__, 'torch': torch.__version__}
    serve_loader(dataset, BATCH, epochs, workers, versions)


main(sys.argv[1], sys.argv[2] == 'yes', int(sys.argv[3]), int(sys.argv[4]))
