import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  adam,
  type Artifact,
  choice,
  defineExperiment,
  grid,
  medianPruner,
  type RunDescription,
  type RunStatus,
  sgd,
  study,
  type Study,
  type Tracker,
} from '@paperlab/core';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rowsExperiment } from '../testing/rows.js';
import { train } from '../train.js';
import { runStudy, type RunStudyOptions } from './run-study.js';
import { runVariant } from './run-variant.js';
import type { StudyState, StudyStore, VariantResult } from './store.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'paperlab-study-'));
});
afterEach(() => rm(folder, { recursive: true }));

const base = defineExperiment({ ...rowsExperiment, name: 'rows' });
const three = () =>
  study(base, {
    base: {},
    sgd: { optimizer: sgd({ learningRate: 0.05 }) },
    slow: { optimizer: adam({ learningRate: 1e-4 }) },
  });
const failing = { optimizer: sgd({ learningRate: 3e38, weightDecay: 1 }) };

interface Record {
  readonly id: string;
  readonly description: RunDescription;
  readonly artifacts: Artifact[];
  readonly metrics: [number, { readonly [name: string]: number }][];
  status?: RunStatus;
}

/** A tracker that keeps what it is told. */
function recorder(): { tracker: Tracker; records: Record[] } {
  const records: Record[] = [];
  const start: Tracker['start'] = async (description) => {
    const id = description.resume ?? `run-${records.length}`;
    const record: Record = { id, description, artifacts: [], metrics: [] };
    records.push(record);
    return {
      id,
      location: id,
      metrics: (values, step) => record.metrics.push([step, values]),
      artifact: (artifact) => record.artifacts.push(artifact),
      flush: async () => undefined,
      end: async (status) => void (record.status = status),
    };
  };
  return { tracker: { name: 'recorder', start }, records };
}

const run = (what: Study, options: Partial<RunStudyOptions> = {}) => runStudy(what, { folder, ...options });
/** What a result says that does not depend on the machine's speed. */
const learned = (results: readonly VariantResult[]) =>
  results.map(({ variant, status, epochs }) => ({
    variant,
    status,
    epochs: epochs.map(({ step, train, valid }) => ({ step, train, valid })),
  }));
const weights = (variant: string, from = folder) => {
  const newest = readdirSync(join(from, variant))
    .filter((name) => name.startsWith('step-'))
    .sort()
    .at(-1)!;
  return readFileSync(join(from, variant, newest, 'weights.safetensors')).toString('hex');
};

