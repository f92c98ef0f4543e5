import type { Dataset, SplitName } from '@paperlab/core';
import { count } from './count.js';
import type { Statistics } from './statistics.js';

/** Statistics, for people. */
export function statisticsText({ name, classNames }: Dataset, found: Statistics, split: SplitName): string {
  const { images, shape, classes, mean, std, covariance, histogram } = found;
  const widest = Math.max(...classNames.map(({ length }) => length));
  const channels = mean.length === 3 ? ['red', 'green', 'blue'] : ['grey'];
  const numbers = (values: readonly number[]) => values.map((value) => value.toFixed(4).padStart(8)).join('');
  return [
    `${name}, ${split}: ${count(images)} images of ${shape.join('×')}, ${classNames.length} classes`,
    '',
    ...classNames.map((of, label) => `${of.padEnd(widest)}  ${count(classes[label]!).padStart(9)}`),
    '',
    `pixels 0..1      mean     std  histogram, dark to light`,
    ...channels.map((of, c) => `${of.padEnd(13)}${numbers([mean[c]!, std[c]!])}  ${bars(histogram[c]!)}`),
    ...(channels.length === 1
      ? []
      : ['', 'covariance', ...channels.map((of, c) => `${of.padEnd(13)}${numbers(covariance[c]!)}`)]),
  ].join('\n');
}

/** A histogram in 32 letters. */
function bars(histogram: readonly number[]): string {
  const width = histogram.length / 32;
  const sums = Array.from({ length: 32 }, (_, i) =>
    histogram.slice(i * width, (i + 1) * width).reduce((sum, value) => sum + value, 0),
  );
  const most = Math.max(...sums);
  return sums
    .map((sum) => (sum === 0 ? ' ' : '▁▂▃▄▅▆▇█'[Math.min(7, Math.floor((8 * sum) / most))]))
    .join('');
}
