import { z } from 'zod';
import type { Callback } from './callback.js';
import type { Dataset } from './dataset.js';
import type { Model } from './model.js';
import { wholeNumber } from './model-options.js';
import type { Optimizer } from './optimizer.js';
import { parseOptions } from './options.js';
import type { DevicePlacement } from './placement.js';
import { single } from './placements/single.js';
import { type Precision, precisions } from './precision.js';
import { expectedPlugin, isPlugin, type PluginKind } from './plugin-kinds.js';
import type { Averaging } from './step/averaging.js';
import { type WeightRule, weightRule } from './step/weight-rules.js';
import type { TestProtocol } from './test-protocol.js';

/** One training run, composed of plugins and numbers. Made by `defineExperiment`, which validates it. */
export interface Experiment {
  /** Names the run, and MLflow's experiment. */
  readonly name: string;
  readonly model: Model;
  readonly dataset: Dataset;
  readonly optimizer: Optimizer;
  readonly placement: DevicePlacement;
  /** Examples in one batch: in one optimizer step, unless `gradientAccumulationSteps` says otherwise. */
  readonly batchSize: number;
  /** Passes over the train split. */
  readonly epochs: number;
  /** Everything random (weights, order, dropout) is a function of it. */
  readonly seed: number;
  readonly callbacks: readonly Callback[];
  /**
   * Batches that make up one optimizer step, as if they were one batch: for batches that do not fit into memory
   * together. What is left of them at an epoch's end makes up a smaller step.
   */
  readonly gradientAccumulationSteps: number;
  /** Cuts every number of a gradient to ±this. Of the three limits for gradients at most one is given, as in Keras. */
  readonly clipValue?: number;
  /** Scales each weight's gradient down to this L2 norm. */
  readonly clipNorm?: number;
  /** Scales all gradients together down to this L2 norm. */
  readonly globalClipNorm?: number;
  /** What is different for some weights: other learning rates or weight decay, frozen weights. Later rules win. */
  readonly weights: readonly WeightRule[];
  /** Evaluates with a running average of the weights: `ema({ decay: 0.999 })`, `polyak()`. */
  readonly averaging?: Averaging;
  /** Records the L2 norms of all gradients, before clipping, and of all weights (`gradient_norm`, `weight_norm`). */
  readonly norms: boolean;
  /**
   * What becomes of a step whose loss or gradient is infinite or no number: `stop` ends the run, naming the step and its
   * examples; `skip` leaves all as it was before the step, and counts it (`skipped`).
   */
  readonly onNonFinite: 'stop' | 'skip';
  /**
   * What the network computes in. With `mixed_float16` the loss is scaled, and a step is left out, and counted (`skipped`), where
   * a gradient outgrows that: see `LossScale`.
   */
  readonly precision: Precision;
  /**
   * How `paperlab eval` shows it test images: `tenCrop()`, `multiCrop()`, `squareCrops()`, `denseTest()`. Default: as the dataset
   * gives them. The validation after each epoch is not changed by it.
   */
  readonly testProtocol?: TestProtocol;
}

/** The members of an experiment that have a default. */
type Defaulted =
  | 'placement'
  | 'seed'
  | 'callbacks'
  | 'gradientAccumulationSteps'
  | 'weights'
  | 'norms'
  | 'onNonFinite'
  | 'precision';

/**
 * What has a default need not be given: `placement` is `single()`, `seed` 0, `gradientAccumulationSteps` 1, `norms`
 * false, `onNonFinite` `stop`, `precision` `float32`; there are no `callbacks` and no rules for `weights`.
 */
export interface ExperimentInput extends Omit<Experiment, Defaulted>, Partial<Pick<Experiment, Defaulted>> {}

const text = z.string('text that is not blank').regex(/\S/, 'text that is not blank');
const plugin = <Plugin>(kind: PluginKind) =>
  z.custom<Plugin>((value) => isPlugin(kind, value), expectedPlugin(kind));

