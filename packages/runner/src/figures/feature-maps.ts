import { createCanvas } from '@napi-rs/canvas';
import { blankCanvas, colors, fitted, FONT, png } from './canvas.js';

/** What a layer gives on one image. */
export interface LayerMaps {
  readonly layer: string;
  /** `[height, width, maps]`, row-major. */
  readonly values: Float32Array;
  readonly shape: readonly [height: number, width: number, maps: number];
}

/** Of a layer, so many are shown: its first ones. */
const SHOWN = 16;
/** Of a map, in pixels. */
const SIDE = 72;
const GAP = 6;
const CAPTION = 24;
const TITLE = 32;

/**
 * What layers make of one image, as PNG: a row for each, the first 16 of its maps, each from its least value (black) to its largest
 * (white), so that weak maps can be seen too. One that has the same value everywhere is black.
 */
export async function featureMaps(layers: readonly LayerMaps[], title: string): Promise<Buffer> {
  const columns = Math.max(...layers.map(({ shape: [, , maps] }) => Math.min(SHOWN, maps)), 4);
  const width = GAP + columns * (SIDE + GAP);
  const { canvas, context } = blankCanvas(width, TITLE + layers.length * (CAPTION + SIDE + GAP));
  context.font = `16px ${FONT}`;
  context.fillText(fitted(context, title, width - 2 * GAP), GAP, TITLE / 2);
  context.font = `13px ${FONT}`;
  context.imageSmoothingEnabled = false;
  for (const [row, { layer, values, shape }] of layers.entries()) {
    const [height, across, maps] = shape;
    const y = TITLE + row * (CAPTION + SIDE + GAP);
    const caption = `${layer}: ${shape.join('×')}${maps > SHOWN ? `, the first ${SHOWN} maps` : ''}`;
    context.fillStyle = colors.text;
    context.fillText(fitted(context, caption, width - 2 * GAP), GAP, y + CAPTION / 2);
    const scale = SIDE / Math.max(height, across);
    for (let map = 0; map < Math.min(SHOWN, maps); map++) {
      const x = GAP + map * (SIDE + GAP);
      context.drawImage(picture(values, shape, map), x, y + CAPTION, across * scale, height * scale);
    }
  }
  return png(canvas);
}

function picture(values: Float32Array, [height, width, maps]: LayerMaps['shape'], map: number) {
  let [least, most] = [Infinity, -Infinity];
  for (let i = map; i < values.length; i += maps) {
    least = Math.min(least, values[i]!);
    most = Math.max(most, values[i]!);
  }
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  const picture = context.createImageData(width, height);
  for (let place = 0; place < height * width; place++) {
    const share = most > least ? (values[place * maps + map]! - least) / (most - least) : 0;
    picture.data.fill(Math.round(255 * share), 4 * place, 4 * place + 3);
    picture.data[4 * place + 3] = 255;
  }
  context.putImageData(picture, 0, 0);
  return canvas;
}
