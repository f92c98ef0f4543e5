import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { FileSource, SplitName } from '@paperlab/core';
import { datasetContract } from '@paperlab/core/testing';
import { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { duplicateImages } from './duplicates.js';
import { imageBytes } from './image-bytes.js';
import { imageFolder } from './image-folder.js';
import { imageTar, type ImageTarOptions } from './image-tar.js';
import { synthetic } from './synthetic.js';
import { archiveOf, tarOf } from './testing/archive.js';
import { temporaryFolder } from './testing/mirror.js';
import { ownPlaces } from './testing/places.js';

const places = ownPlaces();
const names = {
  train: ['cat/2.jpg', 'cat/10.JPEG', 'cat/1.png', 'dog/1.jpg', 'dog/2.jpg', 'bird/7.jpg'],
  val: ['dog/3.jpg', 'cat/3.jpg'],
};
const others = ['cat/notes.txt', 'cat/._1.png', 'readme.md', 'top.jpg'];

/** Only names and bytes matter here: the files may hold anything. */
const contentsOf = (part: string, files: readonly string[]) =>
  Object.fromEntries(files.map((name) => [name, Buffer.from(`${part} ${name}`)]));

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => rm(folder, { recursive: true }));

const put = async (file: string, bytes: Uint8Array) => {
  await mkdir(dirname(join(folder, file)), { recursive: true });
  await writeFile(join(folder, file), bytes);
};
/** The parts in archives: `train` in two. */
async function shards(make = tarOf, ending = '.tar') {
  const { train, val } = names;
  await put(`train-0${ending}`, await make(contentsOf('train', [...train.slice(0, 2), ...others])));
  await put(`train-1${ending}`, await make(contentsOf('train', train.slice(2))));
  await put(`val${ending}`, await make(contentsOf('val', val)));
  await put('notes.txt', Buffer.from('left alone'));
}

const make = (options: Partial<ImageTarOptions> = {}) => imageTar({ folder, size: 32, ...options });
const classNames = ['bird', 'cat', 'dog'];

/** What an image is by its label, and what is read of it. */
async function contents(split: SplitName, options: Partial<ImageTarOptions> = {}) {
  const { source } = await make(options).open(split);
  return Promise.all(
    (source as FileSource).files.map(
      async (_, i) => `${source.labels[i]} ${Buffer.from(await imageBytes(source, i)).toString()}`,
    ),
  );
}

describe('decoded images', () => {
  beforeEach(() => shards());

  it('are kept in the cache if that is asked for; who opens a split is told', async () => {
    const report = () => {};
    const { signal } = new AbortController();
    const kept = { folder: join(places.cache, 'pets', 'decoded'), report, signal };
    const cached = make({ cache: true, name: 'pets' });
    expect((await cached.open('valid', { report, signal })).cache).toEqual(kept);
    expect((await make({ cache: false }).open('train')).cache).toBeUndefined();
    expect((await synthetic({ cache: true }).open('train')).cache).toBeUndefined(); // in memory anyway
  });

  it('change nothing that is recorded, so that a run can be gone on with and without', () => {
    expect(make({ cache: true }).config).toEqual(make().config);
  });

  it('are asked for by true or false', () => {
    expect(() => make({ cache: 'yes' as never })).toThrow(
      'cache in imageTar is "yes"; it must be true or false',
    );
  });
});

describe('contract', () => {
  let kept: string;
  beforeAll(async () => {
    kept = await temporaryFolder();
    await writeFile(join(kept, 'train.tar'), await tarOf(contentsOf('train', names.train)));
    await writeFile(join(kept, 'val.tar'), await tarOf(contentsOf('val', names.val)));
    return () => rm(kept, { recursive: true });
  });
  datasetContract(() => make({ folder: kept }));
});

