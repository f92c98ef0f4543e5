import { z } from 'zod';
import type { Command } from './commands.js';
import { type Contest, contest, type Turn } from './contest.js';
import { markdown } from './markdown.js';
import type { Findings } from './results.js';
import { median, span } from './statistics.js';

/** What a contender says of a round in which it prepared images. */
const inputRound = z.strictObject({
  images: z.int().positive(),
  batches: z.int().positive(),
  /** By the contender's own clock. */
  seconds: z.number().positive(),
  /** CPU time of the contender and of its workers, user's and system's. */
  cpuSeconds: z.number().positive(),
});
type InputRound = z.infer<typeof inputRound>;
type InputTurn = Turn<InputRound>;

/** Lets programs that prepare images take turns; the first is ours. */
export const inputContest = (
  programs: Readonly<Record<string, Command>>,
  pairs: number,
): Promise<Contest<InputRound>> =>
  contest(programs, { pairs, round: inputRound, check: sameWork, describe, report: console.error });

/** How many times as many images a CPU second ours prepares as the fastest of the others: of medians over the pairs. */
export function toFastest({ versions, turns }: Contest<InputRound>): number {
  const [, ...peers] = Object.keys(versions);
  return Math.min(...peers.map((peer) => median(ratios(turns, peer))));
}

/** A line about a round. */
const describe = (turn: InputTurn): string =>
  `${whole(perCpuSecond(turn))} images a CPU second   ${whole(perSecond(turn))} a second`;

/** Refuses a round of other work than the first contender's. */
function sameWork(turn: InputTurn, first: InputTurn): void {
  const work = ({ images, batches }: InputTurn) => `${images} images in ${batches} batches`;
  if (work(turn) !== work(first))
    throw new Error(
      `${turn.contender} prepared ${work(turn)}, ${first.contender} ${work(first)}: no comparison`,
    );
}

/** One row a round. */
export function rows({ versions, turns }: Contest<InputRound>): Findings['rows'] {
  return turns.map((turn) => ({
    contender: turn.contender,
    versions: versions[turn.contender]!,
    pair: turn.pair,
    images: turn.images,
    batches: turn.batches,
    seconds: turn.seconds.toFixed(4),
    cpu_seconds: turn.cpuSeconds.toFixed(4),
    images_per_cpu_second: perCpuSecond(turn).toFixed(0),
    images_per_second: perSecond(turn).toFixed(0),
  }));
}

/** A Markdown table: medians, and how many times as many images a CPU second ours prepares. */
export function table({ versions, turns }: Contest<InputRound>): string {
  const lines = Object.entries(versions).map(([name, version]) => {
    const rounds = turns.filter(({ contender }) => contender === name);
    const each = ratios(turns, name);
    return [
      `${name} (${version})`,
      whole(median(rounds.map(perCpuSecond))),
      whole(median(rounds.map(perSecond))),
      ...(name === 'ours' ? ['', ''] : [median(each).toFixed(2), span(each)]),
    ];
  });
  return markdown([['', 'images a CPU second', 'a second', 'ours / it', 'of the pairs'], ...lines]);
}

/** Of each pair: our images a CPU second to those of a peer. */
function ratios(turns: readonly InputTurn[], peer: string): number[] {
  const of = (name: string) => turns.filter(({ contender }) => contender === name).map(perCpuSecond);
  const theirs = of(peer);
  return of('ours').map((value, i) => value / theirs[i]!);
}

function perCpuSecond({ images, cpuSeconds }: InputTurn): number {
  return images / cpuSeconds;
}

function perSecond({ images, seconds }: InputTurn): number {
  return images / seconds;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
