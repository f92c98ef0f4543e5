import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { FileSource } from '@paperlab/core';
import { datasetContract } from '@paperlab/core/testing';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { imageBytes } from './image-bytes.js';
import { imagenette, type ImagenetteOptions, imagewoof, photoDataset } from './imagenette.js';
import { type Checksum, imagenetteSource, imagewoofSource, type PhotoSource } from './sources.js';
import { archiveOf } from './testing/archive.js';
import { type Answer, beginning, type Mirror, startMirror, status, whole } from './testing/mirror.js';
import { ownPlaces } from './testing/places.js';

const places = ownPlaces();
const wnids = Object.keys(imagenetteSource.classes);
const name = 'imagenette2-160.tgz';

/** Two photos of each class for `train`, one for `val`, and what else is in the archive. */
const photos = Object.fromEntries(
  wnids.flatMap((wnid, label) =>
    ['train/1', 'val/7', 'train/0'].map((place) => {
      const [part, number] = place.split('/');
      return [
        `imagenette2-160/${part}/${wnid}/ILSVRC2012_${number}.JPEG`,
        Buffer.from(`${part} ${label} ${number}`),
      ];
    }),
  ),
);
const files = { ...photos, 'imagenette2-160/noisy_imagenette.csv': Buffer.from('path,noisy_labels_0') };