describe('images in archives', () => {
  const inOrder = ['0 train bird/7.jpg', '1 train cat/1.png', '1 train cat/10.JPEG', '1 train cat/2.jpg'];

  it('are those of class folders, sorted, and no other files', async () => {
    await shards();
    expect(make()).toMatchObject({ name: 'image-tar', classNames, imageShape: [32, 32, 3] });
    expect(await contents('train')).toEqual([...inOrder, '2 train dog/1.jpg', '2 train dog/2.jpg']);
    expect(await contents('valid')).toEqual(['1 val cat/3.jpg', '2 val dog/3.jpg']);
    expect(await contents('test')).toEqual(await contents('valid'));
  });

  it('are those that folders would have, by their digest too', async () => {
    await shards();
    for (const [part, files] of Object.entries(names))
      for (const [name, bytes] of Object.entries(contentsOf(part, files)))
        await put(`${part}/${name}`, bytes);
    for (const split of ['train', 'valid'] as const) {
      const [packed, plain] = [await make().open(split), await imageFolder({ folder, size: 32 }).open(split)];
      expect(packed.digest).toBe(plain.digest);
      expect(packed.source.labels).toEqual(plain.source.labels);
      const groups = await duplicateImages({ packed, plain });
      expect(groups).toEqual(
        Array.from({ length: packed.size }, (_, index) => [
          { split: 'packed', index },
          { split: 'plain', index },
        ]),
      );
    }
  });

  it('have names for messages', async () => {
    await shards();
    const { source } = await make().open('train');
    expect((source as FileSource).files[0]).toBe(join(folder, 'train-1.tar', 'bird/7.jpg'));
  });

  it('may be held out, in another order of classes, and grey', async () => {
    await shards();
    const options = {
      classNames: ['dog', 'cat', 'bird'],
      valid: 'train[:50%]',
      test: 'val',
      channels: 1,
    } as const;
    expect(await contents('valid', options)).toEqual([
      '0 train dog/1.jpg',
      '0 train dog/2.jpg',
      '1 train cat/1.png',
    ]);
    expect(await contents('train', options)).toEqual([
      '1 train cat/10.JPEG',
      '1 train cat/2.jpg',
      '2 train bird/7.jpg',
    ]);
    expect((await make(options).open('test')).source).toMatchObject({ channels: 1 });
  });

  it('of compressed ones are the same, which are unpacked to the cache once', async () => {
    await shards();
    const plain = { contents: await contents('train'), digest: (await make().open('train')).digest };
    for (const file of await readdir(folder)) if (file.endsWith('.tar')) await rm(join(folder, file));
    await shards(archiveOf, '.tar.gz');
    const lines: string[] = [];
    const open = () => make({ classNames }).open('train', { report: (line) => lines.push(line) });
    for (let time = 0; time < 2; time++) expect((await open()).digest).toBe(plain.digest);
    expect(await contents('train', { classNames })).toEqual(plain.contents);
    expect(lines).toEqual([
      'unpacking train-0.tar.gz, which is done once',
      'unpacking train-1.tar.gz, which is done once',
    ]);
    const kept = (await readdir(join(places.cache, 'image-tar'))).sort();
    expect(kept).toEqual([
      expect.stringMatching(/^train-0-[0-9a-f]{16}\.tar$/),
      expect.stringMatching(/^train-0-[0-9a-f]{16}\.tar\.json$/),
      expect.stringMatching(/^train-1-[0-9a-f]{16}\.tar$/),
      expect.stringMatching(/^train-1-[0-9a-f]{16}\.tar\.json$/),
    ]);
    // What is cut off is made anew, and so is another archive of the same name.
    await writeFile(join(places.cache, 'image-tar', kept[0]!), 'cut off');
    expect((await open()).digest).toBe(plain.digest);
    expect(lines).toHaveLength(3);
    await utimes(join(folder, 'train-1.tar.gz'), 1, 1);
    await open();
    expect(lines).toHaveLength(4);
  });
});

describe('archives are refused', () => {
  it('without train', async () => {
    await put('val.tar', await tarOf(contentsOf('val', names.val)));
    expect(() => make()).toThrow(
      new Error(`image-tar needs train.tar, or train-….tar, .tar.gz or .tgz, in ${folder}; there is none`),
    );
    expect(() => make({ folder: '/no/such' })).toThrow('image-tar needs the folder /no/such; there is none');
  });

  it('that are compressed if the classes are not named', async () => {
    await shards(archiveOf, '.tgz');
    expect(() => make()).toThrow(
      new Error(
        'image-tar cannot know the classes in train-0.tgz before it is unpacked; name them in classNames',
      ),
    );
  });

  it('that are there twice', async () => {
    await shards();
    await put('train-0.tar.gz', await archiveOf({}));
    expect(() => make()).toThrow(
      `train-0.tar and train-0.tar.gz in ${folder} look like the same archive twice; take one away`,
    );
  });

  it('with classes that are not known, or none', async () => {
    await shards();
    await expect(make({ classNames: ['cat', 'dog'] }).open('train')).rejects.toThrow(
      new Error(
        `${join(folder, 'train-1.tar')} has images of bird, which is no class of image-tar; name it in classNames`,
      ),
    );
    await put('train-0.tar', await tarOf({ 'readme.md': Buffer.from('x') }));
    await rm(join(folder, 'train-1.tar'));
    expect(() => make()).toThrow(
      `image-tar finds no files CLASS/FILE.jpg, .jpeg or .png in the archives of train in ${folder}`,
    );
    await expect(make({ classNames }).open('train')).rejects.toThrow(
      'image-tar finds no .jpg, .jpeg or .png files of train in class folders in train-0.tar',
    );
  });

  it('that are damaged', async () => {
    await shards();
    const whole = await readFile(join(folder, 'train-0.tar'));
    await put('train-0.tar', whole.subarray(0, 1100));
    expect(() => make()).toThrow(new Error(`${join(folder, 'train-0.tar')} is cut off`));
    await rm(join(folder, 'train-0.tar'));
    await put('train-0.tgz', (await archiveOf(contentsOf('train', names.train))).subarray(0, 200));
    await expect(make({ classNames }).open('train')).rejects.toThrow(
      new RegExp(`^${join(folder, 'train-0.tgz')} cannot be unpacked to \\S+ \\(unexpected end of file\\)$`),
    );
    const left = (await readdir(join(places.cache, 'image-tar'))).filter((file) => file.endsWith('.part'));
    expect(left).toEqual([]);
  });

  it('that vanish before an image is read', async () => {
    await shards();
    const { source } = await make().open('valid');
    await rm(join(folder, 'val.tar'));
    await expect(imageBytes(source, 0)).rejects.toThrow(
      new Error(`${join(folder, 'val.tar', 'cat/3.jpg')} cannot be read (ENOENT)`),
    );
  });
});
