import { parseOptions, type SplitName } from '@paperlab/core';
import { z } from 'zod';
import { drawHoldOut, type HoldOut } from './hold-out.js';
import { parseSlice, rangeOf, type Slice } from './slice.js';

/** What the splits are taken from. A slice is written as in TensorFlow Datasets: `train[:90%]`, `train[5000:]`. */
export interface SplitOptions {
  /** Default: the part `train`, without what `valid` and `test` take of it. */
  readonly train?: string;
  /** A slice, or images drawn from `train` by a seed. Default: the part that was published for it, else that for tests. */
  readonly valid?: string | HoldOut;
  /** Default: the part that was published for it, else what `valid` is. */
  readonly test?: string;
}

/** Which images each split has. */
export interface SplitPlan {
  /** The published part that the images of a split are in. */
  partOf(split: SplitName): string;
  /**
   * Numbers of a split's images in that part, ascending.
   * @param labels of the images of the part
   * @throws if a slice has no images or goes beyond the part, or an image of `train` is in `valid` or `test` too
   */
  imagesOf(split: SplitName, labels: Int32Array): Int32Array;
}

/** A slice, with its text for messages. */
type TextSlice = Slice & { readonly text: string };
type Choice = TextSlice | HoldOut;

const forValidation = ['valid', 'val', 'validation', 'test'];
const fraction = 'a number between 0 and 1';
const holdOutSchema = z.strictObject({
  fraction: z.number(fraction).gt(0, fraction).lt(1, fraction),
  seed: z.int('a whole number').optional(),
  stratified: z.boolean('true or false').optional(),
});

/**
 * @param parts names of what was published
 * @param owner name of the dataset
 * @throws if a slice cannot be read, or names a part that there is not
 */
export function planSplits(parts: readonly string[], options: SplitOptions, owner: string): SplitPlan {
  const slice = (split: SplitName, text: string) => checkedSlice(text, split, parts, owner);
  const train = slice('train', options.train ?? 'train');
  const published = parts.find((part) => forValidation.includes(part));
  const valid = validChoice(options.valid ?? published, slice, owner);
  const testText = options.test ?? (parts.includes('test') ? 'test' : undefined);
  const choices = { train, valid, test: testText === undefined ? valid : slice('test', testText) };
  const partOf = (split: SplitName) => {
    const choice = choices[split];
    return isSlice(choice) ? choice.part : train.part;
  };

  function imagesIn(split: SplitName, labels: Int32Array): Int32Array {
    const choice = choices[split];
    if (!isSlice(choice)) return drawHoldOut(withoutSlices(labels), labels, choice);
    try {
      const [first, end] = rangeOf(choice, labels.length);
      return Int32Array.from({ length: end - first }, (_, i) => first + i);
    } catch (error) {
      throw new Error(`${split} of ${owner}, "${choice.text}", ${(error as Error).message}`);
    }
  }

  /** What is left of `train` when slices for the other splits are taken out. */
  function withoutSlices(labels: Int32Array): Int32Array {
    let left = imagesIn('train', labels);
    for (const split of ['valid', 'test'] as const) {
      const choice = choices[split];
      if (!isSlice(choice) || choice.part !== train.part) continue;
      const rest = without(left, imagesIn(split, labels));
      if (rest.length < left.length && options.train !== undefined) {
        throw new Error(
          `train and ${split} of ${owner}, "${train.text}" and "${choice.text}", overlap by ` +
            `${left.length - rest.length} of ${left.length} images; leave train out, and it gets the rest`,
        );
      }
      left = rest;
    }
    return left;
  }

  return {
    partOf,
    imagesOf(split, labels) {
      // Also when another split is opened: what overlaps should not be validated with.
      const left = partOf(split) === train.part ? withoutSlices(labels) : undefined;
      let images = split === 'train' ? left! : imagesIn(split, labels);
      if (split === 'train' && !isSlice(valid)) images = without(images, imagesIn('valid', labels));
      if (images.length > 0) return images;
      throw new Error(`${split} of ${owner} has no images left; take fewer for the other splits`);
    },
  };
}

function validChoice(
  given: string | HoldOut | undefined,
  slice: (split: SplitName, text: string) => TextSlice,
  owner: string,
): Choice {
  if (typeof given === 'string') return slice('valid', given);
  if (given !== undefined) return parseOptions(holdOutSchema, given, `valid of ${owner}`);
  throw new Error(
    `${owner} has images for training only; say what to validate with, such as { valid: 'train[90%:]' }`,
  );
}

function checkedSlice(text: string, split: SplitName, parts: readonly string[], owner: string): TextSlice {
  const slice = parseSlice(text);
  if (slice && parts.includes(slice.part)) return { ...slice, text };
  throw new Error(
    `${split} of ${owner} is "${text}"; it must be one of its parts (${parts.join(', ')}) or a slice of one, such as ` +
      `"${parts[0]}[90%:]"`,
  );
}

const isSlice = (choice: Choice): choice is TextSlice => 'part' in choice;

function without(images: Int32Array, others: Int32Array): Int32Array {
  const taken = new Set(others);
  return images.filter((image) => !taken.has(image));
}
