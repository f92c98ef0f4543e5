"""What a network computes in PyTorch, for core/testing's pytorchParity to compare ours with.

Weights and images are a function of their name and shape, by a formula that is the same in any language, so that the
fixtures need not hold them: see `drawn`. All is computed in double precision, so that the difference is ours.
"""

import json
import re
from pathlib import Path

import numpy as np
import torch
from torch import nn

MODULUS = 2**31 - 1
LABELS = [3, 1, 4, 9]
OPTIMIZER = {'lr': 0.0001, 'momentum': 0.9, 'weight_decay': 5e-4}



def range_of(name, shape):
    if name.endswith('/kernel'):  # what it is applied to keeps its size
        return around(0, (6 / np.prod(shape[:-1])) ** 0.5)
    if re.search(r'_\d+/conv\d/bn/gamma$', name):  # else rounding errors grow from one residual block to the next
        return around(0.2, 0.1)
    if name.endswith(('/gamma', '/moving_variance')):
        return around(1, 0.5)
    return around(0, 1 if name == 'images' else 0.1)


def around(middle, by):
    return middle - by, middle + by


def drawn(name, shape):
    """Row-major in tfjs's order of dimensions."""
    low, high = range_of(name, shape)
    return low + (high - low) * park_miller(name, int(np.prod(shape))).reshape(shape)


def park_miller(name, count):
    """Numbers in (0, 1): x = 48271 x mod 2^31 - 1, from a polynomial of the name's letters on."""
    x = 1
    for byte in name.encode():
        x = (x * 31 + byte) % MODULUS
    block = np.empty(2**12, dtype=np.int64)
    for i in range(len(block)):
        block[i] = x = x * 48271 % MODULUS
    # A block ahead is a multiplication too.
    jump = pow(48271, len(block), MODULUS)
    blocks = [block]
    while len(blocks) * len(block) < count:
        blocks.append(blocks[-1] * jump % MODULUS)
    return np.concatenate(blocks)[:count] / MODULUS


# Names of what modules hold, in tfjs.
NORM = {'weight': 'gamma', 'bias': 'beta', 'running_mean': 'moving_mean', 'running_var': 'moving_variance'}
PLAIN = {'weight': 'kernel', 'bias': 'bias'}


def named_tensors(network, layer_of):
    """Our name of each parameter and buffer. `layer_of` gives our name of a module."""
    for module_name, module in network.named_modules():
        names = NORM if isinstance(module, nn.BatchNorm2d) else PLAIN
        for name, own in names.items():
            value = getattr(module, name, None)
            if isinstance(value, torch.Tensor):
                yield f'{layer_of(module_name)}/{own}', value


def from_tfjs(values):
    """Kernels are [height, width, in, out] and [in, out] there, [out, in, height, width] and [out, in] here."""
    order = {1: (0,), 2: (1, 0), 4: (3, 2, 0, 1)}[values.ndim]
    return torch.from_numpy(np.ascontiguousarray(values.transpose(order)))


def shape_in_tfjs(value):
    order = {1: (0,), 2: (1, 0), 4: (2, 3, 1, 0)}[value.dim()]
    return tuple(value.shape[i] for i in order)


def record(network, layer_of, size, steps=3):
    """Three steps of SGD from drawn weights, on drawn images of size x size."""
    network.double()
    tensors = dict(named_tensors(network, layer_of))
    with torch.no_grad():
        for name, value in tensors.items():
            value.copy_(from_tfjs(drawn(name, shape_in_tfjs(value))))
    images = drawn('images', (len(LABELS), size, size, 3)).transpose(0, 3, 1, 2)
    images = torch.from_numpy(np.ascontiguousarray(images))
    parameters = {name: value for name, value in tensors.items() if isinstance(value, nn.Parameter)}
    before = {name: value.detach().clone() for name, value in parameters.items()}

    network.eval()
    evaluation = network(images)
    network.train()
    optimizer = torch.optim.SGD(network.parameters(), **OPTIMIZER)
    losses, logits, gradients = [], None, None
    for _ in range(steps):
        optimizer.zero_grad()
        outputs = network(images)
        loss = nn.functional.cross_entropy(outputs, torch.tensor(LABELS))
        loss.backward()
        losses.append(loss.item())
        if logits is None:
            logits = outputs
            gradients = {name: value.grad.norm().item() for name, value in parameters.items()}
        optimizer.step()
    return {
        'labels': LABELS,
        'optimizer': OPTIMIZER,
        'evaluationLogits': rounded(evaluation.tolist()),
        'logits': rounded(logits.tolist()),
        'losses': rounded(losses),
        'weights': {
            name: rounded([gradients[name], value.norm().item(), (value - before[name]).norm().item()])
            for name, value in parameters.items()
        },
    }


def rounded(numbers):
    return [rounded(row) for row in numbers] if isinstance(numbers, list) else float(f'{numbers:.7g}')


def write(path, cases):
    """Each case has its options in our package and what is expected. `path` is within the repository."""
    output = Path(__file__).parents[2] / path
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps({'made by': f'PyTorch {torch.__version__}', 'cases': cases}) + '\n')
