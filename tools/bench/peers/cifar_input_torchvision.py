"""Images of CIFAR-10's shape through torchvision's transforms and PyTorch's DataLoader, as its tutorials have it.

Its settings are the fastest that were found; the README has the trials.

python cifar_input_torchvision.py EPOCHS WORKERS
"""

import sys

import numpy as np
import PIL
import torch
import torchvision
from PIL import Image
from torch.utils.data import Dataset
from torchvision import transforms

from loader_input import serve_loader

BATCH = 128
IMAGES = 50_000


class Images(Dataset):
    """Noise; what it costs to transform images does not depend on what they show. As torchvision's CIFAR10 otherwise."""

    def __init__(self, transform):
        self.data = np.random.default_rng(4242).integers(0, 256, (IMAGES, 32, 32, 3), np.uint8)
        self.targets = [i % 10 for i in range(IMAGES)]
        self.transform = transform

    def __len__(self):
        return len(self.data)

    def __getitem__(self, index):
        return self.transform(Image.fromarray(self.data[index])), self.targets[index]


def main(epochs, workers):
    torch.set_num_threads(1)
    dataset = Images(
        transforms.Compose([
            transforms.RandomCrop(32, padding=4),
            transforms.RandomHorizontalFlip(),
            transforms.ToTensor(),
            transforms.Normalize((0.4914, 0.4822, 0.4465), (0.247, 0.2435, 0.2616)),
        ])
    )  # fmt: skip
    versions = {'torchvision': torchvision.__version__, 'torch': torch.__version__, 'pillow': PIL.__version__}
    serve_loader(dataset, BATCH, epochs, workers, versions)


main(int(sys.argv[1]), int(sys.argv[2]))
