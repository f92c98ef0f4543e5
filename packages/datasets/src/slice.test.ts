import { describe, expect, it } from '@jest/globals';
import { parseSlice, rangeOf } from './slice.js';

const range = (text: string, size: number) => rangeOf(parseSlice(text)!, size);

describe('a slice', () => {
  it.each([
    ['train', 0, 1000],
    ['train[:]', 0, 1000],
    ['train[:90%]', 0, 900],
    ['train[90%:]', 900, 1000],
    ['train[10%:20%]', 100, 200],
    ['train[-10%:]', 900, 1000],
    ['train[:-25%]', 0, 750],
    ['train[:12.5%]', 0, 125],
    ['train[:100]', 0, 100],
    ['train[100:300]', 100, 300],
    ['train[-1:]', 999, 1000],
    ['train[:-400]', 0, 600],
    ['train[50%:600]', 500, 600],
    ['train[0:100%]', 0, 1000],
  ])('%s of 1000 images is %i to %i', (text, first, end) => {
    expect(range(text, 1000)).toEqual([first, end]);
  });

  it.each([1, 2, 3, 7, 99, 101, 1003])('before and after a per cent make up the whole of %i', (size) => {
    for (let percent = 1; percent < 100; percent++) {
      const place = Math.round((size * percent) / 100);
      if (place > 0) expect(range(`train[:${percent}%]`, size)).toEqual([0, place]);
      if (place < size) expect(range(`train[${percent}%:]`, size)).toEqual([place, size]);
    }
  });

  it.each([
    ['train[:2000]', 'goes beyond the 1000 images of train'],
    ['train[-2000:]', 'goes beyond the 1000 images of train'],
    ['train[500:500]', 'has no images: train has 1000'],
    ['train[60%:40%]', 'has no images: train has 1000'],
    ['train[:0]', 'has no images: train has 1000'],
  ])('%s of 1000 images is refused', (text, message) => {
    expect(() => range(text, 1000)).toThrow(new Error(message));
  });

  it.each([
    '',
    'train[',
    'train[]',
    'train[90%]',
    'train[1.5:]',
    'train[:101%]',
    'train[:ten]',
    'train[::2]',
    '[1:]',
    'a b',
  ])('is not: "%s"', (text) => {
    expect(parseSlice(text)).toBeUndefined();
  });
});
