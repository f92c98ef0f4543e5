"""Learning rates of PyTorch's schedulers, which ours are compared with.

    python3 -m venv tools/golden/.venv
    tools/golden/.venv/bin/pip install -r tools/golden/requirements.txt
    tools/golden/.venv/bin/python tools/golden/schedules.py
    npx prettier --write packages/core/src/schedules/fixtures

Writes packages/core/src/schedules/fixtures/pytorch.json: for every case the rate of each step, or of each epoch.
"""

import json
from pathlib import Path

import torch
from torch.optim import lr_scheduler

OUTPUT = Path(__file__).parents[2] / 'packages/core/src/schedules/fixtures/pytorch.json'
RATE = 0.3
COUNT = 40

# Valid losses: falling, flat, falling, rising, flat.
LOSSES = [2 - 0.1 * i for i in range(10)] + [1.1] * 10 + [1.05 - 0.01 * i for i in range(5)] + [1.2 + 0.01 * i for i in range(8)] + [1.25] * 7

CASES = {
    'stepDecay': lambda o: lr_scheduler.StepLR(o, step_size=7, gamma=0.3),
    'exponentialDecay': lambda o: lr_scheduler.ExponentialLR(o, gamma=0.93),
    'cosineDecay': lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=COUNT),
    'cosineDecay, minimum': lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=COUNT, eta_min=0.01),
    'polynomialDecay': lambda o: lr_scheduler.PolynomialLR(o, total_iters=COUNT, power=0.5),
    'polynomialDecay, shorter': lambda o: lr_scheduler.PolynomialLR(o, total_iters=15, power=2),
    'oneCycle': lambda o: lr_scheduler.OneCycleLR(o, max_lr=RATE, total_steps=COUNT, cycle_momentum=False),
    'oneCycle, options': lambda o: lr_scheduler.OneCycleLR(
        o, max_lr=RATE, total_steps=COUNT, pct_start=0.45, div_factor=10, final_div_factor=50, cycle_momentum=False
    ),
    'warmup': lambda o: lr_scheduler.LinearLR(o, start_factor=0.1, total_iters=6),
    'warmup, stepDecay': lambda o: lr_scheduler.ChainedScheduler([
        lr_scheduler.LinearLR(o, start_factor=0.25, total_iters=6),
        lr_scheduler.StepLR(o, step_size=4, gamma=0.5),
    ]),
    'reduceOnPlateau': lambda o: lr_scheduler.ReduceLROnPlateau(o, factor=0.5, patience=2),
    'reduceOnPlateau, options': lambda o: lr_scheduler.ReduceLROnPlateau(
        o, factor=0.3, patience=1, threshold=0.03, cooldown=3, min_lr=0.02
    ),
    'reduceOnPlateau, top1': lambda o: lr_scheduler.ReduceLROnPlateau(o, mode='max', patience=0),
}


def rates(name, make):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=RATE)
    scheduler = make(optimizer)
    found = []
    for i in range(COUNT):
        found.append(optimizer.param_groups[0]['lr'])
        optimizer.step()
        if i + 1 < COUNT or not name.startswith('oneCycle'):
            scheduler.step(*([LOSSES[i]] if 'Plateau' in name else []))
    return found


fixture = {'learningRate': RATE, 'losses': LOSSES, 'rates': {name: rates(name, make) for name, make in CASES.items()}}
OUTPUT.write_text(json.dumps(fixture))
