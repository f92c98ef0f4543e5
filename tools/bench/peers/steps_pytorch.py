"""Training steps on one batch in PyTorch.

python steps_pytorch.py WORK default|channels-last|compile|compile-channels-last

WORK is JSON: see StepWork in src/step-work.ts. `default` is what PyTorch does if nothing is set; the others have the fused
optimizer too, which is faster, and `compile` has torch.compile compile the network with its loss (inductor, which needs
a C++ compiler: g++).
"""

import json
import sys

import torch
from torch.nn import functional as F

from contender import serve
from pytorch_networks import NETWORKS


def optimizer_of(parameters, settings, fused):
    rates = {'lr': settings['learningRate'], 'weight_decay': settings.get('weightDecay', 0)}
    if fused:
        rates['fused'] = True
    if settings['kind'] == 'adam':
        return torch.optim.Adam(parameters, **rates)
    momentum = {'momentum': settings['momentum'], 'nesterov': settings.get('nesterov', False)}
    return torch.optim.SGD(parameters, **rates, **momentum)


def main(work, setting):
    torch.manual_seed(4242)
    height, width, channels = work['shape']
    images = torch.rand(work['batch'], channels, height, width)
    labels = torch.arange(work['batch']) % work['classes']
    model = NETWORKS[work['network']]().train()
    if setting.endswith('channels-last'):
        images = images.contiguous(memory_format=torch.channels_last)
        model = model.to(memory_format=torch.channels_last)
    optimizer = optimizer_of(model.parameters(), work['optimizer'], fused=setting != 'default')
    bfloat16 = work['precision'] == 'bfloat16'

    def loss_of(images, labels):
        with torch.autocast('cpu', torch.bfloat16, enabled=bfloat16):
            return F.cross_entropy(model(images), labels)

    if setting.startswith('compile'):
        loss_of = torch.compile(loss_of)

    def step():
        optimizer.zero_grad()
        loss = loss_of(images, labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    def train(rounds):
        losses = [step() for _ in range(rounds * work['steps'])]
        return {'steps': len(losses), 'loss': sum(losses) / len(losses)}

    parameters = sum(parameter.numel() for parameter in model.parameters())
    serve(train, 1, {'torch': torch.__version__}, parameters)


main(json.loads(sys.argv[1]), sys.argv[2])
