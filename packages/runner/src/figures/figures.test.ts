import { describe, expect, it } from '@jest/globals';
import { createCanvas, loadImage } from '@napi-rs/canvas';
import type { EpochResult, ImageSource, Mistake } from '@paperlab/core';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blankCanvas, fitted, FONT } from './canvas.js';
import { confusionMatrix } from './confusion-matrix.js';
import { learningCurves } from './curves.js';
import { featureMaps } from './feature-maps.js';
import { filterGrid } from './filters.js';
import { mistakesGallery } from './mistakes-gallery.js';
import { studyCurves } from './study-curves.js';

/** The pixels of a PNG, as `[red, green, blue]` at a place. */
async function pixelsOf(png: Buffer) {
  const image = await loadImage(png);
  const context = createCanvas(image.width, image.height).getContext('2d');
  context.drawImage(image, 0, 0);
  const { width, height } = image;
  const at = (x: number, y: number) => [...context.getImageData(x, y, 1, 1).data].slice(0, 3);
  return { width, height, at, data: context.getImageData(0, 0, width, height).data };
}

const inked = (data: Uint8ClampedArray) => data.filter((value, i) => i % 4 === 0 && value < 128).length;

it('text is drawn in the font that the package brings, and cut off where it is too long', () => {
  const { context } = blankCanvas(10, 10);
  context.font = `13px ${FONT}`;
  expect(fitted(context, 'Ankle boot', 200)).toBe('Ankle boot');
  expect(fitted(context, 'Ankle boot', 40)).toMatch(/^Ank.*…$/);
  context.font = '13px monospace';
  const other = context.measureText('Ankle boot').width;
  context.font = `13px ${FONT}`;
  expect(context.measureText('Ankle boot').width).not.toBe(other);
});

