type Params = Readonly<Record<string, string>>;

/** What keeps a run from going on as another, in words. Epochs may be added, and other devices learn the same. */
export function changedParams(before: Params, now: Params): string[] {
  return [...new Set([...Object.keys(now), ...Object.keys(before)])]
    .filter((key) => !/^(epochs$|placement\b)/.test(key) && now[key] !== before[key])
    .map((key) => `${key} was ${before[key] ?? 'not set'} and is ${now[key] ?? 'not set'}`);
}
