import type { Contest } from './contest.js';
import { markdown } from './markdown.js';
import type { Findings } from './results.js';
import { median, span } from './statistics.js';
import type { TrainingTurn } from './training-round.js';

/** Training that was timed: of every contender the versions, and its rounds. */
interface Timed extends Pick<Contest<unknown>, 'versions'> {
  readonly turns: readonly TrainingTurn[];
}

/** One row a round. */
export function rows(benchmark: string, { versions, turns }: Timed): Findings['rows'] {
  return turns.map(({ contender, pair, images, steps, seconds, wallSeconds, loss, top1 }) => ({
    benchmark,
    contender,
    versions: versions[contender]!,
    pair,
    images,
    steps,
    seconds: seconds.toFixed(4),
    wall_seconds: wallSeconds.toFixed(4),
    ms_per_step: msPerStep({ seconds, steps }).toFixed(4),
    loss: loss.toFixed(6),
    top1: top1.toFixed(6),
  }));
}

/**
 * A Markdown table: median time of a step of each contender, and of the pairs' ratios to the first contender's time
 * the median, the lowest and the highest.
 */
export function table({ versions, turns }: Timed): string {
  const [first] = Object.keys(versions);
  const lines = Object.entries(versions).map(([name, version]) => {
    const rounds = roundsOf(name, turns);
    const each = ratios({ versions, turns }, name);
    return [
      `${name} (${version})`,
      median(rounds.map(msPerStep)).toFixed(3),
      Math.round(median(rounds.map(({ images, seconds }) => images / seconds))).toLocaleString('en-US'),
      ...(name === first ? ['', ''] : [median(each).toFixed(2), span(each)]),
    ];
  });
  return markdown([['', 'ms a step', 'images/s', `${first} / it`, 'of the pairs'], ...lines]);
}

/** Of each pair: the first contender's time to another's. */
export function ratios({ versions, turns }: Timed, name: string): number[] {
  const [first] = Object.keys(versions);
  const rounds = roundsOf(name, turns);
  return roundsOf(first!, turns).map(({ seconds }, i) => seconds / rounds[i]!.seconds);
}

const roundsOf = (name: string, turns: readonly TrainingTurn[]) =>
  turns.filter(({ contender }) => contender === name);

/** A line about a round. */
export const describe = (turn: TrainingTurn) =>
  `${msPerStep(turn).toFixed(3)} ms a step   loss ${turn.loss.toFixed(4)}   top-1 ${turn.top1.toFixed(4)}`;

const msPerStep = ({ seconds, steps }: Pick<TrainingTurn, 'seconds' | 'steps'>) => (1000 * seconds) / steps;