describe('mistakesGallery', () => {
  const mistake = (example: number): Mistake => ({
    example,
    label: 0,
    predicted: 1,
    probability: { predicted: 0.9, label: 0.1 },
    loss: 2,
  });
  const title = 'the worst';

  it('shows the pixels of images in memory, gray and colour', async () => {
    const gray: ImageSource = {
      kind: 'arrays',
      images: Uint8Array.from([0, 0, 0, 0, 0, 255, 60, 60]),
      shape: [2, 2, 1],
      labels: Int32Array.of(0, 0),
    };
    const { at, width } = await pixelsOf(
      await mistakesGallery([mistake(1), mistake(0)], gray, ['a', 'b'], title),
    );
    expect(width).toBe(12 + 4 * 124);
    expect([at(20, 40), at(100, 40), at(20, 130), at(140, 40)]).toEqual([
      [0, 0, 0],
      [255, 255, 255],
      [60, 60, 60],
      [0, 0, 0],
    ]);
    const colour: ImageSource = { ...gray, images: Uint8Array.from([255, 0, 9]), shape: [1, 1, 3] };
    const picture = await pixelsOf(await mistakesGallery([mistake(0)], colour, ['a', 'b'], title));
    expect(picture.at(60, 80)).toEqual([255, 0, 9]);
  });

  it('shows images in files, in rows of eight', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'paperlab-figures-'));
    try {
      const canvas = createCanvas(20, 10);
      const context = canvas.getContext('2d');
      context.fillStyle = 'rgb(0, 200, 0)';
      context.fillRect(0, 0, 20, 10);
      const file = join(folder, 'green.png');
      writeFileSync(file, canvas.toBuffer('image/png'));
      const source: ImageSource = { kind: 'files', files: [file], channels: 3, labels: Int32Array.of(0) };
      const nine = Array.from({ length: 9 }, () => mistake(0));
      const { at, height } = await pixelsOf(await mistakesGallery(nine, source, ['a', 'b'], title));
      expect(height).toBe(32 + 2 * 160 + 12);
      // It keeps its proportions: the lower half of its place is empty.
      expect([at(60, 60), at(60, 110), at(60, 220)]).toEqual([
        [0, 200, 0],
        [255, 255, 255],
        [0, 200, 0],
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('confusionMatrix', () => {
  it('is darker where more of a class lies, in one colour for what is right and another for what is not', async () => {
    const { at } = await pixelsOf(
      await confusionMatrix(
        [
          [8, 2],
          [0, 10],
        ],
        ['a', 'b'],
      ),
    );
    const [right, wrong, none] = [at(45, 45), at(90, 45), at(45, 90)];
    expect(right[2]).toBeGreaterThan(right[0]!); // blue
    expect(wrong[0]).toBeGreaterThan(wrong[2]!); // red
    expect(none).toEqual([255, 255, 255]);
  });

  it('has room for a thousand classes', async () => {
    const classes = 1000;
    const confusion = Array.from({ length: classes }, (_, i) =>
      Array.from({ length: classes }, (_, j) => (i === j ? 1 : 0)),
    );
    const names = confusion.map((_, i) => `class ${i}`);
    const { width } = await pixelsOf(await confusionMatrix(confusion, names));
    expect(width).toBe(30 + 4 * classes + 20);
  });
});

describe('learningCurves', () => {
  const epochs = Array.from({ length: 5 }, (_, epoch) => ({
    epoch,
    step: epoch,
    train: { loss: 1 / (epoch + 1), top1: epoch / 5 },
    valid: { loss: epoch === 2 ? NaN : 1.1 / (epoch + 1), top1: epoch / 6 },
    learningRate: 0.1,
    seconds: 1,
    imagesPerSecond: 1,
    stall: 0,
    skipped: 0,
  }));

  it('draws both panels, with a gap where there is no number', async () => {
    const { width, height, data } = await pixelsOf(await learningCurves(epochs, 'run'));
    expect([width, height]).toEqual([1200, 450]);
    const half = (right: boolean) =>
      data.filter((_, i) => Math.floor(i / 4) % width >= width / 2 === right) as Uint8ClampedArray;
    expect(inked(half(false))).toBeGreaterThan(500);
    expect(inked(half(true))).toBeGreaterThan(500);
  });

  it('can be of one epoch', async () => {
    await expect(learningCurves(epochs.slice(0, 1), 'run')).resolves.toBeInstanceOf(Buffer);
  });
});

describe('filterGrid', () => {
  it('zero is mid-grey, the largest magnitude of a filter black or white, and three channels are colours', async () => {
    const grey = { layer: 'C1', shape: [1, 2, 1, 2], values: Float32Array.of(1, 0, -2, 0.5) } as const;
    const colour = { layer: 'C2', shape: [1, 1, 3, 1], values: Float32Array.of(4, 0, -4) } as const;
    const { at, width, height } = await pixelsOf(await filterGrid([grey, colour]));
    expect([width, height]).toEqual([6 + 4 * 56, 6 + (32 + 34) + (32 + 62)]);
    const pixels = [at(10, 40), at(50, 40), at(72, 40), at(110, 40), at(30, 66 + 50)];
    expect(pixels).toEqual([
      [191, 191, 191],
      [0, 0, 0],
      [128, 128, 128],
      [255, 255, 255],
      [255, 128, 0],
    ]);
  });

  it('has rows of sixteen, and filters of nothing but zeros are grey', async () => {
    const values = new Float32Array(17);
    const { at, width, height } = await pixelsOf(
      await filterGrid([{ layer: 'C1', shape: [1, 1, 1, 17], values }]),
    );
    expect([width, height]).toEqual([6 + 16 * 62, 6 + 32 + 2 * 62]);
    expect(at(30, 32 + 62 + 20)).toEqual([128, 128, 128]);
  });
});

describe('featureMaps', () => {
  it('shows each map from its least to its largest value, sixteen of a layer', async () => {
    // Two maps on 1×2 places: -1, 1 and 5, 5.
    const two = { layer: 'C1', shape: [1, 2, 2], values: Float32Array.of(-1, 5, 1, 5) } as const;
    const many = { layer: 'C2', shape: [2, 1, 20], values: new Float32Array(40).fill(1, 20) } as const;
    const { at, width, height } = await pixelsOf(await featureMaps([two, many], 'image 7'));
    expect([width, height]).toEqual([6 + 16 * 78, 32 + 2 * 102]);
    const first = 32 + 24;
    expect([at(20, first + 10), at(60, first + 10), at(100, first + 10), at(140, first + 10)]).toEqual([
      [0, 0, 0],
      [255, 255, 255],
      [0, 0, 0],
      [0, 0, 0],
    ]);
    const second = first + 102;
    expect([at(15, second + 10), at(15, second + 60), at(15 + 15 * 78, second + 60)]).toEqual([
      [0, 0, 0],
      [255, 255, 255],
      [255, 255, 255],
    ]);
  });
});

describe('studyCurves', () => {
  const curve = (from: number, count: number): EpochResult[] =>
    Array.from({ length: count }, (_, epoch) => ({
      epoch,
      step: epoch,
      train: { loss: 1, top1: 0 },
      valid: { loss: from - epoch / 10, top1: epoch / 6 },
      learningRate: 0.1,
      seconds: 1,
      imagesPerSecond: 1,
      stall: 0,
      skipped: 0,
    }));
  const drawn = async (...variants: [variant: string, epochs: EpochResult[]][]) =>
    pixelsOf(
      await studyCurves(
        variants.map(([variant, epochs]) => ({ variant, epochs })),
        'study',
      ),
    );

  it('draws a line of its own colour for each variant in both panels, however many epochs it has', async () => {
    const { width, height, data } = await drawn(['base', curve(2, 5)], ['short', curve(1, 2)], ['none', []]);
    expect([width, height]).toEqual([1400, 500]);
    const colored = (red: boolean, right: boolean) =>
      data.filter((_, i) => {
        if (i % 4 !== 0 || (i / 4) % width >= width / 2 !== right) return false;
        const [r, g] = [data[i]!, data[i + 1]!];
        return red ? r > 150 && g < 60 : g > 180 && r < 120;
      }).length;
    for (const right of [false, true])
      for (const red of [true, false]) expect(colored(red, right)).toBeGreaterThan(100);
  });

  it('can have no variant, or more than can be named', async () => {
    await expect(studyCurves([], 'study')).resolves.toBeInstanceOf(Buffer);
    const many = Array.from({ length: 30 }, (_, i) => ({ variant: `variant ${i}`, epochs: curve(i, 3) }));
    await expect(studyCurves(many, 'study')).resolves.toBeInstanceOf(Buffer);
  });
});
