import { createCanvas } from '@napi-rs/canvas';
import type { Transform } from '@paperlab/core';
import { blankCanvas, colors, fitted, FONT, png } from '../figures/canvas.js';
import type { DrawnBatch } from './batches.js';

const COLUMNS = 8;
/** Least and most of a picture's longer side, in pixels. */
const SIDE = { least: 112, most: 224 };
const CAPTION = 24;
const GAP = 12;
const TITLE = 32;

/**
 * Images as a network gets them, as PNG, under each its class and its number in the split. What was done to all of their
 * pixels alike (`scale`, `normalize`, a mean image) is undone, so that they can be looked at; the rest is as it is.
 * @param transforms of the split
 */
export async function sampleGrid(
  batch: DrawnBatch,
  transforms: readonly Transform[],
  classNames: readonly string[],
  title: string,
): Promise<Buffer> {
  const [height, width] = batch.shape;
  const count = batch.labels.length;
  const longer = Math.max(height, width);
  const scale = Math.min(Math.max(longer, SIDE.least), SIDE.most) / longer;
  const [cellWidth, cellHeight] = [width * scale, height * scale].map(Math.round) as [number, number];
  const columns = Math.min(COLUMNS, count);
  const rows = Math.ceil(count / columns);
  const whole = GAP + Math.max(columns * (cellWidth + GAP), 4 * SIDE.least);
  const { canvas, context } = blankCanvas(whole, TITLE + rows * (cellHeight + CAPTION) + GAP);
  context.font = `16px ${FONT}`;
  context.fillText(fitted(context, title, whole - 2 * GAP), GAP, TITLE / 2);
  context.font = `13px ${FONT}`;
  context.imageSmoothingEnabled = scale < 1; // pixels stay what they are
  const undo = undone(transforms, batch.shape[2]);
  for (let i = 0; i < count; i++) {
    const x = GAP + (i % columns) * (cellWidth + GAP);
    const y = TITLE + Math.floor(i / columns) * (cellHeight + CAPTION);
    context.drawImage(picture(batch, i, undo), x, y, cellWidth, cellHeight);
    context.fillStyle = colors.text;
    const caption = `${classNames[batch.labels[i]!]}  (${batch.examples[i]})`;
    context.fillText(fitted(context, caption, cellWidth), x, y + cellHeight + CAPTION / 2);
  }
  return png(canvas);
}

/** What makes a value of each channel a pixel 0..255 again: `value * factors[c] + offsets[c]`. */
interface Undo {
  readonly factors: readonly number[];
  readonly offsets: readonly number[];
}

/** The inverse of the transforms that are products and sums. Of a mean image, its mean. */
function undone(transforms: readonly Transform[], channels: number): Undo {
  // value = pixel * factor + offset
  let factors = new Array<number>(channels).fill(1);
  let offsets = new Array<number>(channels).fill(0);
  for (const transform of transforms) {
    if (transform.name === 'scale') {
      factors = factors.map((factor) => factor * transform.factor);
      offsets = offsets.map((offset) => offset * transform.factor + transform.offset);
    } else if (transform.name === 'normalize') {
      factors = factors.map((factor, c) => factor / transform.std[c]!);
      offsets = offsets.map((offset, c) => (offset - transform.mean[c]!) / transform.std[c]!);
    } else if (transform.name === 'subtractMeanImage') {
      const { values } = transform;
      const mean = (c: number) =>
        values.reduce((sum, value, i) => (i % channels === c ? sum + value : sum), 0) /
        (values.length / channels);
      offsets = offsets.map((offset, c) => offset - mean(c));
    }
  }
  return {
    factors: factors.map((factor) => 1 / factor),
    offsets: offsets.map((offset, c) => -offset / factors[c]!),
  };
}

function picture({ pixels, shape: [height, width, channels] }: DrawnBatch, image: number, undo: Undo) {
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  const picture = context.createImageData(width, height);
  const first = image * height * width * channels;
  for (let i = 0; i < height * width; i++) {
    for (let color = 0; color < 3; color++) {
      const c = channels === 3 ? color : 0;
      const value = pixels[first + i * channels + c]! * undo.factors[c]! + undo.offsets[c]!;
      picture.data[4 * i + color] = Math.round(value); // clamps
    }
    picture.data[4 * i + 3] = 255;
  }
  context.putImageData(picture, 0, 0);
  return canvas;
}
