import { describe, expect, it } from '@jest/globals';
import { clusterFrom, isChief, tfConfigOf } from './tf-config.js';

const from = (value: unknown) =>
  clusterFrom({ TF_CONFIG: typeof value === 'string' ? value : JSON.stringify(value) });

describe('TF_CONFIG', () => {
  it('is what TFJob sets: a chief and workers, of which the chief comes first', () => {
    const config = from({
      cluster: {
        worker: ['job-worker-0.ns.svc:2222', 'job-worker-1.ns.svc:2222'],
        chief: ['job-chief-0.ns.svc:2222'],
      },
      task: { type: 'worker', index: 0 },
      environment: 'cloud',
    });
    expect(config).toEqual({
      cluster: {
        chief: ['job-chief-0.ns.svc:2222'],
        worker: ['job-worker-0.ns.svc:2222', 'job-worker-1.ns.svc:2222'],
      },
      task: { type: 'worker', index: 0 },
    });
    expect(Object.keys(config!.cluster)).toEqual(['chief', 'worker']);
    expect(isChief(config)).toBe(false);
    expect(isChief({ ...config!, task: { type: 'chief', index: 0 } })).toBe(true);
  });

  it('without a chief has worker 0 for it', () => {
    const both = [0, 1].map((index) => from(tfConfigOf(['a:1', '[::1]:2'], index)));
    expect(both.map(isChief)).toEqual([true, false]);
  });

  it('of one process alone, or none, is no cluster', () => {
    expect(clusterFrom({})).toBeUndefined();
    expect(clusterFrom({ TF_CONFIG: '' })).toBeUndefined();
    expect(from({ cluster: { worker: ['a:1'] }, task: { type: 'worker', index: 0 } })).toBeUndefined();
    expect(isChief(undefined)).toBe(true);
  });

  it.each<[string, unknown, string]>([
    ['that is no JSON', '{cluster', 'TF_CONFIG is no JSON: {cluster; it must be like {"cluster"'],
    ['that has no cluster', {}, 'cluster is missing from TF_CONFIG'],
    [
      'with parameter servers',
      { cluster: { worker: ['a:1'], ps: ['b:1'] }, task: { type: 'worker', index: 0 } },
      'unknown key "ps" in TF_CONFIG',
    ],
    [
      'without a port',
      { cluster: { worker: ['a', 'b:1'] }, task: { type: 'worker', index: 0 } },
      'cluster.worker[0] in TF_CONFIG is "a"; it must be HOST:PORT',
    ],
    [
      'for an evaluator',
      { cluster: { worker: ['a:1', 'b:1'] }, task: { type: 'evaluator', index: 0 } },
      'task.type in TF_CONFIG is "evaluator"; it must be "chief" or "worker"',
    ],
    [
      'of nobody',
      { cluster: {}, task: { type: 'worker', index: 0 } },
      'cluster in TF_CONFIG is empty; it must have the addresses of chief or worker',
    ],
  ])('%s is refused', (_, value, message) => {
    expect(() => from(value)).toThrow(message);
  });
});
