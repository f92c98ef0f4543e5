import { expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

it.each([
  ['bench', ['alexnet-moon'], 'bench: no benchmark "alexnet-moon"; there are lenet5-mnist\n'],
  ['bench', ['lenet5-mnist', '--pairs', 'few'], 'bench: --pairs few: give a whole number, 1 or more\n'],
  ['epoch', ['alexnet'], 'epoch: no benchmark "alexnet"; there are lenet5-mnist\n'],
  ['steps', ['resnet18'], /^steps: no network "resnet18" with peers; there are lenet5, .*\n$/],
  ['steps', ['lenet5', '--precision', 'int8'], 'steps: --precision int8: give float32 or bfloat16\n'],
  ['first-step-ratio', [], /^first-step: no network "" with peers; there are lenet5, .*\n$/],
  ['cifar-input', ['cifar10'], 'cifar-input: it takes no name: leave out "cifar10"\n'],
  ['checkpoint-cost', ['lenet5'], /^checkpoint-cost: no experiment "lenet5"; there are lenet5-mnist, .*\n$/],
  ['tracker-cost', ['lenet5-mnist', '--server', 'maybe'], 'tracker-cost: --server maybe: give no or yes\n'],
  ['checkpoint-steps', [], /^checkpoint-steps: no experiment ""; there are lenet5-mnist, .*\n$/],
  [
    'stall',
    ['resnet50-photos'],
    /^stall: no experiment "resnet50-photos"; there are .*, resnet50-photos FOLDER\n$/,
  ],
  ['stall', ['lenet5-mnist', '--pairs', '3'], /^stall: Unknown option '--pairs'.*\n$/],
])('%s refuses %j in one line', (name, args, message) => {
  const program = join(import.meta.dirname, `${name}.ts`);
  const options = ['--import', 'tsx', '--conditions=@paperlab/source'];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...options, program, ...args], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  expect(stderr).toMatch(message);
  expect([status, stdout]).toEqual([1, '']);
});
