import { z } from 'zod';
import type { Contest, Turn } from './contest.js';
import { markdown } from './markdown.js';
import type { Findings } from './results.js';
import { median, span } from './statistics.js';
import type { StepWork } from './step-work.js';

/** What a contender says of a round of steps on one batch. */
export const stepRound = z.strictObject({
  /** By its own clock. */
  seconds: z.number().positive(),
  steps: z.int().positive(),
  /** Mean over the round's steps, in which the weights moved; absent where nothing is trained. */
  loss: z.number().optional(),
});
export type StepRound = z.infer<typeof stepRound>;

/** The contenders that are not peers. */
export const OURS = 'ours';
export const MATMUL = 'matmul';
/** Of each pair, which may be another one in each. */
const FASTEST = 'fastest peer';

/** What was found of a contender, over the pairs. */
export interface StepFigures {
  readonly contender: string;
  readonly versions: string;
  /** Milliseconds a step, of each pair. */
  readonly ms: readonly number[];
  /** Of each pair: our time to its time; of ours, to that of the pair's fastest peer. */
  readonly ratios: readonly number[];
  /** Of each pair: floating-point operations a second to those of the matrix product. */
  readonly shares: readonly number[];
  /** Of the last round. */
  readonly loss: number | undefined;
}

/**
 * @param stepFlops   of a step of the network
 * @param matmulFlops of a matrix product
 */
export function figures(
  { versions, turns }: Contest<StepRound>,
  stepFlops: number,
  matmulFlops: number,
): StepFigures[] {
  const of = (name: string) => turns.filter(({ contender }) => contender === name);
  const times = (name: string) => of(name).map(msPerStep);
  const peers = Object.keys(versions).filter((name) => name !== OURS && name !== MATMUL);
  const rates = times(MATMUL).map((ms) => matmulFlops / ms);
  const ours = times(OURS);
  const fastest = ours.map((_, pair) => Math.min(...peers.map((name) => times(name)[pair]!)));
  const figure = (contender: string, ms: readonly number[]): StepFigures => ({
    contender,
    versions: versions[contender] ?? '',
    ms,
    ratios: ours.map((value, pair) => value / (contender === OURS ? fastest : ms)[pair]!),
    shares: ms.map((value, pair) => stepFlops / value / rates[pair]!),
    loss: of(contender).at(-1)?.loss,
  });
  return [
    figure(OURS, ours),
    ...peers.map((name) => figure(name, times(name))),
    figure(FASTEST, fastest),
    { ...figure(MATMUL, times(MATMUL)), ratios: [], shares: [] },
  ];
}

/** A Markdown table: medians, and between which ratios the pairs lie. */
export function table(found: readonly StepFigures[]): string {
  const lines = found.map(({ contender, versions, ms, ratios, shares }) => [
    versions ? `${contender} (${versions})` : contender,
    median(ms).toFixed(2),
    ...(contender === OURS || ratios.length === 0 ? ['', ''] : [median(ratios).toFixed(3), span(ratios, 3)]),
    shares.length > 0 ? `${(100 * median(shares)).toFixed(1)} %` : '',
  ]);
  return markdown([['', 'ms a step', 'ours / it', 'of the pairs', 'of the MatMul rate'], ...lines]);
}

/** One row a contender. `ratio` of ours is to the fastest peer. */
export function rows(work: StepWork, found: readonly StepFigures[]): Findings['rows'] {
  return found.map(({ contender, versions, ms, ratios, shares, loss }) => ({
    network: work.network,
    batch: work.batch,
    precision: work.precision,
    contender,
    version: versions,
    pairs: ms.length,
    steps: work.steps,
    median_ms: median(ms).toFixed(4),
    ratio: ratios.length > 0 ? median(ratios).toFixed(4) : '',
    lowest_ratio: ratios.length > 0 ? Math.min(...ratios).toFixed(4) : '',
    highest_ratio: ratios.length > 0 ? Math.max(...ratios).toFixed(4) : '',
    share: shares.length > 0 ? median(shares).toFixed(4) : '',
    last_loss: loss?.toFixed(6) ?? '',
    ms_of_pairs: ms.map((value) => value.toFixed(4)).join(' '),
  }));
}

/** A line about a round. */
export const describe = (turn: Turn<StepRound>) =>
  `${msPerStep(turn).toFixed(3)} ms a step${turn.loss === undefined ? '' : `   loss ${turn.loss.toFixed(4)}`}`;

/** Refuses a round of other steps than the first contender's. */
export function sameSteps(turn: Turn<StepRound>, first: Turn<StepRound>): void {
  if (turn.contender === MATMUL || turn.steps === first.steps) return;
  throw new Error(
    `${turn.contender} did ${turn.steps} steps, ${first.contender} ${first.steps}: no comparison`,
  );
}

const msPerStep = ({ seconds, steps }: StepRound) => (1000 * seconds) / steps;
