"""Twenty steps of PyTorch with clipping, parameter groups, accumulation and averages, which ours are compared with.

    python3 -m venv tools/golden/.venv
    tools/golden/.venv/bin/pip install -r tools/golden/requirements.txt
    tools/golden/.venv/bin/python tools/golden/steps.py
    npx prettier --write packages/core/src/step/fixtures

Writes packages/core/src/step/fixtures/pytorch.json: initial weights and batches of a linear classifier with one hidden
layer, and for every case the weights (or their averages) after the last step. In double precision.
"""

import json
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

OUTPUT = Path(__file__).parents[2] / 'packages/core/src/step/fixtures/pytorch.json'
STEPS, EXAMPLES, INPUTS, HIDDEN, CLASSES = 20, 6, 5, 4, 3

torch.set_default_dtype(torch.float64)
generator = torch.Generator().manual_seed(7)
draw = lambda *shape: torch.randn(*shape, generator=generator).float().double()

initial = {'F1/kernel': draw(INPUTS, HIDDEN), 'F1/bias': draw(HIDDEN), 'F2/kernel': draw(HIDDEN, CLASSES), 'F2/bias': draw(CLASSES)}
images = 3 * draw(STEPS, EXAMPLES, INPUTS)
labels = torch.randint(CLASSES, (STEPS, EXAMPLES), generator=generator)


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weights = torch.nn.ParameterDict({name.replace('/', '_'): value.clone() for name, value in initial.items()})

    def forward(self, x):
        w = self.weights
        return torch.tanh(x @ w['F1_kernel'] + w['F1_bias']) @ w['F2_kernel'] + w['F2_bias']

    def named(self):
        return {name: self.weights[name.replace('/', '_')] for name in initial}


def run(groups=None, clip=lambda parameters: None, average=None, accumulate=1, frozen=(), optimizer=torch.optim.SGD, **options):
    net = Net()
    named = net.named()
    for name in frozen:
        named[name].requires_grad_(False)
    trained = {name: value for name, value in named.items() if name not in frozen}
    groups = groups or [(list(trained), {})]
    optimizer = optimizer([{'params': [trained[name] for name in names], **group} for names, group in groups], **options)
    averaged = None if average is None else AveragedModel(net, **average)
    after = []
    for first in range(0, STEPS, accumulate):
        optimizer.zero_grad()
        # The last batch of each step is smaller by one: a mean over examples is not a mean over batches.
        parts = [(images[i], labels[i]) for i in range(first, first + accumulate)]
        if accumulate > 1:
            parts[-1] = (parts[-1][0][:-1], parts[-1][1][:-1])
        x, y = (torch.cat(part) for part in zip(*parts))
        cross_entropy(net(x), y).backward()
        clip(list(trained.values()))
        optimizer.step()
        if averaged:
            averaged.update_parameters(net)
        shown = averaged.module.named() if averaged else named
        after.append({name: value.detach().flatten().tolist() for name, value in shown.items()})
    return after


def clip_each(parameters):
    for parameter in parameters:
        torch.nn.utils.clip_grad_norm_([parameter], 0.1, error_if_nonfinite=True)


SGD = {'lr': 0.1, 'momentum': 0.9, 'weight_decay': 0.01}
cases = {
    'clipValue': run(clip=lambda p: torch.nn.utils.clip_grad_value_(p, 0.05), **SGD),
    'clipNorm': run(clip=clip_each, **SGD),
    'globalClipNorm': run(clip=lambda p: torch.nn.utils.clip_grad_norm_(p, 0.3), **SGD),
    'multipliers': run(
        groups=[
            (['F1/kernel'], {'lr': 0.05}),
            (['F2/kernel'], {}),
            (['F1/bias', 'F2/bias'], {'lr': 0.2, 'weight_decay': 0}),
        ],
        **SGD,
    ),
    'frozen': run(frozen=('F1/kernel', 'F1/bias'), **SGD),
    'accumulation': run(accumulate=4, **SGD),
    'ema': run(average={'multi_avg_fn': get_ema_multi_avg_fn(0.9)}, **SGD),
    'polyak': run(average={}, **SGD),
    # Decay that is not part of the gradient: lr * decay of the weight.
    'decoupledDecay': run(
        groups=[(['F1/kernel'], {'lr': 0.005}), (['F2/kernel'], {'weight_decay': 0.2}), (['F1/bias', 'F2/bias'], {'weight_decay': 0})],
        optimizer=torch.optim.AdamW,
        lr=0.01,
        weight_decay=0.1,
    ),
    'together': run(
        groups=[(['F1/kernel', 'F2/kernel'], {}), (['F1/bias'], {'lr': 0.2, 'weight_decay': 0})],
        frozen=('F2/bias',),
        accumulate=2,
        clip=lambda p: torch.nn.utils.clip_grad_norm_(p, 0.3),
        average={'multi_avg_fn': get_ema_multi_avg_fn(0.9)},
        **SGD,
    ),
}

OUTPUT.parent.mkdir(exist_ok=True)
fixture = {
    'initial': {name: {'shape': list(value.shape), 'values': value.flatten().tolist()} for name, value in initial.items()},
    'images': images.tolist(),
    'labels': labels.tolist(),
    # The last step's is enough: an error grows from step to step.
    'cases': {name: after[-1] for name, after in cases.items()},
}
OUTPUT.write_text(json.dumps(fixture))
