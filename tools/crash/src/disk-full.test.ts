import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trainToItsEnd } from './crash-test.js';
import { differences, TIMES } from './outcome.js';
import { pointsOf, RunFolder } from './run-folder.js';
import { Tmpfs } from './tmpfs.js';
import { STEPS, TrainingProcess } from './training-process.js';

jest.setTimeout(120_000); // every test starts programs

const folder = mkdtempSync(join(tmpdir(), 'paperlab-disk-'));
const mountPoint = join(folder, 'disk');
mkdirSync(mountPoint);
/** Five checkpoints of LeNet-5 with Adam's slots and averages, of 1 MB each, and a record. */
const SIZE = 6 << 20;
/** Enough for a record, not for a checkpoint. */
const SOME = 256 << 10;
/** Enough of them that what is recorded does not fit into the last block of the record. */
const EPOCHS = 8;
const epochs = ['--set', `epochs=${EPOCHS}`];

const unavailable = await Tmpfs.mount(mountPoint, SIZE).then(
  (disk) => disk.unmount().then(() => undefined),
  (error: Error) => error.message,
);

const suite = unavailable === undefined ? describe : describe.skip;
suite(`a full disk${unavailable === undefined ? '' : ` (skipped: ${unavailable})`}`, () => {
  let disk: Tmpfs;
  let run: RunFolder;
  const whole = new RunFolder(join(folder, 'whole'));
  beforeAll(async () => {
    mkdirSync(whole.path);
    await trainToItsEnd(whole, epochs);
  });
  beforeEach(async () => {
    disk = await Tmpfs.mount(mountPoint, SIZE);
    run = new RunFolder(disk.path);
  });
  afterEach(() => disk.unmount());
  /** Without pictures and the model, which would be refused too. */
  const train = (...options: string[]) =>
    new TrainingProcess(folder, ['--record', 'none', ...options], disk.launcher);

  it('keeps checkpoints out: each is named, training goes on, the one before stays, and a resume loses nothing', async () => {
    expect(await train('--set', 'epochs=1').ended).toMatchObject({ status: 0 });
    const before = run.steps;
    disk.fill(SOME);
    const { status, reports } = await train('--resume', ...epochs).ended;
    expect(status).toBe(0);
    const refused = reports.filter((line) => line.includes('ENOSPC'));
    expect(refused).toEqual(
      Array.from({ length: EPOCHS - 1 }, (_, i) => (i + 2) * STEPS).map((step) =>
        expect.stringMatching(
          new RegExp(`/step-0*${step} could not be written: ENOSPC.*; the checkpoint before it stays$`),
        ),
      ),
    );
    expect({ steps: run.steps, unfinished: run.unfinished }).toEqual({ steps: before, unfinished: [] });

    disk.free();
    const resumed = await train('--resume', ...epochs).ended;
    expect(resumed).toMatchObject({ status: 0 });
    expect(resumed.reports[0]).toMatch(/^going on from .*step-00000060$/);
    expect(differences(run, whole)).toEqual([]);
  });

  it('keeps metrics waiting until there is room again', async () => {
    const training = train(...epochs);
    await training.says(({ event }) => event === 'epoch');
    disk.fill(0);
    for (let epoch = 2; epoch < EPOCHS - 1; epoch++) await training.says(({ event }) => event === 'epoch');
    disk.free();
    const { status, reports } = await training.ended;
    expect(status).toBe(0);
    expect(reports).toContainEqual(
      expect.stringMatching(
        /^cannot write to \.paperlab\/runs\/.*ENOSPC.*: metrics wait in memory until it can be written$/,
      ),
    );
    expect([...pointsOf(run.record!)].filter(([name]) => !TIMES.test(name))).toEqual(
      [...pointsOf(whole.record!)].filter(([name]) => !TIMES.test(name)),
    );
  });

  it('to the end takes metrics, not the run: how many are lost is said', async () => {
    const training = train(...epochs);
    await training.says(({ event }) => event === 'epoch');
    disk.fill(0);
    const { status, reports } = await training.ended;
    expect(status).toBe(0);
    expect(reports).toContainEqual(
      expect.stringMatching(/^cannot write to \.paperlab\/runs\/.*: lost are the last \d+ values/),
    );

    disk.free();
    expect(await train('--resume', ...epochs).ended).toMatchObject({ status: 0 });
    expect(differences(run, whole)).toEqual([]);
  });

  it('at the start: one line says where there is no room, and nothing is left', async () => {
    disk.fill(0);
    expect(await train(...epochs).ended).toMatchObject({
      status: 1,
      reports: ['paperlab: runs cannot be recorded in .paperlab (ENOSPC): give another directory'],
    });
    expect(run.records).toEqual([]);
  });
});
afterAll(() => rmSync(folder, { recursive: true }));
