import { type Device, type Engine, type Experiment, workers } from '@paperlab/core';
import { dispose, tensor2d, type Tensor2D } from '@tensorflow/tfjs-core';
import { createHash } from 'node:crypto';

/** The experiment as it is trained on an engine: in a cluster, all its workers share each batch, whatever its placement is. */
export function placedOn(engine: Engine, experiment: Experiment): Experiment {
  const { placement } = experiment;
  if (!engine.worker || placement.name === 'workers') return experiment;
  return { ...experiment, placement: workers({ each: placement }) };
}

/** What all workers must have in common before the first step. */
export interface Beginning {
  /** Optimizer steps done. */
  readonly step: number;
  /** Whatever makes up the run: the experiment's parameters, the digests of its data. */
  readonly facts: unknown;
}

/** Digits of a hash that float32 holds exactly. */
const HEX_DIGITS = 6;

/**
 * Compares where the workers of a cluster begin.
 * @throws if one trains something else, or goes on from elsewhere, naming it
 */
export async function checkAgreement(
  engine: Engine,
  device: Device,
  { step, facts }: Beginning,
): Promise<void> {
  const { worker } = engine;
  if (!worker) return;
  const { index, names } = worker;
  const hash = createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, HEX_DIGITS);
  const own = [step, Number.parseInt(hash, 16)];
  const group = engine.group!([device]);
  const gather = engine.compile((rows: Tensor2D) => group.allReduce([rows])[0] as Tensor2D);
  const rows = tensor2d(names.map((_, i) => (i === index ? own : [0, 0])));
  const gathered = await gather.run(rows);
  const all = await gathered.array();
  dispose([rows, gathered]);
  gather.dispose();
  const [chief] = all as [number[]];
  for (const [i, [itsStep, itsHash]] of (all as [number, number][]).entries()) {
    if (itsHash !== chief[1])
      throw new Error(
        `${names[i]} trains another experiment, or other data, than ${names[0]}. Start the same files on all machines.`,
      );
    if (itsStep !== chief[0])
      throw new Error(
        `${names[i]} goes on from step ${itsStep} and ${names[0]} from step ${chief[0]}. The folder of the checkpoints must be one that all machines share.`,
      );
  }
}
