import type { EpochResult } from '@paperlab/core';
import { blankCanvas, png } from './canvas.js';
import { lineChart } from './chart.js';

const WIDTH = 1400;
const HEIGHT = 500;
/** More names than that leave the curves no room. */
const NAMED = 20;

/** Loss and top-1 on the valid split by epoch, a line for each variant, side by side, as PNG. */
export async function studyCurves(
  variants: readonly { readonly variant: string; readonly epochs: readonly EpochResult[] }[],
  title: string,
): Promise<Buffer> {
  const { canvas, context } = blankCanvas(WIDTH, HEIGHT);
  const longest = Math.max(0, ...variants.map(({ epochs }) => epochs.length));
  const panels = [
    { name: 'valid loss', of: ({ valid }: EpochResult) => valid.loss },
    { name: 'valid top-1, %', of: ({ valid }: EpochResult) => 100 * valid.top1 },
  ];
  for (const [i, { name, of }] of panels.entries()) {
    const datasets = variants.map(({ variant, epochs }, number) => {
      const color = colorOf(number, variants.length);
      return {
        label: variant,
        data: epochs.map(of),
        borderColor: color,
        backgroundColor: color,
        borderWidth: 2,
        pointRadius: longest > 40 ? 0 : 2,
      };
    });
    const panel = await lineChart(WIDTH / 2, HEIGHT, `${title}: ${name}`, {
      data: { labels: Array.from({ length: longest }, (_, epoch) => epoch + 1), datasets },
      options: {
        scales: { x: { title: { display: true, text: 'epoch' } } },
        plugins: {
          title: { display: true, text: `${title}: ${name}` },
          legend: { display: variants.length <= NAMED },
        },
      },
    });
    context.drawImage(panel, (i * WIDTH) / 2, 0);
  }
  return png(canvas);
}

/** Hues as far apart as they can be; neighbours differ in lightness too. */
const colorOf = (number: number, count: number) =>
  `hsl(${Math.round((360 * number) / count)}, 70%, ${number % 2 === 0 ? 42 : 58}%)`;
