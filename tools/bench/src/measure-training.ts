import type { Benchmark } from './benchmarks.js';
import type { Command } from './commands.js';
import { commandLine } from './command-line.js';
import { contest } from './contest.js';
import { thisMachine } from './machine.js';
import { describe, ratios, rows, table } from './report.js';
import { publish } from './results.js';
import { median } from './statistics.js';
import { checkTraining, trainingRound } from './training-round.js';

/**
 * Has the contenders of a benchmark train in turn, prints a table, and adds the rounds to the results.
 * @param benchmarks by the names that a command line has for them
 * @param args       of the command line
 * @param program    part of the results' file name; default: it has none
 * @throws in one line, what is wrong, or which limit is passed
 */
export async function measureTraining(
  benchmarks: Readonly<Record<string, Benchmark>>,
  args: readonly string[],
  program?: string,
): Promise<void> {
  const { name, counts, machine } = commandLine(args, { pairs: 5, epochs: 1 });
  const benchmark = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined;
  if (!benchmark) throw new Error(`no benchmark "${name}"; there are ${Object.keys(benchmarks).join(', ')}`);
  const { title, leastTop1, mostRatio = Infinity } = benchmark;
  const { pairs, epochs } = counts;
  const run = { date: new Date(), machine: await thisMachine(machine) };
  const timed = await contest(await commands(benchmark, epochs), {
    pairs,
    round: trainingRound,
    check: checkTraining(leastTop1),
    describe,
    report: console.error,
  });
  const heading = `${title}\nmedians of ${pairs} pairs`;
  await publish(run, { title: heading, table: table(timed), rows: rows(name, timed) }, program);
  const [ours, ...peers] = Object.keys(timed.versions);
  for (const peer of peers) {
    const ratio = median(ratios(timed, peer));
    if (ratio > mostRatio)
      throw new Error(
        `${name}: the time of ${ours} is ${ratio.toFixed(3)} of ${peer}'s, not at most ${mostRatio}`,
      );
  }
}

async function commands(
  { contenders }: Benchmark,
  epochs: number,
): Promise<Readonly<Record<string, Command>>> {
  const made: Record<string, Command> = {};
  for (const [name, program] of Object.entries(contenders)) made[name] = await program(epochs, console.error);
  return made;
}
