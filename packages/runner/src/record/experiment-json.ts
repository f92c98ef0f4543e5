import type { RunDescription, Split, Transform } from '@paperlab/core';
import type { Composition } from '../composition.js';
import type { Limits } from '../limits.js';

/** The experiment as it was resolved, as JSON: plugins by name with their options, the data with its transforms, every value. */
export function experimentJson(
  { experiment, datasets }: RunDescription,
  source: Composition | undefined,
  limits: Limits | undefined,
): string {
  const { name, model, dataset, optimizer, placement, averaging, callbacks, testProtocol, ...values } =
    experiment;
  const { inputShape, classes } = model;
  const { imageShape, classNames } = dataset;
  const splits = Object.entries(datasets).map(([use, split]) => [use, described(split)]);
  const resolved = {
    name,
    source: source ?? null,
    model: { ...plugin(model), inputShape, classes },
    dataset: { ...plugin(dataset), imageShape, classNames, splits: Object.fromEntries(splits) },
    optimizer: plugin(optimizer),
    placement: plugin(placement),
    ...values,
    averaging: averaging && plugin(averaging),
    callbacks: callbacks.map(plugin),
    testProtocol: testProtocol && plugin(testProtocol),
    limits,
  };
  return JSON.stringify(resolved, null, 2);
}

interface Plugin {
  readonly name: string;
  readonly config?: Readonly<Record<string, unknown>>;
}

const plugin = ({ name, config }: Plugin) => ({ name, config });

const described = ({ size, digest, transforms, onBadImage }: Split) => ({
  size,
  digest,
  onBadImage,
  transforms: transforms.map(readable),
});

/** A mean image is as large as an image. */
function readable(transform: Transform): object {
  if (transform.name !== 'subtractMeanImage') return transform;
  const { values: _, ...rest } = transform;
  return rest;
}
