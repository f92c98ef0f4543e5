import type { z } from 'zod';
import type { Command } from './commands.js';
import { Contender } from './contender.js';

/** A round of one contender, and when in the run it was. */
export type Turn<Round> = Round & {
  readonly contender: string;
  /** From 1. Each contender has one round in every pair. */
  readonly pair: number;
  /** From the word to the answer, by the harness's clock. Ours also validates in that time when it trains. */
  readonly wallSeconds: number;
};

/** What was measured, and of what. */
export interface Contest<Round> {
  /** Of each contender, as text; in the order in which they took turns. */
  readonly versions: Readonly<Record<string, string>>;
  readonly turns: readonly Turn<Round>[];
}

export interface ContestOptions<Round> {
  /** Rounds of each contender. */
  readonly pairs: number;
  /** What contenders answer after a round. */
  readonly round: z.ZodType<Round>;
  /** Throws where a round cannot be compared with the first one. */
  readonly check: (turn: Turn<Round>, first: Turn<Round>) => void;
  /** Told what happens. */
  readonly report?: (line: string) => void;
  /** A line about a round. */
  readonly describe: (turn: Turn<Round>) => string;
}

/**
 * Starts contenders one after the other, so that each warms up alone, and lets them take turns: a machine that is slow for
 * a while is slow for all.
 * @throws when a program fails, networks differ in their trainable parameters, or `check` refuses a round
 */
export async function contest<Round extends object>(
  programs: Readonly<Record<string, Command>>,
  { pairs, round, check, describe, report = () => undefined }: ContestOptions<Round>,
): Promise<Contest<Round>> {
  const contenders: Contender<Round>[] = [];
  try {
    for (const [name, command] of Object.entries(programs)) {
      report(`${name} warms up`);
      contenders.push(await Contender.start(name, command, round));
      checkParameters(contenders);
    }
    const turns: Turn<Round>[] = [];
    for (let pair = 1; pair <= pairs; pair++) {
      for (const contender of contenders) {
        const start = performance.now();
        const answer = await contender.round();
        const wallSeconds = (performance.now() - start) / 1000;
        const turn = { contender: contender.name, pair, ...answer, wallSeconds };
        check(turn, turns[0] ?? turn);
        turns.push(turn);
        report(`pair ${pair}  ${turn.contender.padEnd(8)} ${describe(turn)}`);
      }
    }
    const versions = contenders.map(({ name, versions }) => [
      name,
      Object.entries(versions).flat().join(' '),
    ]);
    return { versions: Object.fromEntries(versions) as Record<string, string>, turns };
  } finally {
    await Promise.all(contenders.map((contender) => contender.stop()));
  }
}

function checkParameters(contenders: readonly Contender<unknown>[]): void {
  const [first, ...others] = contenders.filter(({ parameters }) => parameters !== undefined);
  const other = others.find(({ parameters }) => parameters !== first!.parameters);
  if (!other) return;
  const count = ({ parameters }: Contender<unknown>) => parameters!.toLocaleString('en-US');
  throw new Error(
    `${other.name} trains ${count(other)} parameters, ${first!.name} ${count(first!)}: no comparison`,
  );
}
