import { describe, expect, it } from '@jest/globals';
import { Evaluation } from './evaluation.js';

const logit = (probability: number) => Math.log(probability);
/** Logits whose softmax is these. */
const logits = (...rows: number[][]) => Float32Array.from(rows.flat(), logit);

describe('Evaluation', () => {
  // Three classes; the third and fifth examples are wrong.
  const evaluation = new Evaluation(3);
  evaluation.add(logits([0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.6, 0.3, 0.1]), [0, 1, 1], [0.36, 0.22, 1.2]);
  evaluation.add(logits([0.05, 0.05, 0.9], [0.9, 0.06, 0.04]), [2, 2], [0.1, 3.2]);
  const result = evaluation.result();

  it('counts', () => {
    expect(result.top1).toBeCloseTo(3 / 5, 12);
    expect(result.loss).toBeCloseTo((0.36 + 0.22 + 1.2 + 0.1 + 3.2) / 5, 12);
    expect(result.confusion).toEqual([
      [1, 0, 0],
      [1, 1, 0],
      [1, 0, 1],
    ]);
    expect(result.classAccuracy).toEqual([1, 0.5, 0.5]);
    expect(result.top5).toBe(1);
  });

  it('lists mistakes, the worst first', () => {
    expect(result.mistakes.map(({ example, label, predicted }) => [example, label, predicted])).toEqual([
      [4, 2, 0],
      [2, 1, 0],
    ]);
    expect(result.mistakes[0]!.probability.predicted).toBeCloseTo(0.9, 5);
    expect(result.mistakes[0]!.probability.label).toBeCloseTo(0.04, 5);
    expect(evaluation.result({ mistakes: 1 }).mistakes).toHaveLength(1);
  });

  it('has the calibration error by its formula', () => {
    // Bins of a fifteenth: 0.7 right; 0.8 right; 0.6 wrong; 0.9 right and 0.9 wrong.
    const expected =
      (1 * Math.abs(1 - 0.7) + Math.abs(1 - 0.8) + Math.abs(0 - 0.6) + 2 * Math.abs(0.5 - 0.9)) / 5;
    expect(result.calibrationError).toBeCloseTo(expected, 6);
  });

  it('takes a label among the five highest logits as found', () => {
    const many = new Evaluation(8);
    const row = [8, 7, 6, 5, 4, 3, 2, 1].map((weight) => weight / 36);
    many.add(logits(row, row, row), [0, 4, 5], [0, 0, 0]);
    expect(many.result()).toMatchObject({ top1: 1 / 3, top5: 2 / 3 });
  });

  it('has no accuracy for a class without examples', () => {
    const one = new Evaluation(2);
    one.add(logits([0.9, 0.1]), [0], [0]);
    expect(one.result().classAccuracy).toEqual([1, NaN]);
  });
});
