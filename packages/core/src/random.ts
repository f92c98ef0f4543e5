import {
  add,
  engine,
  getBackend,
  getKernel,
  mul,
  type Scalar,
  tensor,
  type Tensor,
} from '@tensorflow/tfjs-core';

/**
 * Stateless random draws: each is a function of its key alone, so that it does not matter what was drawn before.
 * The generator is Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011), as in
 * TensorFlow's StatelessRandom* ops, which are used where the backend has them.
 */

/** A 64-bit key. */
export type RandomKey = bigint;

const MASK64 = (1n << 64n) - 1n;

/** The key of a named draw under a seed: FNV-1a over both, then SplitMix64's mixing so that similar names part. */
export function randomKey(seed: number, name: string): RandomKey {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(`${seed}/${name}`)) {
    hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & MASK64;
  }
  hash = ((hash ^ (hash >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK64;
  hash = ((hash ^ (hash >> 27n)) * 0x94d049bb133111ebn) & MASK64;
  return hash ^ (hash >> 31n);
}

/** The randomness of one step of training: every draw in it is a function of these and of a name. */
export interface StepRandomness {
  readonly seed: number;
  /** Number of the step, int32: a tensor, so that one compiled function serves all steps. */
  readonly step: Scalar;
}

let current: StepRandomness | undefined;

/** Runs `fn` with the randomness of a step: the layers that it applies draw from it. */
export function withStepRandomness<Result>(seed: number, step: Scalar, fn: () => Result): Result {
  const former = current;
  current = { seed, step };
  try {
    return fn();
  } finally {
    current = former;
  }
}

/** The randomness of the step that is going on, if it is known. */
export const stepRandomness = (): StepRandomness | undefined => current;

/**
 * Uniform in `[minval, maxval)`, float32.
 * @param step draws for another step have nothing in common with these, int32
 */
export function statelessUniform(
  shape: readonly number[],
  key: RandomKey,
  minval = 0,
  maxval = 1,
  step?: Scalar,
): Tensor {
  return scaled(draw('StatelessRandomUniformV2', shape, key, uniforms, step), maxval - minval, minval);
}

/** Normal, float32. */
export function statelessNormal(
  shape: readonly number[],
  key: RandomKey,
  mean = 0,
  stddev = 1,
  step?: Scalar,
): Tensor {
  return scaled(draw('StatelessRandomNormalV2', shape, key, normals, step), stddev, mean);
}

/** Normal, drawn again where it lies more than two standard deviations from the mean, float32. */
export function statelessTruncatedNormal(
  shape: readonly number[],
  key: RandomKey,
  mean = 0,
  stddev = 1,
): Tensor {
  return scaled(draw('StatelessTruncatedNormalV2', shape, key, truncatedNormals), stddev, mean);
}

/** Each pass over 138 M weights takes its time. */
function scaled(draws: Tensor, factor: number, offset: number): Tensor {
  const product = factor === 1 ? draws : mul(draws, factor);
  return offset === 0 ? product : add(product, offset);
}

/** Four random words for each counter. */
type Words = (counter: number) => number[];
type Samples = Generator<number, never, undefined>;

function draw(
  kernel: string,
  shape: readonly number[],
  key: RandomKey,
  generator: (words: Words) => Samples,
  step?: Scalar,
): Tensor {
  if (getKernel(kernel, getBackend())) {
    const attributes = { shape: [...shape], key } as never;
    return engine().runKernel(kernel, step ? { step } : {}, attributes) as Tensor;
  }
  const high = step ? step.dataSync()[0]! : 0;
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  const generated = generator((counter) => philox(counter, key, high));
  for (let i = 0; i < values.length; i++) values[i] = generated.next().value;
  return tensor(values, [...shape], 'float32');
}

function* uniforms(words: Words): Samples {
  for (let counter = 0; ; counter++) yield* words(counter).map(toUnit);
}

/** Box-Muller on pairs of uniforms, as TensorFlow pairs them. */
function* normals(words: Words, first = 0): Samples {
  for (let counter = first; ; counter++) {
    const [a, b, c, d] = words(counter).map(toUnit) as [number, number, number, number];
    for (const [u, v] of [
      [a, b],
      [c, d],
    ] as const) {
      const radius = Math.sqrt(-2 * Math.log(Math.max(u, 1e-7)));
      yield radius * Math.sin(2 * Math.PI * v);
      yield radius * Math.cos(2 * Math.PI * v);
    }
  }
}

/** As TensorFlow draws them: each four from 256 counters of their own, since some are drawn again. */
function* truncatedNormals(words: Words): Samples {
  for (let first = 0; ; first += 256) {
    const source = normals(words, first);
    for (let found = 0; found < 4;) {
      const value = source.next().value;
      if (Math.abs(value) >= 2) continue;
      found++;
      yield value;
    }
  }
}

/** 23 random bits as a float in `[0, 1)`. */
const toUnit = (word: number) => (word & 0x7fffff) / 0x800000;

/**
 * Four random 32-bit words for a counter under a key.
 * @param counter the low 64 of its 128 bits
 * @param high    the high 64
 */
export function philox(counter: number, key: RandomKey, high = 0): number[] {
  let [k0, k1] = [Number(key & 0xffffffffn), Number(key >> 32n)];
  const upper = (value: number) => Math.floor(value / 0x100000000);
  let [c0, c1, c2, c3] = [counter >>> 0, upper(counter), high >>> 0, upper(high)];
  for (let round = 0; round < 10; round++) {
    const [high0, low0] = multiply(0xd2511f53, c0);
    const [high1, low1] = multiply(0xcd9e8d57, c2);
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** The 64-bit product of two 32-bit words, as high and low word. */
function multiply(a: number, b: number): [high: number, low: number] {
  const [a1, a0, b1, b0] = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff];
  const low = a0 * b0;
  const middle = a1 * b0 + (low >>> 16);
  const middle2 = a0 * b1 + (middle % 0x10000);
  const high = a1 * b1 + Math.floor(middle / 0x10000) + Math.floor(middle2 / 0x10000);
  return [high >>> 0, Math.imul(a, b) >>> 0];
}