const limit = z.number('a number above 0').gt(0, 'a number above 0').optional();
const norms = z.boolean('true or false');
const onNonFinite = z.enum(['stop', 'skip'], '"stop" or "skip"');
const precision = z.enum(precisions, '"float32", "bfloat16" or "mixed_float16"');

/** The values that can be written as text, and so be overridden from a command line. */
const values = {
  name: text,
  batchSize: wholeNumber(1),
  epochs: wholeNumber(1),
  seed: wholeNumber(0),
  gradientAccumulationSteps: wholeNumber(1),
  clipValue: limit,
  clipNorm: limit,
  globalClipNorm: limit,
  norms,
  onNonFinite,
  precision,
};

const schema = z.strictObject({
  name: values.name,
  model: plugin<Model>('Model'),
  dataset: plugin<Dataset>('Dataset'),
  optimizer: plugin<Optimizer>('Optimizer'),
  placement: plugin<DevicePlacement>('DevicePlacement').default(() => single()),
  batchSize: values.batchSize,
  epochs: values.epochs,
  seed: values.seed.default(0),
  callbacks: z.array(plugin<Callback>('Callback'), 'a list of Callbacks').readonly().default([]),
  gradientAccumulationSteps: values.gradientAccumulationSteps.default(1),
  clipValue: limit,
  clipNorm: limit,
  globalClipNorm: limit,
  weights: z
    .array(weightRule, 'a list of rules such as { match: "C1/*", trainable: false }')
    .readonly()
    .default([]),
  averaging: z
    .custom<Averaging>(isAveraging, 'an average of the weights, such as ema({ decay: 0.999 })')
    .optional(),
  norms: norms.default(false),
  onNonFinite: onNonFinite.default('stop'),
  precision: precision.default('float32'),
  testProtocol: z
    .custom<TestProtocol>(isTestProtocol, 'a test protocol, such as tenCrop({ shortSide: 256 })')
    .optional(),
}) satisfies z.ZodType<Experiment, ExperimentInput>;

/**
 * Composes an experiment. A variant is a spread of another one: `defineExperiment({ ...base, epochs: 5 })`.
 *
 * Throws an error of one line for each problem: an unknown key, a wrong value, a plugin in another's place, a
 * dataset that does not fit the model.
 */
export function defineExperiment(input: ExperimentInput): Experiment {
  const experiment = parseOptions(schema, input, ownerOf(input));
  const misfits = [...misfitsOf(experiment)];
  if (misfits.length > 0) throw new Error(misfits.join('\n'));
  return Object.freeze(experiment);
}

/**
 * An experiment, or parts of one, with values given as text, as a command line gives them: `{ epochs: '3' }`. Such values are
 * `name`, `norms`, `onNonFinite`, `precision` and the numbers, `batchSize` and `clipNorm` among them. Throws as `defineExperiment` does.
 */
export function withOverrides(
  experiment: Partial<ExperimentInput>,
  overrides: Readonly<Record<string, string>>,
): Experiment {
  const typed = Object.entries(overrides).map(([key, value]) => [
    key,
    key === 'name' || key === 'onNonFinite' || key === 'precision' ? value : valueIn(value),
  ]);
  const owner = `the overrides of ${ownerOf(experiment)}`;
  return defineExperiment({
    ...experiment,
    ...parseOptions(z.strictObject(values).partial(), Object.fromEntries(typed), owner),
  } as ExperimentInput);
}

/**
 * The experiment as flat text values, for trackers that record parameters: a plugin's name under its key, its
 * `config` below that (`optimizer.learningRate`).
 */
