import type { Artifact } from '@paperlab/core';

/** Something that a run records beside its numbers: what cannot be made is left out, and reported by what it is called. */
export interface Part {
  /** `the confusion matrix` */
  readonly what: string;
  make(): Promise<readonly Artifact[]>;
}

/** A part that is one picture. */
export const picture = (name: string, step: number, draw: () => Promise<Uint8Array>): Part => ({
  what: name,
  make: async () => [{ kind: 'image', name, step, png: await draw() }],
});