describe('runStudy', () => {
  it('trains each variant as train does, in a run below the one of the study, and compares them', async () => {
    const { tracker, records } = recorder();
    const rates = grid({ rate: choice([0.01, 0.02]) }, ({ rate }) => ({
      optimizer: adam({ learningRate: rate }),
    }));
    const results = await run(study(base, { base: {}, ...rates }), { trackers: [tracker] });
    const names = ['base', 'rate=0.01', 'rate=0.02'];
    expect(results.map(({ variant, status }) => [variant, status])).toEqual(
      names.map((name) => [name, 'FINISHED']),
    );
    const expected = [];
    for await (const epoch of train(base)) expected.push(epoch);
    const { epochs } = learned(results)[0]!;
    expect(epochs).toEqual(expected.map(({ step, train, valid }) => ({ step, train, valid })));

    const [parent, ...children] = records;
    expect(parent!.description).toMatchObject({ experiment: base, tags: { 'mlflow.runName': 'rows study' } });
    expect(parent!.description.parent).toBeUndefined();
    expect(children.map(({ description }) => description.tags['mlflow.runName'])).toEqual(names);
    expect(children.map(({ description }) => description.parent)).toEqual(Array(3).fill(parent!.id));
    expect(children.map(({ description }) => description.params['study.rate'])).toEqual([
      undefined,
      '0.01',
      '0.02',
    ]);
    expect(records.map(({ status }) => status)).toEqual(Array(4).fill('FINISHED'));

    const best = results.flatMap(({ epochs }) => epochs).sort((a, b) => a.valid.loss - b.valid.loss)[0]!;
    expect(parent!.metrics).toEqual([[3, { 'valid/loss': best.valid.loss, 'valid/top1': best.valid.top1 }]]);
    expect(parent!.artifacts.map((artifact) => ('path' in artifact ? artifact.path : artifact.name))).toEqual(
      ['comparison.csv', 'comparison.json', 'comparison'],
    );
    const csv = await readFile(join(folder, 'comparison.csv'), 'utf8');
    expect(csv.split('\r\n')[0]).toBe(
      'variant,rate,status,epochs,best_epoch,valid_loss,valid_top1,seconds,reason',
    );
    expect(csv.split('\r\n')[2]).toMatch(
      /^rate=0\.01,0\.01,FINISHED,3,[123],\d+\.\d+,[01](\.\d+)?,\d+\.\d+,$/,
    );
    const rows = JSON.parse(await readFile(join(folder, 'comparison.json'), 'utf8'));
    expect(rows[2]).toMatchObject({
      variant: 'rate=0.02',
      status: 'FINISHED',
      values: { rate: 0.02 },
      epochs: 3,
    });
    expect((await readFile(join(folder, 'comparison.png'))).subarray(1, 4).toString()).toBe('PNG');
  }, 60_000);

  it('goes on where it was interrupted: the same run, nothing twice, and the bits of one that was not', async () => {
    const whole = join(folder, 'whole');
    const expected = await runStudy(three(), { folder: whole });
    const { tracker, records } = recorder();
    const interrupt = new AbortController();
    const onEpoch = (variant: string) => variant === 'sgd' && interrupt.abort(new Error('enough'));
    await expect(run(three(), { trackers: [tracker], signal: interrupt.signal, onEpoch })).rejects.toThrow(
      'enough',
    );
    expect(records.map(({ status }) => status)).toEqual(['KILLED', 'FINISHED', 'KILLED']);
    const lines: string[] = [];
    const results = await run(three(), { trackers: [tracker], report: (line) => lines.push(line) });
    expect(lines).toContain(`going on with ${folder}: 1 of 3 variants are done`);
    const [again, ...others] = records.slice(3);
    expect(again).toMatchObject({ description: { resume: records[0]!.id }, status: 'FINISHED' });
    expect(others.map(({ description: { tags, resume } }) => [tags['mlflow.runName'], resume])).toEqual([
      ['sgd', records[2]!.id],
      ['slow', undefined],
    ]);
    expect(learned(results)).toEqual(learned(expected));
    for (const variant of ['base', 'sgd', 'slow'])
      expect(weights(variant) === weights(variant, whole)).toBe(true);
    // Once more, there is nothing to do.
    await run(three(), { trackers: [tracker] });
    expect(records).toHaveLength(7);
  }, 60_000);

  it('one that fails does not keep the others from being trained, and is tried again', async () => {
    const { tracker, records } = recorder();
    const broken = study(base, { failing, base: {} });
    const results = await run(broken, { trackers: [tracker] });
    expect(results).toMatchObject([
      { variant: 'failing', status: 'FAILED', reason: expect.stringMatching(/^The loss is/), epochs: [] },
      { variant: 'base', status: 'FINISHED' },
    ]);
    expect(records.map(({ status }) => status)).toEqual(['FAILED', 'FAILED', 'FINISHED']);
    const tried: string[] = [];
    await run(broken, { onResult: ({ variant }) => tried.push(variant) });
    expect(tried).toEqual(['failing']);
  }, 60_000);

  it('ends early what the pruner ends: FINISHED, with the reason; so too when its result was lost', async () => {
    const pruner = medianPruner({ startupTrials: 2, warmupEpochs: 1 });
    const slow = { optimizer: sgd({ learningRate: 1e-6 }) };
    const pruned = study(
      base,
      { base: {}, faster: { optimizer: adam({ learningRate: 0.02 }) }, slow },
      { pruner },
    );
    const { tracker, records } = recorder();
    const results = await run(pruned, { trackers: [tracker] });
    expect(results.map(({ status, epochs }) => [status, epochs.length])).toEqual([
      ['FINISHED', 3],
      ['FINISHED', 3],
      ['PRUNED', 2],
    ]);
    const { reason } = results[2]!;
    expect(reason).toMatch(/^loss \d.* after epoch 2 is worse than loss .*, the median of 2 variants$/);
    expect(records[3]!.status).toBe('FINISHED');
    const content = `${reason}\n`;
    expect(records[3]!.artifacts).toContainEqual({ kind: 'file', path: 'pruned.txt', content });
    expect(records[3]!.metrics).toContainEqual([26, { pruned: 1 }]);
    // As after a kill -9 between its last checkpoint and its result.
    rmSync(join(folder, 'slow/result.json'));
    expect(learned(await run(pruned))).toEqual(learned(results));
  }, 60_000);

  it('takes more variants and more epochs later, and refuses a variant that was changed', async () => {
    const two = study(base, {
      base: { epochs: 1 },
      sgd: { epochs: 1, optimizer: sgd({ learningRate: 0.05 }) },
    });
    await run(two, { variants: ['base'] });
    expect(existsSync(join(folder, 'sgd'))).toBe(false);
    const trained: string[] = [];
    const onResult = ({ variant }: VariantResult) => trained.push(variant);
    const results = await run(three(), { onResult });
    expect(trained).toEqual(['base', 'sgd', 'slow']);
    expect(results.map(({ epochs }) => epochs.map(({ epoch }) => epoch))).toEqual(Array(3).fill([0, 1, 2]));
    const changed = study(base, { base: {}, sgd: { optimizer: sgd({ learningRate: 0.5 }) } });
    await expect(run(changed)).rejects.toThrow(
      `${folder} was begun with another variant "sgd": optimizer.learningRate was 0.05 and is 0.5. Change it back, or start a new study.`,
    );
    await expect(run(three(), { variants: ['sdg'] })).rejects.toThrow(
      'study "rows" has no variant "sdg"; its variants are base, sgd, slow',
    );
  }, 60_000);

  it('has its variants trained by others, several at a time, and results kept elsewhere', async () => {
    const kept = new Map<string, VariantResult>();
    let begun: StudyState | undefined;
    const store: StudyStore = {
      state: async () => begun,
      begin: async (state) => void (begun = state),
      results: async () => [...kept.values()],
      save: async (result) => void kept.set(result.variant, result),
    };
    const busy = new Set<number>();
    let most = 0;
    const workers: RunStudyOptions['workers'] = {
      count: 2,
      async run(variant, options, index) {
        expect(busy.has(index)).toBe(false);
        busy.add(index);
        most = Math.max(most, busy.size);
        await new Promise((resolve) => setTimeout(resolve, 50));
        busy.delete(index);
        const result: VariantResult = { variant, status: 'FINISHED', params: { epochs: '3' }, epochs: [] };
        await options.store.save(result);
        return result;
      },
    };
    const results = await run(three(), { store, workers });
    expect(most).toBe(2);
    expect(results.map(({ variant }) => variant)).toEqual(['base', 'sgd', 'slow']);
    expect(Object.keys(begun!.variants)).toEqual(['base', 'sgd', 'slow']);
    expect(readdirSync(folder).sort()).toEqual(['comparison.csv', 'comparison.json', 'comparison.png']);
    await expect(runVariant(three(), 'none', { checkpoints: folder, store })).rejects.toThrow(
      'study "rows" has no variant "none"',
    );
  });

  it('names a file of results that is damaged', async () => {
    await run(study(base, { base: { epochs: 1 } }));
    const { writeFile } = await import('node:fs/promises');
    await writeFile(join(folder, 'base/result.json'), '{"variant": 3}');
    await expect(run(three())).rejects.toThrow(
      `${join(folder, 'base/result.json')} is damaged, or of another version of Paperlab; remove it to begin anew`,
    );
  });
});
