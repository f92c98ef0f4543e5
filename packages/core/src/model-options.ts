import { z } from 'zod';

/** Checks of options that models share, in the form `parseOptions` wants. */

/** A whole number, `minimum` or more. */
export function wholeNumber(minimum: number) {
  const allowed = `a whole number, ${minimum} or more`;
  return z.int(allowed).min(minimum, allowed);
}

/** One of several names or numbers, two of them or more. */
export function oneOf<const Choice extends string | number>(choices: readonly Choice[]) {
  const names = choices.map((choice) => JSON.stringify(choice));
  return z.literal(choices, `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`);
}
