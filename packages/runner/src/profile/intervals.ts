/** A stretch of time, in microseconds. */
export interface Interval {
  readonly start: number;
  readonly end: number;
}

/** The time covered by any of them: in order, without overlaps. */
export function union(intervals: readonly Interval[]): Interval[] {
  const covered: { start: number; end: number }[] = [];
  for (const { start, end } of intervals.toSorted((a, b) => a.start - b.start)) {
    const last = covered.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else covered.push({ start, end });
  }
  return covered;
}

/** What of `from` is not covered by `taken`; both as `union` gives them. */
export function subtract(from: readonly Interval[], taken: readonly Interval[]): Interval[] {
  const left: Interval[] = [];
  let next = 0;
  for (const { start, end } of from) {
    let at = start;
    while (next < taken.length && taken[next]!.end <= start) next++;
    for (let i = next; i < taken.length && taken[i]!.start < end; i++) {
      if (taken[i]!.start > at) left.push({ start: at, end: taken[i]!.start });
      at = Math.max(at, taken[i]!.end);
    }
    if (at < end) left.push({ start: at, end });
  }
  return left;
}

/** What is covered by both; both as `union` gives them. */
export const intersect = (a: readonly Interval[], b: readonly Interval[]): Interval[] =>
  subtract(a, subtract(a, b));

/** Microseconds that are covered, by intervals without overlaps. */
export const total = (intervals: readonly Interval[]): number =>
  intervals.reduce((sum, { start, end }) => sum + end - start, 0);
