import type { Metrics } from './metrics.js';

/** How well a model does on a split, class by class. */
export interface EvaluationResult extends Metrics {
  /** Share of examples whose label is among the five highest logits, 0..1; 1 where there are at most five classes. */
  readonly top5: number;
  /** Examples by label (row) and predicted class (column), `[classes][classes]`. */
  readonly confusion: readonly (readonly number[])[];
  /** Share of each class's examples that are recognised, 0..1; NaN for a class without examples. */
  readonly classAccuracy: readonly number[];
  /**
   * Expected calibration error with 15 bins (Guo et al., "On calibration of modern neural networks", 2017, equation
   * 3): how far the probability of the predicted class is from the share of predictions that are right, 0..1.
   */
  readonly calibrationError: number;
  /** Examples that the model gets wrong, those with the highest loss first. */
  readonly mistakes: readonly Mistake[];
}

/** An example that a model takes for another class. */
export interface Mistake {
  /** Its place in the split, from 0. */
  readonly example: number;
  readonly label: number;
  readonly predicted: number;
  /** What the model gives the predicted class, and the right one, 0..1. */
  readonly probability: { readonly predicted: number; readonly label: number };
  readonly loss: number;
}

/** Bins of the calibration error, as in the paper's experiments. */
const BINS = 15;
const TOP = 5;

/** Collects the logits of a split, batch by batch, for `EvaluationResult`. */
export class Evaluation {
  readonly #classes: number;
  readonly #confusion: number[][];
  readonly #bins = Array.from({ length: BINS }, () => ({ confidence: 0, correct: 0 }));
  readonly #mistakes: Mistake[] = [];
  #examples = 0;
  #loss = 0;
  #top5 = 0;

  constructor(classes: number) {
    this.#classes = classes;
    this.#confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  }

  /**
   * Takes the next examples of the split.
   * @param logits `[size, classes]`, row-major
   * @param labels class indices, `[size]`
   * @param losses `[size]`
   */
  add(logits: Float32Array, labels: ArrayLike<number>, losses: ArrayLike<number>): void {
    for (let i = 0; i < labels.length; i++) {
      const scores = logits.subarray(i * this.#classes, (i + 1) * this.#classes);
      this.#addExample(scores, labels[i]!, losses[i]!);
    }
  }

  /** What was collected. `mistakes` limits how many of them are listed; default: all. */
  result({ mistakes = Infinity }: { readonly mistakes?: number } = {}): EvaluationResult {
    const examples = this.#examples;
    const diagonal = this.#confusion.map((row, label) => row[label]!);
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
    const gaps = this.#bins.map(({ confidence, correct }) => Math.abs(confidence - correct));
    return {
      loss: this.#loss / examples,
      top1: sum(diagonal) / examples,
      top5: this.#top5 / examples,
      confusion: this.#confusion,
      classAccuracy: this.#confusion.map((row, label) => row[label]! / sum(row)),
      calibrationError: sum(gaps) / examples,
      mistakes: [...this.#mistakes].sort((a, b) => b.loss - a.loss).slice(0, mistakes),
    };
  }

  #addExample(scores: Float32Array, label: number, loss: number): void {
    const largest = scores.reduce((a, b) => Math.max(a, b));
    // The first of equal ones, as argMax takes it.
    const predicted = scores.indexOf(largest);
    const exponentials = Float64Array.from(scores, (score) => Math.exp(score - largest));
    const total = exponentials.reduce((a, b) => a + b);
    const probability = { predicted: exponentials[predicted]! / total, label: exponentials[label]! / total };
    const higher = scores.reduce((count, score) => count + (score > scores[label]! ? 1 : 0), 0);
    this.#confusion[label]![predicted]!++;
    this.#top5 += higher < TOP ? 1 : 0;
    this.#loss += loss;

    // Bins are closed at their upper end.
    const bin = this.#bins[Math.max(0, Math.ceil(probability.predicted * BINS) - 1)]!;
    bin.confidence += probability.predicted;
    bin.correct += predicted === label ? 1 : 0;

    const example = this.#examples++;
    if (predicted !== label) this.#mistakes.push({ example, label, predicted, probability, loss });
  }
}
