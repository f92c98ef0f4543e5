import { describe, expect, it } from '@jest/globals';
import { centerCropTest, multiCrop, squareCrops, tenCrop } from './test-protocol.js';

describe('test protocols', () => {
  it("have as many views as their papers'", () => {
    const counts = [centerCropTest(), tenCrop(), multiCrop(), squareCrops()].map(({ views }) => views.length);
    expect(counts).toEqual([1, 10, 150, 144]);
  });

  it('are plain data', () => {
    expect(tenCrop({ shortSide: 9, size: 8, antialias: true })).toMatchObject({
      name: 'ten-crop',
      config: { shortSide: 9, size: 8, antialias: true },
      size: [8, 8],
    });
    expect(squareCrops({ shortSides: [8], size: 8 }).views.slice(5, 7)).toEqual([
      { shortSide: 8, square: 0 },
      { shortSide: 8, square: 0, at: [0, 0], mirrored: true },
    ]);
  });

  it.each([
    [() => tenCrop({ shortSide: 200 }), 'ten-crop: parts of 224 pixels do not fit into a short side of 200'],
    [
      () => multiCrop({ shortSides: [] }),
      'shortSides in multiCrop is a list of 0; it must be a list of whole numbers',
    ],
    [() => squareCrops({ size: 0.5 }), 'size in squareCrops is 0.5; it must be a whole number, 1 or more'],
    [() => tenCrop({ short: 1 } as never), 'unknown key "short" in tenCrop'],
  ])('refuses what does not fit', (make, message) => {
    expect(make).toThrow(message);
  });
});
