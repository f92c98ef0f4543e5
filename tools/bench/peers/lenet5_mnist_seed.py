"""LeNet-5 on MNIST as programs of the seed's kind train it: a DataLoader that shuffles, PIL images which transforms resize,
and a loop that reads the loss and the accuracy of each step.

python lenet5_mnist_seed.py EPOCHS MNIST_FOLDER
"""

import sys

import PIL
import torch
import torchvision
from PIL import Image
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from contender import serve
from mnist import training_set
from pytorch_networks import lenet5

BATCH = 32


class Mnist(Dataset):
    """As torchvision's MNIST: each image becomes one of PIL's when it is asked for."""

    def __init__(self, folder, transform):
        images, labels = training_set(folder)
        self.images, self.labels = torch.from_numpy(images), torch.from_numpy(labels)
        self.transform = transform

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = Image.fromarray(self.images[index].numpy(), mode='L')
        return self.transform(image), int(self.labels[index])


def main(epochs, folder):
    transform = transforms.Compose([transforms.Resize((32, 32)), transforms.ToTensor()])
    loader = DataLoader(Mnist(folder, transform), batch_size=BATCH, shuffle=True)
    model = lenet5()
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-4)

    def train_epoch():
        model.train()
        loss_sum = correct = seen = 0
        for images, labels in loader:
            logits = model(images)
            loss = F.cross_entropy(logits, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            loss_sum += loss.item() * len(labels)
            correct += (logits.argmax(dim=1) == labels).sum().item()
            seen += len(labels)
        return {'images': seen, 'steps': len(loader), 'loss': loss_sum / seen, 'top1': correct / seen}

    def train(epochs):
        passes = [train_epoch() for _ in range(epochs)]
        return {**passes[-1], 'images': sum(p['images'] for p in passes), 'steps': sum(p['steps'] for p in passes)}

    versions = {'torch': torch.__version__, 'torchvision': torchvision.__version__, 'pillow': PIL.__version__}
    serve(train, epochs, versions)


main(int(sys.argv[1]), sys.argv[2])