export function experimentParams(experiment: Experiment): Record<string, string> {
  const { name, model, dataset, optimizer, placement, batchSize, epochs, seed, callbacks } = experiment;
  const { gradientAccumulationSteps, clipValue, clipNorm, globalClipNorm } = experiment;
  const { weights, averaging, norms, onNonFinite, precision } = experiment;
  const plugins = Object.entries({ model, dataset, optimizer, placement }).flatMap(
    ([key, { name, config }]) => [[key, name], ...flatten(config ?? {}, key)],
  );
  return Object.fromEntries([
    ['name', name],
    ...plugins,
    ...flatten({ batchSize, epochs, seed, clipValue, clipNorm, globalClipNorm }),
    ...(gradientAccumulationSteps > 1 ? flatten({ gradientAccumulationSteps }) : []),
    ...(weights.length > 0 ? flatten({ weights }) : []),
    ...(averaging ? [['averaging', averaging.name], ...flatten(averaging.config ?? {}, 'averaging')] : []),
    ...(norms ? flatten({ norms }) : []),
    ...(onNonFinite === 'skip' ? flatten({ onNonFinite }) : []),
    ...(precision === 'float32' ? [] : flatten({ precision })),
    ...(callbacks.length > 0
      ? flatten({ callbacks: callbacks.map(({ name, config }) => ({ name, ...config })) })
      : []),
  ]);
}

/** Nested plain data as `a.b` keys; a list is one value. What is undefined is left out. */
function flatten(data: object, prefix?: string): [key: string, value: string][] {
  return Object.entries(data).flatMap(([name, value]): [string, string][] => {
    const key = prefix === undefined ? name : `${prefix}.${name}`;
    if (value === undefined) return [];
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return flatten(value, key);
    return [[key, typeof value === 'string' ? value : JSON.stringify(value)]];
  });
}

/** Of gradients: which of two came first would matter. */
const LIMITS = ['clipValue', 'clipNorm', 'globalClipNorm'] as const;

function* misfitsOf(experiment: Experiment): Generator<string> {
  const { name, model, dataset, testProtocol } = experiment;
  const limits = LIMITS.filter((key) => experiment[key] !== undefined);
  if (limits.length > 1) yield `${limits.join(' and ')} are in experiment "${name}"; give one of them`;
  if (model.inputShape.join() !== dataset.imageShape.join()) {
    yield (
      `model ${model.name} takes images of ${size(model.inputShape)}, but dataset ${dataset.name} gives ` +
      `${size(dataset.imageShape)}, in experiment "${name}"; change one to fit the other`
    );
  }
  if (
    testProtocol &&
    'size' in testProtocol &&
    testProtocol.size.join() !== model.inputShape.slice(0, 2).join()
  ) {
    yield (
      `testProtocol ${testProtocol.name} shows parts of ${size(testProtocol.size)}, but model ${model.name} takes images of ` +
      `${size(model.inputShape)}, in experiment "${name}"; give the protocol { size: ${model.inputShape[0]} }`
    );
  }
  if (
    testProtocol &&
    'shortSides' in testProtocol &&
    Math.min(...testProtocol.shortSides) < model.inputShape[0]
  ) {
    yield (
      `testProtocol ${testProtocol.name} makes images of ${Math.min(...testProtocol.shortSides)} pixels, but model ${model.name} ` +
      `takes ${size(model.inputShape)}, in experiment "${name}"; give the protocol larger shortSides`
    );
  }
  if (model.classes !== dataset.classNames.length) {
    yield (
      `model ${model.name} tells ${model.classes} classes apart, but dataset ${dataset.name} has ` +
      `${dataset.classNames.length}, in experiment "${name}"; give the model { classes: ${dataset.classNames.length} }`
    );
  }
}

function isTestProtocol(value: unknown): boolean {
  return typeof value === 'object' && value !== null && ('views' in value || 'shortSides' in value);
}

function isAveraging(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'name' in value && 'rate' in value;
}

/** `32×32×1` */
const size = (shape: readonly number[]) => shape.join('×');

/** A number or a truth value, or the text as it is where it is neither, for the schema to refuse. */
function valueIn(text: string): number | boolean | string {
  if (text === 'true' || text === 'false') return text === 'true';
  return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
}

const ownerOf = (input: Partial<Experiment> | undefined) =>
  typeof input?.name === 'string' ? `experiment "${input.name}"` : 'the experiment';
