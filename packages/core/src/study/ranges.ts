/** What a range is of: what can be written in a name. */
export type SearchValue = string | number | boolean;

/** Where a value of a search comes from. */
export interface Range<Value extends SearchValue = SearchValue> {
  /** How many values it has, where they can be counted. */
  readonly count?: number;
  /** @param place 0..1, 1 not included: each part of it has its share of the values */
  at(place: number): Value;
}

/** A range whose values can be tried one after the other. */
export interface FiniteRange<Value extends SearchValue = SearchValue> extends Range<Value> {
  readonly count: number;
}

/** One of several values: Optuna's `suggest_categorical`, Keras Tuner's `Choice`. */
export function choice<const Value extends SearchValue>(values: readonly Value[]): FiniteRange<Value> {
  if (values.length === 0) throw new Error('choice has no values; give it a list of them');
  const twice = values.find((value, i) => values.indexOf(value) !== i);
  if (twice !== undefined) throw new Error(`choice has ${twice} twice`);
  const given = [...values];
  return { count: given.length, at: (place) => given[Math.floor(place * given.length)]! };
}

/** A whole number from `low` to `high`, both included: Optuna's `suggest_int`, Keras Tuner's `Int`. */
export function int(low: number, high: number): FiniteRange<number> {
  check('int', low, high);
  if (!Number.isInteger(low) || !Number.isInteger(high))
    throw new Error(`int(${low}, ${high}): both must be whole numbers`);
  const count = high - low + 1;
  return { count, at: (place) => low + Math.floor(place * count) };
}

export interface FloatOptions {
  /** Whether all orders of magnitude are equally likely, rather than all numbers. Default false. */
  readonly log?: boolean;
}

/**
 * A number from `low` to `high`: Optuna's `suggest_float`, Keras Tuner's `Float`. So that names stay short, it is rounded to a
 * ten-thousandth of the range or less, with `log` to four digits.
 */
export function float(low: number, high: number, { log = false }: FloatOptions = {}): Range<number> {
  check('float', low, high);
  if (log && low <= 0) throw new Error(`float(${low}, ${high}): with log, low must be above 0`);
  const digits = Math.min(100, Math.max(0, 4 - Math.floor(Math.log10(high - low))));
  const rounded = (place: number) =>
    log ? (low * (high / low) ** place).toPrecision(4) : (low + place * (high - low)).toFixed(digits);
  return { at: (place) => Math.min(high, Math.max(low, Number(rounded(place)))) };
}

function check(range: string, low: number, high: number): void {
  if (Number.isFinite(low) && Number.isFinite(high) && low < high) return;
  throw new Error(`${range}(${low}, ${high}): both must be numbers, and low below high`);
}
