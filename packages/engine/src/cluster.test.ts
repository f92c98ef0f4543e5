import { describe, expect, it, jest } from '@jest/globals';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { type Child, type Ending, runChild, startChild } from './testing/run-child.js';

jest.setTimeout(60_000);

/** Free ports of this machine. */
async function ports(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const found = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return found;
}

/** Starts a worker per mode. */
async function workers(...modes: readonly string[]): Promise<{ children: Child[]; names: string[] }> {
  const addresses = (await ports(modes.length)).map((port) => `127.0.0.1:${port}`);
  const children = modes.map((mode, i) => startChild('cluster.child.ts', addresses.join(), `${i}`, mode));
  return { children, names: addresses.map((address, i) => `worker ${i} (${address})`) };
}

const reportOf = ({ code, stderr, reports }: Ending) => {
  if (code !== 0) throw new Error(`ended with ${code}: ${stderr}`);
  return Object.assign({}, ...reports) as Record<string, unknown>;
};
const close = (children: readonly Child[]) => children.forEach(({ process }) => process.kill('SIGKILL'));

describe('two processes', () => {
  it('reduce, gather and broadcast inside compiled functions, and end cleanly', async () => {
    const { children, names } = await workers('end', 'end');
    const reports = (await Promise.all(children.map(({ ended }) => ended))).map(reportOf);
    reports.forEach((report, i) => {
      expect(report).toEqual({
        joined: names[i],
        devices: [{ name: 'CPU:0', type: 'CPU' }],
        sums: [6, 6, 6],
        total: [18, 18, 18],
        mean: [[100], 1.5, 1.5],
        largest: [[100], 2, 2],
        all: [[2, 100], 1, 2],
        rooted: [[100], 2, 2],
        healthy: [],
      });
    });
  });

  it('of two devices each make a group of four', async () => {
    const { children } = await workers('square', 'square');
    const reports = (await Promise.all(children.map(({ ended }) => ended))).map(reportOf);
    for (const { square } of reports) {
      expect(square).toEqual({
        size: 4,
        sums: [10, 10],
        gathered: [
          [1, 2, 3, 4],
          [1, 2, 3, 4],
        ],
        rooted: [3, 3],
      });
    }
  });

  it('one killed: the other ends within 10 s with an error that names it, and goes on without collectives', async () => {
    const { children, names } = await workers('step', 'step');
    await Promise.all(children.map((child) => child.report('sums')));
    children[1]!.process.kill('SIGKILL');
    const { ended, seconds, again, alone } = reportOf(await children[0]!.ended);
    expect(ended).toBe(
      `Collectives have ended: ${names[1]} is gone. Start all members again, from the last checkpoint.`,
    );
    expect(again).toBe(ended);
    expect(seconds).toBeLessThan(10);
    expect(alone).toBe(2);
  });

  it('one frozen: the other ends within 10 s with an error that names it', async () => {
    const { children, names } = await workers('step', 'step');
    await Promise.all(children.map((child) => child.report('sums')));
    children[1]!.process.kill('SIGSTOP');
    const { ended, seconds } = reportOf(await children[0]!.ended);
    close(children);
    expect(ended).toBe(
      `Collectives have ended: ${names[1]} does not answer. Start all members again, from the last checkpoint.`,
    );
    expect(seconds).toBeLessThan(10);
  });

  it('one that fails tells the other why', async () => {
    const { children, names } = await workers('step', 'throw');
    const [other, failed] = (await Promise.all(children.map(({ ended }) => ended))).map(reportOf);
    expect(failed!['ended']).toMatch(
      /^compiled_\d+: a broken step : Tensor had Inf values \(node CheckNumerics_\d+\)/,
    );
    expect(other!['ended']).toMatch(`Collectives have ended: ${names[1]}: compiled_`);
    expect(other!['ended']).toMatch('a broken step');
    expect(other!['seconds']).toBeLessThan(10);
  });

  it('one that is cancelled rejects with the reason, and the other ends', async () => {
    const { children, names } = await workers('step', 'cancel');
    const [other, cancelled] = (await Promise.all(children.map(({ ended }) => ended))).map(reportOf);
    expect(cancelled!['ended']).toMatch(/ was cancelled: Ctrl-C$/);
    expect(cancelled!['alone']).toBe(4);
    expect(other!['ended']).toMatch(`Collectives have ended: ${names[1]} was cancelled.`);
  });

  it('process.exit ends a process although its step waits for the others', async () => {
    const { children } = await workers('exit', 'wait');
    const { code } = await children[0]!.ended;
    close(children);
    expect(code).toBe(7);
  });

  it('one that lives but does not come: an error after the timeout', async () => {
    const { children } = await workers('timeout', 'wait');
    const { ended, seconds } = reportOf(await children[0]!.ended);
    close(children);
    expect(ended).toMatch(/timed out/);
    expect(seconds).toBeLessThan(10);
  });
});

describe('a cluster is refused in one line', () => {
  const refused = async (...args: readonly string[]) =>
    (await runChild('cluster.child.ts', ...args))['refused'];

  it('where a member does not start', async () => {
    const [mine, other] = (await ports(2)).map((port) => `127.0.0.1:${port}`);
    expect(await refused(`${mine},${other}`, '0', 'alone')).toBe(
      `worker 1 (${other}) did not start within 1 s.`,
    );
  });

  it('where the port is in use', async () => {
    const server = createServer().listen(0);
    await once(server, 'listening');
    const address = `127.0.0.1:${(server.address() as { port: number }).port}`;
    const message = await refused(address, '0', 'alone');
    server.close();
    expect(message).toBe(
      `The server of worker 0 (${address}) does not start. Is its port in use? A process can start one server in its life.`,
    );
  });

  it('where the process is none of its members', async () => {
    expect(await refused('127.0.0.1:1,127.0.0.1:2', '2', 'alone')).toBe(
      'There is no worker 2 in the cluster. It has worker 0 to 1.',
    );
  });
});
