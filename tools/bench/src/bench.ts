/**
 * Times ours and its peers in turn, prints a table, and adds the rounds to `results/<machine>-<date>.csv`.
 *
 *   npm run bench -w tools/bench -- lenet5-mnist [--pairs 5] [--epochs 1] [--machine NAME]
 */
import { benchmarks } from './benchmarks.js';
import { measureTraining } from './measure-training.js';

try {
  await measureTraining(benchmarks, process.argv.slice(2));
} catch (error) {
  console.error(`bench: ${(error as Error).message}`);
  process.exitCode = 1;
}
