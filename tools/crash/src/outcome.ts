import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { list, pointsOf, type RunFolder } from './run-folder.js';

/** Metrics of the time that something took: never equal. */
export const TIMES = /^(images_per_second|stall) at /;

/** What of a run must be equal however often it was killed. */
interface Outcome {
  /** Contents by name, `step-00000060/weights.safetensors`. */
  readonly files: ReadonlyMap<string, Buffer>;
  readonly points: ReadonlyMap<string, readonly number[]>;
}

/**
 * What differs between a run that was stopped and one that was not, a line each: the bytes of checkpoints, the recorded
 * metrics, what else lies in its folders.
 */
export function differences(actual: RunFolder, expected: RunFolder): string[] {
  const [is, due] = [outcomeOf(actual), outcomeOf(expected)];
  return [
    ...compare(is.files, due.files, (a, b) => a.equals(b)),
    ...repeated(is.points),
    ...compare(is.points, due.points, ([a], [b], name) => a === b || TIMES.test(name)),
  ];
}

/** What is wrong with records of processes that were killed before their first checkpoint. */
export function abandonedDifferences(actual: RunFolder, expected: RunFolder): string[] {
  const due = pointsOf(expected.record!);
  return abandoned(actual).flatMap((record) => {
    const points = pointsOf(record);
    const known = new Map([...due].filter(([name]) => points.has(name)));
    const lines = [
      ...repeated(points),
      ...compare(points, known, ([a], [b], name) => a === b || TIMES.test(name)),
    ];
    return lines.map((line) => `${record}: ${line}`);
  });
}

/** Records of processes that were killed before their first checkpoint. */
export const abandoned = (folder: RunFolder) => folder.records.filter((record) => record !== folder.record);

function outcomeOf(folder: RunFolder): Outcome {
  const { checkpoints, record } = folder;
  if (checkpoints === undefined || record === undefined)
    throw new Error(`${folder.path} holds no checkpoint`);
  const there = (name: string) => [name, Buffer.alloc(0)] as const;
  const files = list(checkpoints).flatMap((step) => [
    there(step),
    ...list(join(checkpoints, step)).map(
      (name) => [`${step}/${name}`, contentOf(checkpoints, step, name)] as const,
    ),
  ]);
  // A run that goes on records its experiment again, beside what it had.
  const recorded = list(record).flatMap((name) =>
    /^(artifacts(-\d+)?|models)$/.test(name) ? [] : [there(`record/${name}`)],
  );
  return { files: new Map([...files, ...recorded]), points: pointsOf(record) };
}

function contentOf(checkpoints: string, step: string, name: string): Buffer {
  if (name === 'manifest.json') return Buffer.alloc(0); // of hashes, and so of the times in state.json
  const content = readFileSync(join(checkpoints, step, name));
  return name === 'state.json' ? Buffer.from(withoutTimes(content.toString())) : content;
}

/** `state.json` without what is of its process: times, the record's name, the number of epochs that were asked for. */
function withoutTimes(text: string): string {
  const { history, trackers: _, params, source: __, ...state } = JSON.parse(text);
  const epochs = (history as Record<string, unknown>[]).map(
    ({ seconds: _, imagesPerSecond: __, stall: ___, ...metrics }) => metrics,
  );
  return JSON.stringify({ ...state, history: epochs, params: { ...params, epochs: '' } });
}

const repeated = (points: Outcome['points']) =>
  [...points].flatMap(([name, values]) =>
    values.length > 1 ? [`${name} is recorded ${values.length} times: ${values.join(', ')}`] : [],
  );

function compare<Value>(
  actual: ReadonlyMap<string, Value>,
  expected: ReadonlyMap<string, Value>,
  equal: (a: Value, b: Value, name: string) => boolean,
): string[] {
  const names = [...new Set([...expected.keys(), ...actual.keys()])];
  return names.flatMap((name) => {
    const [is, due] = [actual.get(name), expected.get(name)];
    if (due === undefined) return [`${name} is left over: a run that is not killed has none`];
    if (is === undefined) return [`${name} is missing`];
    if (equal(is, due, name)) return [];
    return [Buffer.isBuffer(is) ? `${name} has other bytes` : `${name} is ${is}; it must be ${due}`];
  });
}
