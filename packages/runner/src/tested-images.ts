import type {
  CropProtocol,
  DenseProtocol,
  Engine,
  Input,
  Split,
  TestProtocol,
  Transform,
} from '@paperlab/core';
import {
  log,
  maximum,
  mean,
  reshape,
  reverse,
  softmax,
  stack,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';

/** What a protocol does in their place. */
const geometry: ReadonlySet<string> = new Set<Transform['name']>(['resize', 'centerCrop']);

/** Of the mean softmax output, whose logarithm is taken. */
const LEAST = 1e-37;

/** A batch of images, and what a test protocol shows of them. */
export interface Tested {
  readonly labels: Tensor;
  /** Each takes the logits of what it is called with. */
  logits(predict: (images: Tensor) => Tensor): Tensor2D;
}

/** The images of a split as a test protocol shows them. */
export class TestedImages {
  readonly #protocol: TestProtocol;
  /** One, or for dense evaluation one of each size. */
  readonly #inputs: readonly Input[];

  private constructor(protocol: TestProtocol, inputs: readonly Input[]) {
    this.#protocol = protocol;
    this.#inputs = inputs;
  }

  /**
   * @param views that may be shown at once
   * @param take  at most so many images
   * @throws if a transform of the split is a function, which was not made for what the protocol shows
   */
  static async open(
    engine: Engine,
    split: Split,
    protocol: TestProtocol,
    views: number,
    take?: number,
  ): Promise<TestedImages> {
    const splits = 'views' in protocol ? [viewsOf(split, protocol)] : resizedTo(split, protocol);
    const batchSize = 'views' in protocol ? Math.max(1, Math.floor(views / protocol.views.length)) : 1;
    const options = { batchSize: Math.min(batchSize, split.size), take };
    return new TestedImages(protocol, await Promise.all(splits.map((one) => engine.input(one, options))));
  }

  get batches(): number {
    return this.#inputs[0]!.batches;
  }

  sizeOf(batch: number): number {
    return this.#inputs[0]!.sizeOf(batch);
  }

  async seek(): Promise<void> {
    await Promise.all(this.#inputs.map((input) => input.seek(0)));
  }

  /** Draws the next images; inside a compiled function. */
  next(size: number): Tested {
    const batches = this.#inputs.map((input) => input.next(size));
    const protocol = this.#protocol;
    return {
      labels: batches[0]!.labels,
      logits: (predict) =>
        'views' in protocol
          ? together(predict(apart(batches[0]!.images, protocol)), protocol.views.length)
          : together(stack(batches.flatMap(({ images }) => bothSides(images, predict))), 2 * batches.length),
    };
  }

  dispose(): void {
    for (const input of this.#inputs) input.dispose();
  }
}

/** Images whose views lie one below the other. */
const viewsOf = (split: Split, { name, views, size, antialias }: CropProtocol): Split => ({
  ...split,
  transforms: [{ name: 'views', views, size, antialias }, ...otherTransforms(split, name)],
});

const resizedTo = (split: Split, { name, shortSides, antialias }: DenseProtocol): Split[] =>
  shortSides.map((size) => ({
    ...split,
    transforms: [{ name: 'resize', size, antialias }, ...otherTransforms(split, name)],
  }));

function otherTransforms({ transforms }: Split, protocol: string): Transform[] {
  const [map] = transforms.flatMap((transform) => (transform.name === 'map' ? [transform.label] : []));
  if (map !== undefined)
    throw new Error(
      `testProtocol ${protocol} changes the images that ${map} is given: it cannot be used with it`,
    );
  return transforms.filter((transform) => !geometry.has(transform.name));
}

/** The views of some images as a batch: `[images * views, height, width, channels]`. */
const apart = (images: Tensor, { size }: CropProtocol): Tensor =>
  reshape(images, [-1, ...size, images.shape.at(-1)!]);

/** The logits of one image and of its mirror image, averaged over the map where they are one: `[classes]` each. */
const bothSides = (images: Tensor, predict: (images: Tensor) => Tensor): Tensor[] =>
  [images, reverse(images, 2)].map((side) => {
    const logits = predict(side);
    return mean(reshape(logits, [-1, logits.shape.at(-1)!]), 0);
  });

/**
 * The mean over the views of each image's softmax outputs, as logits of it: the logarithm.
 * @param logits `[images * views, classes]`
 * @returns `[images, classes]`
 */
function together(logits: Tensor, views: number): Tensor2D {
  const each = reshape(softmax(logits), [-1, views, logits.shape.at(-1)!]);
  return log(maximum(mean(each, 1), LEAST)) as Tensor2D;
}
