/** Collects what `--set key=value` is given, again and again. */
export function collectSet(
  text: string,
  sofar: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new Error(`--set takes key=value, for instance --set epochs=3; it was given "${text}"`);
  return { ...sofar, [text.slice(0, at)]: text.slice(at + 1) };
}
