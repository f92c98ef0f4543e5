import { createCanvas } from '@napi-rs/canvas';
import { blankCanvas, fitted, FONT, png } from './canvas.js';

/** The kernels of one layer. */
export interface Kernels {
  readonly layer: string;
  /** `[height, width, input channels, filters]`, row-major, as tfjs keeps them. */
  readonly values: Float32Array;
  readonly shape: readonly [height: number, width: number, channels: number, filters: number];
}

const COLUMNS = 16;
/** Of a filter, in pixels. */
const SIDE = 56;
const GAP = 6;
const TITLE = 32;

/**
 * The filters of convolutions that read images, as PNG, a grid for each (Krizhevsky et al. 2012, Figure 3). Zero is mid-grey, and
 * the largest magnitude in a filter is black or white; three channels are red, green and blue.
 */
export async function filterGrid(layers: readonly Kernels[]): Promise<Buffer> {
  const grids = layers.map((kernels) => {
    const [height, width, , filters] = kernels.shape;
    const scale = SIDE / Math.max(height, width);
    const columns = Math.min(COLUMNS, filters);
    const rows = Math.ceil(filters / columns);
    return { kernels, columns, rows, width: width * scale, height: height * scale };
  });
  const whole = GAP + Math.max(...grids.map(({ columns, width }) => columns * (width + GAP)), 4 * SIDE);
  const heights = grids.map(({ rows, height }) => TITLE + rows * (height + GAP));
  const { canvas, context } = blankCanvas(whole, GAP + heights.reduce((sum, height) => sum + height));
  context.imageSmoothingEnabled = false; // the weights are what they are
  let top = 0;
  for (const [i, { kernels, columns, width, height }] of grids.entries()) {
    const { layer, shape } = kernels;
    const [rows, across, channels, filters] = shape;
    context.font = `16px ${FONT}`;
    const title = `${layer}: ${filters} filters of ${rows}×${across}×${channels}`;
    context.fillText(fitted(context, title, whole - 2 * GAP), GAP, top + TITLE / 2);
    for (let filter = 0; filter < filters; filter++) {
      const x = GAP + (filter % columns) * (width + GAP);
      const y = top + TITLE + Math.floor(filter / columns) * (height + GAP);
      context.drawImage(picture(kernels, filter), x, y, width, height);
    }
    top += heights[i]!;
  }
  return png(canvas);
}

function picture({ values, shape: [height, width, channels, filters] }: Kernels, filter: number) {
  const at = (place: number, channel: number) => values[(place * channels + channel) * filters + filter]!;
  let largest = 0;
  for (let i = filter; i < values.length; i += filters) largest = Math.max(largest, Math.abs(values[i]!));
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  const picture = context.createImageData(width, height);
  for (let place = 0; place < height * width; place++) {
    for (let color = 0; color < 3; color++) {
      const value = at(place, channels === 3 ? color : 0);
      picture.data[4 * place + color] = Math.round(127.5 + (largest > 0 ? (127.5 * value) / largest : 0));
    }
    picture.data[4 * place + 3] = 255;
  }
  context.putImageData(picture, 0, 0);
  return canvas;
}
