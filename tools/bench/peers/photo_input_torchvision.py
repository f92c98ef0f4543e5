"""Photos in class folders through torchvision's transforms and PyTorch's DataLoader, on tensors, where antialiasing is a choice.

python photo_input_torchvision.py FOLDER no|yes EPOCHS WORKERS
"""

import resource
import sys

import torch
import torchvision
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.io import ImageReadMode, decode_jpeg, read_file
from torchvision.transforms import v2

from contender import serve

BATCH = 64


def decoded(path):
    return decode_jpeg(read_file(path), ImageReadMode.RGB)


def cpu_seconds():
    """Of this process, and of workers that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def main(folder, antialias, epochs, workers):
    torch.set_num_threads(1)
    transform = v2.Compose([
        v2.RandomResizedCrop(224, antialias=antialias),
        v2.RandomHorizontalFlip(),
        v2.ToDtype(torch.float32, scale=True),
        v2.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    ])  # fmt: skip
    dataset = ImageFolder(f'{folder}/train', transform, loader=decoded)
    # Workers are processes that end with the epoch. They are forked, so that they are children of this process.
    context = 'fork' if workers else None
    loader = DataLoader(
        dataset, batch_size=BATCH, shuffle=True, num_workers=workers, multiprocessing_context=context
    )

    def draw(epochs):
        before = cpu_seconds()
        images = batches = 0
        for _ in range(epochs):
            for x, _ in loader:
                images += len(x)
                batches += 1
        return {'images': images, 'batches': batches, 'cpuSeconds': cpu_seconds() - before}

    serve(draw, epochs, {'torchvision': torchvision.__version__, 'torch': torch.__version__})


main(sys.argv[1], sys.argv[2] == 'yes', int(sys.argv[3]), int(sys.argv[4]))