const hash = (algorithm: 'sha256' | 'md5', bytes: Uint8Array): Checksum =>
  `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
/** Imagenette as an archive of few photos, on mirrors of ours. */
let archive: Buffer;
let known: Checksum[];
beforeAll(async () => {
  archive = await archiveOf(files);
  known = ['sha256:of-another-packing', hash('md5', archive)];
});
const source = (mirrors: readonly string[] = [], checksums: readonly Checksum[] = known): PhotoSource => ({
  ...imagenetteSource,
  mirrors,
  archives: { ...imagenetteSource.archives, 160: { name, checksums } },
});
const small = (options: ImagenetteOptions = {}, ...from: Parameters<typeof source>) =>
  photoDataset(source(...from), options);

const own = (...path: string[]) => join(places.data, ...path);
const cached = (...path: string[]) => join(places.cache, 'imagenette', ...path);
async function put(path: string, bytes: Uint8Array) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
}
beforeEach(async () => {
  await mkdir(own(), { recursive: true });
  process.env['PAPERLAB_DATA'] = places.data;
});
afterEach(async () => {
  for (const folder of [places.data, places.cache]) await rm(folder, { recursive: true, force: true });
});

async function contents(dataset = small(), split: 'train' | 'valid' = 'train') {
  const { source } = await dataset.open(split);
  const read = (source as FileSource).files.map(async (_, i) => {
    const text = Buffer.from(await imageBytes(source, i)).toString();
    return `${source.labels[i]}: ${text}`;
  });
  return Promise.all(read);
}
const expected = wnids.flatMap((_, label) => [`${label}: train ${label} 0`, `${label}: train ${label} 1`]);

describe('contract', () => {
  beforeEach(() => put(own('imagenette', name), archive));
  datasetContract(() => small());
});

describe('photos', () => {
  it('are read out of an archive in PAPERLAB_DATA, which is unpacked to the cache once', async () => {
    await put(own('imagenette', name), archive);
    const lines: string[] = [];
    const open = () => small().open('train', { report: (line) => lines.push(line) });
    const { size, digest, source } = await open();
    expect(size).toBe(20);
    expect((source as FileSource).files[0]).toBe(
      cached('imagenette2-160.tar/imagenette2-160/train/n01440764/ILSVRC2012_0.JPEG'),
    );
    expect(await contents()).toEqual(expected);
    expect(await contents(small(), 'valid')).toEqual(wnids.map((_, label) => `${label}: val ${label} 7`));
    await rm(own('imagenette', name)); // is not needed any more
    expect((await open()).digest).toBe(digest);
    expect(lines).toEqual([
      `${name} has the ${known[1]!.replace(':', ' ')}`,
      `unpacking ${name}, which is done once`,
    ]);
    expect(await readdir(cached())).toEqual(['imagenette2-160.tar', 'imagenette2-160.tar.json']);
  });

  it.each([['imagenette2-160'], ['imagenette/imagenette2-160']])('are found unpacked: %s', async (folder) => {
    await put(own('imagenette', name), archive);
    const packed = await small().open('train');
    await rm(places.cache, { recursive: true });
    for (const [file, bytes] of Object.entries(files))
      await put(own(file.replace('imagenette2-160', folder)), bytes);
    const { digest, source } = await small().open('train');
    expect((source as FileSource).archives).toBeUndefined();
    expect(await contents()).toEqual(expected);
    expect(digest).toBe(packed.digest);
    expect(await small().checksums()).toEqual([]);
  });

  it('may be held out', async () => {
    await put(own('imagenette', name), archive);
    const held = small({ valid: { fraction: 0.5, stratified: true }, test: 'val' });
    const [train, valid] = [await contents(held), await contents(held, 'valid')];
    expect([...train, ...valid].sort()).toEqual([...expected].sort());
    expect(valid).toHaveLength(10);
    expect((await held.open('test')).size).toBe(10);
  });

  it('have checksums, which are verified', async () => {
    await put(own('imagenette', name), archive);
    expect(await small().checksums()).toEqual([
      { file: own('imagenette', name), place: 'PAPERLAB_DATA', checksum: known[1] },
      {
        file: cached('imagenette2-160.tar'),
        place: 'cache',
        checksum: hash('sha256', gunzipSync(archive)),
      },
    ]);
    const sha256: Checksum[] = [hash('sha256', archive)];
    expect((await small({}, [], sha256).checksums())[0]).toMatchObject({ checksum: sha256[0] });
  });
});

describe('an archive is refused', () => {
  it('if it has none of the checksums, and stays', async () => {
    await put(own('imagenette', name), archive.subarray(1));
    const [sha256, md5] = (['sha256', 'md5'] as const).map((one) => hash(one, archive.subarray(1)));
    const text = (...checksums: (Checksum | undefined)[]) => checksums.map((one) => one!.replace(':', ' '));
    await expect(small().open('train')).rejects.toThrow(
      new Error(
        `${own('imagenette', name)} (PAPERLAB_DATA) is damaged or not ${name} (it has ${text(sha256, md5).join(', ')}; ` +
          `known are ${text(...known).join(', ')}): replace it with a good copy, or take it away`,
      ),
    );
    expect(await readFile(own('imagenette', name))).toEqual(archive.subarray(1));
    await expect(readdir(cached())).rejects.toThrow('ENOENT');
  });

  it('if the plain one in the cache was changed', async () => {
    await put(own('imagenette', name), archive);
    await small().open('train');
    const plain = await readFile(cached('imagenette2-160.tar'));
    plain[600]! ^= 1;
    await writeFile(cached('imagenette2-160.tar'), plain);
    const message =
      /^\S+imagenette2-160\.tar \(cache\) is damaged or not what imagenette2-160\.tgz holds \(it has sha256 \w+, md5 \w+; known are sha256 \w+, md5 \w+\): delete it, and it is made again$/;
    await expect(small().open('valid')).rejects.toThrow(message);
    await expect(small().checksums()).rejects.toThrow(message);
  });

  it('if it is no gzipped tar archive', async () => {
    const noise = randomBytes(1000);
    await put(own('imagenette', name), noise);
    await expect(small({}, [], [hash('md5', noise)]).open('train')).rejects.toThrow(
      new RegExp(
        `^\\S+${name} cannot be unpacked to \\S+imagenette2-160\\.tar \\(incorrect header check\\)$`,
      ),
    );
    expect(await readdir(cached())).toEqual([]);
  });

  it('when it is aborted', async () => {
    await put(own('imagenette', name), archive);
    const signal = AbortSignal.abort(new Error('Ctrl-C'));
    await expect(small().open('train', { signal })).rejects.toThrow('Ctrl-C');
  });
});

describe('an archive on mirrors', () => {
  const mirrors: Mirror[] = [];
  const mirror = async (...answers: Answer[]) => {
    mirrors.push(await startMirror(...answers));
    return mirrors.at(-1)!;
  };
  afterEach(async () => {
    await Promise.all(mirrors.splice(0).map((started) => started.close()));
  });

  it('is got from the one that works, in two pieces if the connection breaks, and kept', async () => {
    const missing = await mirror(status(404));
    const wrong = await mirror(whole(randomBytes(1000)));
    const half = Math.floor(archive.length / 2);
    const broken = await mirror(
      beginning(archive, half, (response) => response.destroy()),
      whole(archive),
    );
    const from = [missing, wrong, broken].map(({ url }) => url);
    const lines: string[] = [];
    const { size } = await small({}, from).open('valid', { report: (line) => lines.push(line) });
    expect(size).toBe(10);
    expect(broken.requests.map(({ url }) => url)).toEqual([`/${name}`, `/${name}`]);
    expect(broken.requests[1]!.headers.range).toBe(`bytes=${half}-`);
    expect(lines.filter((line) => line.startsWith('downloading')).length).toBeGreaterThan(0);
    expect(lines).toContain(`${name} has the ${known[1]!.replace(':', ' ')}`);
    expect((await readdir(cached())).sort()).toEqual([
      'imagenette2-160.tar',
      'imagenette2-160.tar.json',
      name,
    ]);
    expect(await contents(small())).toEqual(expected);
  });

  it('is refused if none of them has it', async () => {
    const { url } = await mirror(whole(randomBytes(1000)));
    await expect(small({}, [url]).open('train')).rejects.toThrow(
      new RegExp(
        `^imagenette needs ${name}, and ${name} cannot be downloaded \\(${url}${name}: is damaged or not ${name} ` +
          `\\(it has .*\\)\\)\\. Other ways to it: the file in the folder imagenette of PAPERLAB_DATA$`,
      ),
    );
    expect(await readdir(cached())).toEqual([]);
  });
});

describe('options', () => {
  it.each([
    [{}, 160, [160, 160, 3]],
    [{ size: 320 }, 320, [320, 320, 3]],
    [{ size: 'full' }, 'full', [224, 224, 3]],
  ] as const)('%j: the middle of the photos', (options, size, imageShape) => {
    for (const make of [imagenette, imagewoof])
      expect(make(options)).toMatchObject({ imageShape, config: { size } });
  });

  it('may have transforms that settle the size', () => {
    const transforms = [
      { name: 'resize', size: 146 },
      { name: 'centerCrop', size: [128, 128] },
    ] as const;
    expect(imagewoof({ transforms }).imageShape).toEqual([128, 128, 3]);
    expect(() => imagewoof({ transforms: [] })).toThrow(
      /^the images of imagewoof have a size of their own each/,
    );
  });

  it.each([
    [{ size: 224 }, 'size in imagenette is 224; it must be 160, 320 or "full"'],
    [{ sise: 160 }, 'unknown key "sise" in imagenette; did you mean "size"?'],
  ])('%j is refused', (options, message) => {
    expect(() => imagenette(options as never)).toThrow(new Error(message));
  });
});

it('classes have the names of people, in the order of their folders', () => {
  expect(imagenette()).toMatchObject({ name: 'imagenette' });
  expect(imagenette().classNames.slice(0, 3)).toEqual(['tench', 'English springer', 'cassette player']);
  for (const { classes } of [imagenetteSource, imagewoofSource]) {
    expect(Object.keys(classes)).toEqual(Object.keys(classes).sort());
    expect(new Set(Object.values(classes)).size).toBe(10);
  }
});

it('checksums are of the functions that they are said to be of', () => {
  const all = [imagenetteSource, imagewoofSource].flatMap(({ archives }) => Object.values(archives));
  for (const { checksums } of all)
    for (const checksum of checksums) expect(checksum).toMatch(/^(sha256:[0-9a-f]{64}|md5:[0-9a-f]{32})$/);
});
