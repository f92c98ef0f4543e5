import type { Transform } from '@paperlab/core';
const { eigenvalues, eigenvectors } = {
  eigenvalues: [0.2, 0.02, 0.005],
  eigenvectors: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
};
