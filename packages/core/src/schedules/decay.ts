import {
  type By,
  check,
  checkBy,
  checkCount,
  checkRate,
  length,
  schedule,
  type Schedule,
} from './schedule.js';

interface Counted {
  /** What is counted: the rate changes after each epoch, or after each step. */
  readonly by?: By;
}

interface Decaying extends Counted {
  /** How many epochs or steps the decay takes; the rate then stays. Default: the whole run. */
  readonly length?: number;
}

/**
 * Times `gamma` after every `stepSize` epochs (or steps), as PyTorch's StepLR.
 * @param options.gamma default 0.1
 * @param options.by    default `epoch`
 */
export function stepDecay(
  learningRate: number,
  { stepSize, gamma = 0.1, by = 'epoch' }: Counted & { readonly stepSize: number; readonly gamma?: number },
): Schedule {
  checkRate(learningRate, 'stepDecay');
  checkCount(stepSize, 'stepDecay: stepSize');
  check(gamma, gamma > 0, 'stepDecay: gamma', 'a number above 0');
  const config = { schedule: 'stepDecay', learningRate, stepSize, gamma, by: checkBy(by, 'stepDecay') };
  return schedule((progress) => learningRate * gamma ** Math.floor(progress[by] / stepSize), config);
}

/**
 * Times `gamma` after every epoch (or step), as PyTorch's ExponentialLR.
 * @param options.by default `epoch`
 */
export function exponentialDecay(
  learningRate: number,
  { gamma, by = 'epoch' }: Counted & { readonly gamma: number },
): Schedule {
  checkRate(learningRate, 'exponentialDecay');
  check(gamma, gamma > 0, 'exponentialDecay: gamma', 'a number above 0');
  const config = { schedule: 'exponentialDecay', learningRate, gamma, by: checkBy(by, 'exponentialDecay') };
  return schedule((progress) => learningRate * gamma ** progress[by], config);
}

/**
 * Half a cosine from the learning rate down to `minimum`, as PyTorch's CosineAnnealingLR (Loshchilov and Hutter,
 * "SGDR", ICLR 2017, equation 5).
 * @param options.minimum default 0
 * @param options.by      default `step`
 */
export function cosineDecay(
  learningRate: number,
  { minimum = 0, by = 'step', ...options }: Decaying & { readonly minimum?: number } = {},
): Schedule {
  checkRate(learningRate, 'cosineDecay');
  checkRate(minimum, 'cosineDecay, at its end');
  checkCount(options.length, 'cosineDecay: length');
  const config = {
    schedule: 'cosineDecay',
    learningRate,
    minimum,
    by: checkBy(by, 'cosineDecay'),
    ...options,
  };
  return schedule((progress) => {
    const part = Math.min(1, progress[by] / (options.length ?? length(progress, by)));
    return minimum + ((learningRate - minimum) * (1 + Math.cos(Math.PI * part))) / 2;
  }, config);
}

/**
 * From the learning rate to `minimum` as `(1 - part)^power`, as PyTorch's PolynomialLR and Keras's PolynomialDecay;
 * GoogLeNet and later Caffe models used power 0.5.
 * @param options.power   default 1: a straight line
 * @param options.minimum default 0
 * @param options.by      default `step`
 */
export function polynomialDecay(
  learningRate: number,
  {
    power = 1,
    minimum = 0,
    by = 'step',
    ...options
  }: Decaying & { readonly power?: number; readonly minimum?: number } = {},
): Schedule {
  checkRate(learningRate, 'polynomialDecay');
  checkRate(minimum, 'polynomialDecay, at its end');
  check(power, power > 0, 'polynomialDecay: power', 'a number above 0');
  checkCount(options.length, 'polynomialDecay: length');
  checkBy(by, 'polynomialDecay');
  const config = { schedule: 'polynomialDecay', learningRate, power, minimum, by, ...options };
  return schedule((progress) => {
    const part = Math.min(1, progress[by] / (options.length ?? length(progress, by)));
    return minimum + (learningRate - minimum) * (1 - part) ** power;
  }, config);
}
