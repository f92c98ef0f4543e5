// Of no images that exist.
export const eigenvalues = [0.2, 0.02, 0.005];
export const eigenvectors = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];
