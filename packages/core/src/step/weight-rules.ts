import { z } from 'zod';
import { wholeNumber } from '../model-options.js';

/** What is different for some of a model's weights. */
export interface WeightRule {
  /** Weights by name, `*` for any text: `C1/*`, `*bias`. */
  readonly match: string;
  /** Multiplies the learning rate. Default 1. */
  readonly learningRate?: number;
  /** Multiplies the optimizer's weight decay. Default 1. */
  readonly weightDecay?: number;
  /** False freezes them; true takes back what an earlier rule froze. Default true. */
  readonly trainable?: boolean;
  /** Freezes them for so many epochs, from the first one on. Default 0. */
  readonly frozenEpochs?: number;
}

const multiplier = z.number('a number, 0 or more').min(0, 'a number, 0 or more').optional();

export const weightRule = z.strictObject({
  match: z.string('a pattern for names of weights, such as "C1/*"').min(1, 'a pattern for names of weights'),
  learningRate: multiplier,
  weightDecay: multiplier,
  trainable: z.boolean('true or false').optional(),
  frozenEpochs: wholeNumber(0).optional(),
});

/** The rules as they come out for one weight. */
export type Settled = Required<Omit<WeightRule, 'match'>>;

/**
 * What the rules say of each weight; where several match, later ones win.
 * @throws if a rule matches no weight, naming those there are
 */
export function settle(rules: readonly WeightRule[], names: readonly string[]): Map<string, Settled> {
  for (const { match } of rules) {
    if (!names.some((name) => matches(match, name)))
      throw new Error(`weights: "${match}" matches no weight of the model; there are ${listed(names)}`);
  }
  return new Map(
    names.map((name) => {
      const said = rules.filter(({ match }) => matches(match, name)).map(withoutUndefined);
      return [
        name,
        Object.assign(
          { learningRate: 1, weightDecay: 1, trainable: true, frozenEpochs: 0 },
          ...said,
        ) as Settled,
      ];
    }),
  );
}

/** A line can be read with twenty names in it, not with a ResNet's. */
export const listed = (names: readonly string[]) =>
  names.length > 20
    ? `${names.slice(0, 20).join(', ')} and ${names.length - 20} more (paperlab summary names the layers)`
    : names.join(', ');

/** Whether a pattern such as `C1/*` is of a weight. */
export function matches(pattern: string, name: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(name);
}

const withoutUndefined = (rule: WeightRule) =>
  Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== undefined));
