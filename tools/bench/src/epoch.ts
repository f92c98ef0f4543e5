/**
 * Times whole epochs, input included, of ours and of a program as people write it, in turn. Adds the rounds to
 * `results/<machine>-<date>-epoch.csv`.
 *
 *   npm run epoch -w tools/bench -- lenet5-mnist [--pairs 5] [--epochs 1] [--machine NAME]
 */
import { epochBenchmarks } from './benchmarks.js';
import { measureTraining } from './measure-training.js';

try {
  await measureTraining(epochBenchmarks, process.argv.slice(2), 'epoch');
} catch (error) {
  console.error(`epoch: ${(error as Error).message}`);
  process.exitCode = 1;
}
