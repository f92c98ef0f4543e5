import type { ProfileSummary } from './summary.js';

/** Rows of the table. */
export const SHOWN = 10;

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** A profile as text: the shares of the time, and the costliest ops. */
export function profileTable({ steps, stepTime, shares, ops }: ProfileSummary): string {
  const { input, compute, reduction, javascript } = shares;
  const named = { input, compute, reduction, JavaScript: javascript };
  const costliest = ops.slice(0, SHOWN);
  const width = Math.max(...costliest.map(({ op }) => op.length), 'op'.length);
  const row = (op: string, count: string, milliseconds: string, share: string, nodes: string) =>
    `${op.padEnd(width)}  ${count.padStart(8)}  ${milliseconds.padStart(11)}  ${share.padStart(7)}  ${nodes}`;
  return [
    `${steps} step${steps === 1 ? '' : 's'} profiled, ${stepTime.toFixed(2)} ms each: ` +
      Object.entries(named)
        .map(([name, share]) => `${name} ${percent(share)}`)
        .join(', '),
    '',
    row('op', 'per step', 'ms per step', 'share', 'costliest, in ms per step'),
    ...costliest.map(({ op, count, milliseconds, share, nodes }) =>
      row(
        op,
        count.toFixed(Number.isInteger(count) ? 0 : 1),
        milliseconds.toFixed(3),
        percent(share),
        nodes.map((node) => `${node.node} ${node.milliseconds.toFixed(3)}`).join(', '),
      ),
    ),
  ].join('\n');
}
