import { createCanvas, loadImage } from '@napi-rs/canvas';
import type { ImageSource, Mistake } from '@paperlab/core';
import { imageBytes } from '../data/image-bytes.js';
import { blankCanvas, colors, fitted, FONT, png } from './canvas.js';

const COLUMNS = 8;
/** Of a picture, in pixels. */
const SIDE = 112;
const CAPTION = 48;
const GAP = 12;
const TITLE = 32;

/**
 * Images that a model gets wrong, in the order given, as PNG: under each what it is, with its number in
 * the split, and what the model takes it for.
 * @param mistakes at least one
 * @param source   of the split that they are from
 */
export async function mistakesGallery(
  mistakes: readonly Mistake[],
  source: ImageSource,
  classNames: readonly string[],
  title: string,
): Promise<Buffer> {
  const columns = Math.min(COLUMNS, mistakes.length);
  const rows = Math.ceil(mistakes.length / columns);
  const width = GAP + Math.max(4, columns) * (SIDE + GAP);
  const { canvas, context } = blankCanvas(width, TITLE + rows * (SIDE + CAPTION) + GAP);
  context.font = `16px ${FONT}`;
  context.fillText(fitted(context, title, width - 2 * GAP), GAP, TITLE / 2);
  context.font = `13px ${FONT}`;
  context.imageSmoothingEnabled = false; // the pixels are what the model saw
  for (const [i, { example, label, predicted, probability }] of mistakes.entries()) {
    const x = GAP + (i % columns) * (SIDE + GAP);
    const y = TITLE + Math.floor(i / columns) * (SIDE + CAPTION);
    const picture = await pictureOf(source, example);
    const scale = Math.min(SIDE / picture.width, SIDE / picture.height);
    context.drawImage(picture, x, y, picture.width * scale, picture.height * scale);
    const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
    context.fillStyle = colors.text;
    context.fillText(fitted(context, `${classNames[label]}  (${example})`, SIDE), x, y + SIDE + 12);
    context.fillStyle = colors.valid;
    const taken = `${classNames[predicted]}, ${percent(probability.predicted)}`;
    context.fillText(fitted(context, taken, SIDE), x, y + SIDE + 30);
  }
  return png(canvas);
}

/** An example as it is in the source, before any transform. */
async function pictureOf(source: ImageSource, example: number) {
  if (source.kind === 'files') return loadImage(Buffer.from(await imageBytes(source, example)));
  const [height, width, channels] = source.shape;
  const size = height * width * channels;
  const pixels = source.images.subarray(example * size, (example + 1) * size);
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  const picture = context.createImageData(width, height);
  for (let i = 0; i < height * width; i++) {
    for (let channel = 0; channel < 3; channel++)
      picture.data[4 * i + channel] = pixels[i * channels + (channels === 3 ? channel : 0)]!;
    picture.data[4 * i + 3] = 255;
  }
  context.putImageData(picture, 0, 0);
  return canvas;
}
