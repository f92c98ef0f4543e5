import {
  add,
  cast,
  div,
  greaterEqual,
  maximum,
  mul,
  type Scalar,
  scalar,
  type Tensor,
  tidy,
  type Variable,
  variable,
  where,
} from '@tensorflow/tfjs-core';

/** As Keras's `LossScaleOptimizer` has them. */
const INITIAL = 2 ** 15;
/** Steps in a row without an overflow after which the scale is doubled. */
const GROWTH_STEPS = 2000;

/**
 * Dynamic loss scaling (Micikevicius et al., "Mixed Precision Training", ICLR 2018, Section 3.2; the rule is Keras's
 * `LossScaleOptimizer`'s): gradients of a scaled loss do not vanish in float16, and are scaled back before they are used. The
 * scale is halved where one of them overflows, and doubled after 2,000 steps without. It begins at 2¹⁵ and is 1 or more. All
 * are powers of two, so that scaling rounds nothing.
 */
export class LossScale {
  readonly #scale: Variable;
  readonly #steps: Variable;

  constructor() {
    [this.#scale, this.#steps] = [INITIAL, 0].map((value) => tidy(() => variable(scalar(value), false))) as [
      Variable,
      Variable,
    ];
  }

  /** What it remembers, by name, for checkpoints. */
  get variables(): Readonly<Record<string, Variable>> {
    return { scale: this.#scale, steps: this.#steps };
  }

  scaled(loss: Scalar): Scalar {
    return mul(loss, this.#scale);
  }

  /** Gradients of the loss itself, of those of the scaled one. */
  unscaled(gradients: readonly Tensor[]): Tensor[] {
    const inverse = div(1, this.#scale);
    return gradients.map((gradient) => mul(gradient, inverse));
  }

  /** @param finite 1 if all gradients of the step were finite, 0 if not */
  update(finite: Scalar): void {
    const steps = mul(add(this.#steps, 1), finite) as Scalar;
    const grows = greaterEqual(steps, GROWTH_STEPS);
    const kept = where(grows, mul(this.#scale, 2), this.#scale);
    const halved = maximum(div(this.#scale, 2), 1);
    this.#scale.assign(where(cast(finite, 'bool'), kept, halved) as never);
    this.#steps.assign(where(grows, scalar(0), steps) as never);
  }

  dispose(): void {
    this.#scale.dispose();
    this.#steps.dispose();
  }
}
