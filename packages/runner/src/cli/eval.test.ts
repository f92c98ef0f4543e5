import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createCanvas, loadImage } from '@napi-rs/canvas';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { experimentFile, Workplace } from '../testing/workplace.js';

jest.setTimeout(60_000); // every test starts programs

const place = new Workplace();
const path = (...names: string[]) => join(place.folder, ...names);
beforeAll(async () => {
  place.write('quarters.ts', experimentFile());
  expect((await place.run('train', 'quarters.ts')).status).toBe(0);
});
afterAll(() => place.remove());

/** A grey image of 40 x 40 with one bright quarter. */
function quarter(name: string, bright: number): string {
  const canvas = createCanvas(40, 40);
  const context = canvas.getContext('2d');
  context.fillStyle = 'rgb(20, 20, 20)';
  context.fillRect(0, 0, 40, 40);
  context.fillStyle = 'rgb(200, 200, 200)';
  context.fillRect(bright % 2 === 1 ? 20 : 0, bright >= 2 ? 20 : 0, 20, 20);
  writeFileSync(path(name), canvas.toBuffer('image/png'));
  return name;
}

describe('paperlab eval', () => {
  it('prints how good the model is, and draws its mistakes and its training', async () => {
    const { status, stdout, stderr } = await place.run(
      'eval',
      '.paperlab/checkpoints/quarters',
      '--output',
      'out',
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/step-00000080\ntest split of quarters: 40 images\n\nloss 0\.\d+ +top-1 \d/);
    expect(stdout).toMatch(/^a +10 +\d+\.\d\d %$/m);
    const result = JSON.parse(readFileSync(path('out/evaluation.json'), 'utf8'));
    expect(result.confusion.flat().reduce((a: number, b: number) => a + b)).toBe(40);
    const drawn = result.mistakes.length > 0 ? ['mistakes.png'] : [];
    expect(readdirSync(path('out')).sort()).toEqual([
      'confusion.png',
      'curves.png',
      'evaluation.json',
      ...drawn,
    ]);
  });

  it('--json: one object, with what a program needs; the figures go beside the checkpoint', async () => {
    const { status, stdout } = await place.run(
      'eval',
      '.paperlab/checkpoints/quarters',
      '--json',
      '--split',
      'valid',
    );
    expect(status).toBe(0);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ split: 'valid', images: 40, top5: 1, classAccuracy: { length: 4 } });
    expect(result.folder).toMatch(/quarters\/[\d-]+\/evaluation-step-00000080-valid$/);
    expect(readdirSync(path(result.folder))).toContain('evaluation.json');
  });

  it('shows the model the views of a test protocol', async () => {
    place.write(
      'crops.ts',
      experimentFile('testProtocol: tenCrop({ shortSide: 5, size: 4 }),').replace('adam,', 'adam, tenCrop,'),
    );
    const { status, stdout } = await place.run(
      ...['eval', '.paperlab/checkpoints/quarters', '--experiment', 'crops.ts'],
    );
    expect(status).toBe(0);
    expect(stdout).toContain('test split of quarters: 40 images, 10 views of each (ten-crop)');
  });

  it('says what to do without the experiment file, or with another one', async () => {
    place.write('other.ts', experimentFile('dataset: { ...quarters, name: "eighths" },'));
    const other = await place.run('eval', '.paperlab/checkpoints/quarters', '--experiment', 'other.ts');
    expect(other.stderr).toMatch(
      /^paperlab: other\.ts is not what .*step-00000080 was trained with: dataset was quarters and is eighths\n$/,
    );
    const text = readFileSync(path('quarters.ts'), 'utf8');
    rmSync(path('quarters.ts'));
    const missing = await place.run('eval', '.paperlab/checkpoints/quarters');
    place.write('quarters.ts', text);
    expect(missing.stderr).toMatch(
      /is of quarters\.ts, which is not here; give the file with --experiment FILE\n$/,
    );
    expect([other.status, missing.status]).toEqual([1, 1]);
  });
});

describe('paperlab predict', () => {
  it('names the likeliest classes of each image, in the order given', async () => {
    const images = [2, 0, 3].map((bright) => quarter(`${bright}.png`, bright));
    const { status, stdout, stderr } = await place.run(
      'predict',
      '.paperlab/checkpoints/quarters',
      ...images,
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.split('\n').slice(0, -1)).toEqual([
      expect.stringMatching(/^2\.png  c \d+\.\d %, ([abd] \d+\.\d %, ){2}[abd] \d+\.\d %$/),
      expect.stringMatching(/^0\.png  a /),
      expect.stringMatching(/^3\.png  d /),
    ]);
  });

  it('--json: one object for each image', async () => {
    const { stdout } = await place.run(
      'predict',
      '.paperlab/checkpoints/quarters',
      quarter('1.png', 1),
      '--json',
    );
    const { image, classes } = JSON.parse(stdout);
    expect(image).toBe('1.png');
    expect(classes.map(({ name }: { name: string }) => name).sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(classes[0].name).toBe('b');
    const sum = classes.reduce(
      (total: number, { probability }: { probability: number }) => total + probability,
      0,
    );
    expect(sum).toBeCloseTo(1, 5);
  });

  it('names a file that is no image, or not there', async () => {
    place.write('text.png', 'no image');
    const text = await place.run(
      'predict',
      '.paperlab/checkpoints/quarters',
      quarter('0.png', 0),
      'text.png',
    );
    expect(text.stderr).toMatch(/^paperlab: Image file text\.png cannot be used: .+\n$/);
    const none = await place.run('predict', '.paperlab/checkpoints/quarters', 'none.png');
    expect(none.stderr).toMatch(/^paperlab: Image file none\.png cannot be used: .*No such file.*\n$/i);
    expect([text.status, none.status]).toEqual([1, 1]);
  });
});

describe('one of several experiments of a file', () => {
  const named = `export const experiments = { short: defineExperiment({ ...experiment, name: 'quarters-short', epochs: 1 }), base: experiment };`;
  beforeAll(() => {
    place.write('several.ts', experimentFile('', named));
  });

  it('is trained, and evaluated without naming it again', async () => {
    const trained = await place.run('train', 'several.ts:short');
    expect({ status: trained.status, stderr: trained.stderr }).toEqual({ status: 0, stderr: '' });
    const { status, stdout } = await place.run('eval', '.paperlab/checkpoints/quarters-short');
    expect(status).toBe(0);
    expect(stdout).toMatch(/step-00000040\ntest split of quarters/);
  });

  it.each([
    ['several.ts:long', 'several.ts exports no experiment "long"; its experiments are short, base'],
    [
      'quarters.ts:long',
      'quarters.ts exports no experiments by name: export const experiments = { long: defineExperiment({ … }) }',
    ],
    ['none.ts:long', 'no such file: none.ts'],
  ])('%s is refused in a line', async (file, message) => {
    const { status, stderr } = await place.run('train', file);
    expect({ status, stderr }).toEqual({ status: 1, stderr: `paperlab: ${message}\n` });
  });
});

describe('paperlab find-lr', () => {
  it('suggests a learning rate, and draws the curve', async () => {
    const { status, stdout, stderr } = await place.run(
      ...['find-lr', 'quarters.ts', '--from', '1e-4', '--to', '10', '--steps', '40', '--output', 'curve.png'],
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(
      /^The loss falls fastest at a learning rate of \S+\.\nSteps were taken up to a rate of /,
    );
    const { width, height } = await loadImage(path('curve.png'));
    expect([width, height]).toEqual([800, 450]);
  });
});
