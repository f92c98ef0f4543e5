import { parseOptions } from '@paperlab/core';
import type { ClusterOptions } from '@paperlab/engine';
import { z } from 'zod';

const address = z.string('HOST:PORT').regex(/^\[?[^\s/]+\]?:\d+$/, 'HOST:PORT');
const addresses = z.array(address, 'a list of addresses').min(1, 'a list of addresses');
const index = z.number('a whole number, 0 or more').int('a whole number').min(0, 'a whole number, 0 or more');

const schema = z.object({
  cluster: z.strictObject(
    { chief: addresses.max(1, 'one address').optional(), worker: addresses.optional() },
    'the addresses of chief and worker; there is no other job (ps, evaluator) here',
  ),
  task: z.object(
    { type: z.enum(['chief', 'worker'], '"chief" or "worker"'), index },
    'which of them this process is: {"type": "worker", "index": 0}',
  ),
});

/**
 * The cluster that `TF_CONFIG` describes, as Kubeflow's TFJob, Vertex AI and `paperlab launch` set it; the chief comes first.
 * @returns nothing where the variable is not set, or names this process alone
 * @throws if it is no JSON or describes no cluster of a chief and workers
 */
export function clusterFrom(environment: NodeJS.ProcessEnv = process.env): ClusterOptions | undefined {
  const text = environment['TF_CONFIG'];
  if (!text) return undefined;
  const { cluster, task } = parseOptions(schema, jsonIn(text), 'TF_CONFIG');
  const { chief = [], worker = [] } = cluster;
  if (chief.length + worker.length === 0)
    throw new Error('cluster in TF_CONFIG is empty; it must have the addresses of chief or worker');
  if (chief.length + worker.length === 1) return undefined;
  return {
    cluster: { ...(chief.length > 0 && { chief }), ...(worker.length > 0 && { worker }) },
    task,
  };
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(
      `TF_CONFIG is no JSON: ${text.slice(0, 60)}; it must be like {"cluster": {"worker": ["host1:2222", "host2:2222"]}, "task": {"type": "worker", "index": 0}}`,
    );
  }
}

/** The value of `TF_CONFIG` for one of several workers. */
export const tfConfigOf = (worker: readonly string[], index: number): string =>
  JSON.stringify({ cluster: { worker }, task: { type: 'worker', index } });

/** Whether this process records and writes for all: it is the first of its cluster, or there is none. */
export function isChief(cluster: ClusterOptions | undefined): boolean {
  if (!cluster) return true;
  const { type, index } = cluster.task;
  return index === 0 && (type === 'chief' || !cluster.cluster['chief']);
}
