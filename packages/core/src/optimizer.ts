import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import type { Metrics } from './metrics.js';

/**
 * An update rule, in tfjs ops, so that it runs on every engine. State and hyperparameters are by name.
 *
 * In one step each trainable weight `w` with gradient `g` becomes `update({ weight: w, gradient: g, … })`. Where
 * TensorFlow has one op for the whole rule, `fused` names it and an engine that has the op uses it instead.
 */
export interface Optimizer {
  /** `sgd`, `adam`, … */
  readonly name: string;
  /** The options that it was made with, as plain data: what trackers record of it. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** State kept per weight (same shape as the weight), with its initial value: `{ momentum: 0 }`. */
  readonly slots: Readonly<Record<string, number>>;
  /**
   * The numbers of one step, computed on the host in double precision: the learning rate, bias corrections.
   * @param progress where training stands
   * @param scale    multiplies the learning rate: some weights may have another than the rest. Default 1
   */
  hyperparameters(progress: Progress, scale?: number): Record<string, number> & { learningRate: number };
  /** The rule in tfjs ops: new weight and new slots from old ones. Weight decay is done before it, unless it is the rule's. */
  update(state: UpdateState): Updated;
  /**
   * `l2` adds `rate * weight` to the gradient (PyTorch's SGD); `decoupled` first takes `learningRate * rate * weight`
   * from the weight (AdamW); `rule` leaves it to `update`, which is given the rate (LARS). Default: none.
   */
  readonly weightDecay?: { readonly rate: number; readonly kind: 'l2' | 'decoupled' | 'rule' };
  /**
   * The slot that is set before each epoch to the diagonal of the loss's Gauss-Newton matrix, and how many examples
   * it is estimated on: `TrainStep.measureCurvature`. Default: none.
   */
  readonly curvature?: { readonly slot: string; readonly examples: number };
  /** TensorFlow's op for the same rule, if there is one. */
  readonly fused?: FusedUpdate;
}

/** Where training stands when a step is about to run. */
export interface Progress {
  /** Optimizer steps done before this one, from 0. */
  readonly step: number;
  /** Updates that the weight has had; fewer than `step` where it was frozen at first. Default: `step`. */
  readonly updates?: number;
  /** Passes over the data done before this one, from 0. */
  readonly epoch: number;
  /** Steps in one epoch. */
  readonly stepsPerEpoch: number;
  /** Epochs in the whole run. */
  readonly epochs: number;
  /** What each epoch that is done gave on the valid split, the first one first. */
  readonly history: readonly Metrics[];
}

export interface UpdateState {
  readonly weight: Tensor;
  readonly gradient: Tensor;
  readonly slots: Readonly<Record<string, Tensor>>;
  /** The values of `hyperparameters(progress)`, as scalars. */
  readonly hyperparameters: Readonly<Record<string, Scalar>>;
  /** Rate of the weight decay that the rule is to do; 0 unless its kind is `rule`. */
  readonly weightDecay: number;
}

export interface Updated {
  readonly weight: Tensor;
  /** Those that are left out stay as they are. */
  readonly slots: Readonly<Record<string, Tensor>>;
}

/**
 * An op of TensorFlow that updates a weight in place, described as data.
 * @example { op: 'ResourceApplyMomentum', inputs: ['weight', 'momentum', 'learningRate', 'gradient', 0.9], attributes: { use_nesterov: true } }
 */
export interface FusedUpdate {
  /** TensorFlow's op name. */
  readonly op: string;
  /** The op's inputs in its own order: `weight`, `gradient`, a slot's name, a hyperparameter's name, or a constant. */
  readonly inputs: readonly (string | number)[];
  /** The op's boolean attributes, by TensorFlow's names. */
  readonly attributes?: Readonly<Record<string, boolean>>;
  /**
   * The op before it that does L2 weight decay at a rate above 0, on a slot; its `weight` is the weight's value. Without it the
   * decay is added to the gradient, in a tensor of its own.
   */
  readonly l2?: (rate: number) => FusedUpdate;
}
