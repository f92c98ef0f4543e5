"""The benchmarks' networks in PyTorch, with the initial weights and the dropout of their papers and recipes.

They are those of tools/golden, which ours are tested against, and torchvision's VGG16, which is the paper's column D.
"""

import sys
from pathlib import Path

import torchvision
from torch import nn
from torch.nn import functional as F

sys.path.append(str(Path(__file__).parents[2] / 'golden'))
import alexnet as golden_alexnet
import googlenet as golden_googlenet
import lenet5 as golden_lenet5
import resnet50 as golden_resnet
import vgg16 as golden_vgg


def start(network, weight, bias=nn.init.zeros_):
    """Draws the weights and biases of convolutions and full layers. PyTorch's default elsewhere."""
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            weight(module.weight)
            if module.bias is not None:
                bias(module.bias)
    return network


def drop_out(network, rate, *names):
    """Leaves outputs of these layers out in training. That is the same before a ReLU and after it."""
    for name in names:
        hook = lambda module, inputs, output: F.dropout(output, rate, module.training)
        network.get_submodule(name).register_forward_hook(hook)
    return network


def lenet5():
    return golden_lenet5.seed()


def alexnet():
    network = golden_alexnet.TwoColumns(alpha=5e-4, pixels=36, classes=1000)
    start(network, lambda weight: nn.init.normal_(weight, std=0.01))
    for layer in ('conv2', 'conv4', 'conv5', 'fc6', 'fc7'):
        for column in 'ab':
            nn.init.ones_(network.get_submodule(f'{layer}_{column}').bias)
    return drop_out(network, 0.5, 'fc6_a', 'fc6_b', 'fc7_a', 'fc7_b')


def vgg16():
    return start(torchvision.models.vgg16(), nn.init.xavier_uniform_)


def minivgg16():
    return drop_out(golden_vgg.SeedVGG16(1024), 0.5, 'fc14', 'fc15')


def googlenet():
    """The paper's, without auxiliary classifiers."""
    network = golden_googlenet.PaperGoogLeNet()
    classifier = nn.Linear(1024, 1000)
    network.fc = nn.Sequential(nn.Dropout(0.4), classifier)
    # A gain of 1: Caffe's xavier.
    start(network, lambda weight: nn.init.kaiming_uniform_(weight, nonlinearity='linear'), lambda b: nn.init.constant_(b, 0.2))
    nn.init.zeros_(classifier.bias)
    return network


def resnet50():
    """torchvision's, which starts as ours does, with the stride where the paper has it."""
    return golden_resnet.v1(torchvision.models.resnet50())


def resnet20():
    network = golden_resnet.CifarResNet(20)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode='fan_out', nonlinearity='relu')
    return network


NETWORKS = {
    network.__name__: network for network in (lenet5, alexnet, vgg16, minivgg16, googlenet, resnet50, resnet20)
}
