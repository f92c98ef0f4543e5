import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./first-step.ts', import.meta.url));
const run = (...args: string[]) => {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const node = ['--import', 'tsx', '--conditions=@paperlab/source', program, ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, node, { encoding: 'utf8', env });
  return { status, stdout, stderr };
};

describe('the first step of a network in a process of its own', () => {
  // TensorFlow optimises the graph on the thread of an asynchronous call, recursively: it takes a deep stack.
  it('of ResNet-152, called asynchronously', () => {
    expect(run('step', 'resnet152')).toEqual({ status: 0, stdout: 'done\n', stderr: '' });
  }, 120_000);

  it('is refused for a network that there is not', () => {
    expect(run('step', 'resnet153').stderr).toContain('no network "resnet153"; there are lenet5, ');
  });
});
