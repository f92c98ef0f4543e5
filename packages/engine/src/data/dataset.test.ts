import { beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TensorFlowBackend } from '../backend.js';
import { tensorflow, type TensorFlowDataset, type TensorFlowEngine } from '../index.js';

let engine: TensorFlowEngine;
beforeAll(async () => {
  engine = await tensorflow();
});

/** The elements of a dataset of tensors or structures of them, as nested arrays. */
async function elements<Element>(dataset: TensorFlowDataset<Element>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const element of dataset) {
    all.push(values(element));
    tf.dispose(element as tf.TensorContainer);
  }
  return all;
}

function values(element: unknown): unknown {
  if (element instanceof tf.Tensor) return element.arraySync();
  if (Array.isArray(element)) return element.map(values);
  return Object.fromEntries(Object.entries(element as object).map(([key, part]) => [key, values(part)]));
}

const numbers = (count: number, start = 0, step = 1) =>
  Array.from({ length: count }, (_, i) => start + i * step);

describe('sources', () => {
  it('range counts, from a start, by a step', async () => {
    expect(await elements(engine.data.range(4))).toEqual([0, 1, 2, 3]);
    expect(await elements(engine.data.range(2, 9, 3))).toEqual([2, 5, 8]);
    expect(await elements(engine.data.range(3, -1, -2))).toEqual([3, 1]);
    expect(await elements(engine.data.range(0))).toEqual([]);
  });

  it('fromTensors gives its structure once', async () => {
    const element = { a: tf.tensor1d([1, 2]), b: [tf.scalar(3), tf.scalar('four')] };
    expect(await elements(engine.data.fromTensors(element))).toEqual([{ a: [1, 2], b: [3, 'four'] }]);
    tf.dispose(element);
  });

  it('fromTensorSlices gives slices, of every dtype', async () => {
    const whole = {
      image: tf.tensor2d([
        [1, 2],
        [3, 4],
      ]),
      label: tf.tensor1d([5, 6], 'int32'),
      name: tf.tensor1d(['seven', 'eight']),
      known: tf.tensor1d([true, false], 'bool'),
    };
    const dataset = engine.data.fromTensorSlices(whole);
    expect(dataset.elementSpec).toEqual({
      image: { dtype: 'float32', shape: [2] },
      label: { dtype: 'int32', shape: [] },
      name: { dtype: 'string', shape: [] },
      known: { dtype: 'bool', shape: [] },
    });
    expect(await elements(dataset)).toEqual([
      { image: [1, 2], label: 5, name: 'seven', known: 1 },
      { image: [3, 4], label: 6, name: 'eight', known: 0 },
    ]);
    tf.dispose(whole);
  });

  it('zip gives tuples, as many as the shortest dataset has', async () => {
    const [a, b] = [engine.data.range(3), engine.data.fromTensors([tf.scalar(7), tf.scalar(8)]).repeat()];
    expect(await elements(engine.data.zip(a, b))).toEqual([
      [0, [7, 8]],
      [1, [7, 8]],
      [2, [7, 8]],
    ]);
    const indexed = engine.data.zip(engine.data.range(5), engine.data.range(10, 14));
    expect(indexed.size).toBe(4);
    const shuffled = (await elements(indexed.shuffle({ seed: 1 }))) as [number, number][];
    expect(shuffled.map(([first]) => first).sort()).toEqual([0, 1, 2, 3]);
    expect(shuffled.every(([first, second]) => second === first + 10)).toBe(true);
  });

  it.each([
    ['axes that differ', () => [tf.zeros([2, 3]), tf.zeros([3])], /\[2, 3\] and \[3\]/],
    ['scalars', () => tf.scalar(1), /first axis/],
    ['nothing', () => [], /no tensor/],
  ])('fromTensorSlices refuses %s', (_, tensors, message) => {
    expect(() => engine.data.fromTensorSlices(tensors())).toThrow(message);
  });
});

describe('order', () => {
  const order = (seed: number, epoch: number) =>
    elements(engine.data.range(100).shuffle({ seed, epoch })) as Promise<number[]>;

  it('shuffle is a permutation, a function of seed and epoch', async () => {
    const first = await order(1, 0);
    expect([...first].sort((a, b) => a - b)).toEqual(numbers(100));
    expect(first).not.toEqual(numbers(100));
    expect(await order(1, 0)).toEqual(first);
    expect(await order(1, 1)).not.toEqual(first);
    expect(await order(2, 0)).not.toEqual(first);
  });

  it('skip goes to a position of a shuffled order, take ends at one', async () => {
    const whole = await order(3, 2);
    const dataset = engine.data.range(100).shuffle({ seed: 3, epoch: 2 });
    expect(await elements(dataset.skip(97))).toEqual(whole.slice(97));
    expect(await elements(dataset.skip(40).take(5))).toEqual(whole.slice(40, 45));
    expect(await elements(dataset.skip(1000))).toEqual([]);
  });

  it('skip makes none of the elements that it skips', async () => {
    const made = tf.variable(tf.scalar(0, 'int32'));
    const count = <T>(element: T) => {
      made.assign(tf.add(made, tf.scalar(1, 'int32')));
      return element;
    };
    const dataset = engine.data.range(10).skip(7).map(count, { parallel: 1 });
    expect(await elements(dataset)).toEqual([7, 8, 9]);
    expect(made.dataSync()[0]).toBe(3);
    made.dispose();
  });

  it.each([
    ['numbered', () => engine.data.range(11)],
    ['other', () => engine.data.range(11).map((x) => x) as TensorFlowDataset<tf.Tensor>],
  ])('the shards of %s elements are disjoint, and together the whole', async (_, make) => {
    const shards = await Promise.all([0, 1, 2].map((index) => elements(make().shard(3, index))));
    expect(shards.map((shard) => shard.length)).toEqual([4, 4, 3]);
    expect(shards[1]).toEqual([1, 4, 7, 10]);
    expect(shards.flat().sort((a, b) => Number(a) - Number(b))).toEqual(numbers(11));
  });

  it('of mapped elements stays, however many are made at once', async () => {
    // The first take the longest.
    const sorted = (x: tf.Tensor) => tf.sum(tf.topk(tf.add(tf.range(0, 1), tf.cast(x, 'float32'))).values);
    expect(await elements(engine.data.range(40).map(sorted, { parallel: 8 }))).toEqual(numbers(40));
  });
});

describe('map', () => {
  it('takes and returns nested structures', async () => {
    const dataset = engine.data
      .range(3)
      .map((x) => ({ half: tf.div(tf.cast(x, 'float32'), 2), both: [x, tf.add(x, tf.scalar(1, 'int32'))] }))
      .map(({ half, both }) => [tf.add(half, 1), both[1]!] as const);
    expect(await elements(dataset)).toEqual([
      [1, 1],
      [1.5, 2],
      [2, 3],
    ]);
  });

  it('captures tensors as they are, and reads variables anew', async () => {
    const [offset, factor] = [tf.scalar(10), tf.variable(tf.scalar(1))];
    const dataset = engine.data.range(2).map((x) => tf.add(tf.mul(tf.cast(x, 'float32'), factor), offset));
    expect(await elements(dataset)).toEqual([10, 11]);
    factor.assign(tf.scalar(3));
    expect(await elements(dataset)).toEqual([10, 13]);
    tf.dispose([offset, factor]);
  });

  it('refuses to read a tensor inside, naming the line', () => {
    const dataset = engine.data.range(2).map((x) => tf.scalar(x.dataSync()[0]!));
    const before = engine.memory();
    expect(() => dataset.iterator()).toThrow(/A tensor was read .*dataset\.test\.ts:\d+/);
    expect(engine.memory()).toEqual(before);
  });

  it('refuses what is not a tensor', () => {
    expect(() => engine.data.range(2).map(async (x) => x).elementSpec).toThrow(/there is a promise/);
    expect(() => engine.data.range(2).map(() => 1).elementSpec).toThrow(/^map: there is no tensor/);
    expect(() => engine.data.range(2).filter((x) => x).elementSpec).toThrow(
      'filter: the function gives int32 []; it must give a bool scalar.',
    );
  });
});

describe('batches', () => {
  it('are stacked; the last is smaller, or left out', async () => {
    const dataset = engine.data.range(5);
    expect(await elements(dataset.batch(2))).toEqual([[0, 1], [2, 3], [4]]);
    expect(await elements(dataset.batch(2, { dropRemainder: true }))).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(dataset.batch(2).elementSpec).toEqual({ dtype: 'int32', shape: [-1] });
    expect(dataset.batch(2, { dropRemainder: true }).elementSpec).toEqual({ dtype: 'int32', shape: [2] });
    expect(await elements(dataset.batch(2).unbatch())).toEqual(numbers(5));
  });

  it('are filtered, repeated, taken and skipped', async () => {
    const odd = engine.data.range(6).filter((x) => tf.equal(tf.mod(x, tf.scalar(2, 'int32')), 1));
    expect(await elements(odd)).toEqual([1, 3, 5]);
    expect(await elements(odd.repeat(2).skip(1).take(4))).toEqual([3, 5, 1, 3]);
    expect(await elements(odd.batch(2).prefetch(2))).toEqual([[1, 3], [5]]);
  });

  it('have a cardinality where it is known', () => {
    const dataset = engine.data.range(5).map((x) => x);
    expect(dataset.batch(2).prefetch(1).cardinality).toBe(3);
    expect(dataset.repeat().cardinality).toBe(Infinity);
    expect(dataset.filter(() => tf.scalar(true)).cardinality).toBeUndefined();
  });
});

describe('cache', () => {
  const counting = () => {
    const made = tf.variable(tf.scalar(0, 'int32'));
    const square = (x: tf.Tensor) => {
      made.assign(tf.add(made, tf.scalar(1, 'int32')));
      return tf.mul(x, x);
    };
    const dataset = engine.data.range(5).map(square, { parallel: 1 });
    return { made, dataset };
  };

  it('in memory makes each element once, until it is disposed', async () => {
    const { made, dataset } = counting();
    const cached = dataset.cache();
    const batches = cached.batch(2);
    expect(await elements(cached)).toEqual([0, 1, 4, 9, 16]);
    expect(await elements(batches)).toEqual([[0, 1], [4, 9], [16]]);
    expect(made.dataSync()[0]).toBe(5);
    batches.dispose();
    expect(await elements(cached)).toEqual([0, 1, 4, 9, 16]);
    expect(made.dataSync()[0]).toBe(10);
    cached.dispose();
    made.dispose();
  });

  it('holds memory until it is disposed', async () => {
    const before = engine.memory();
    const cached = engine.data.range(5).cache();
    for (let i = 0; i < 3; i++) await elements(cached.prefetch(1));
    expect(engine.memory().handles).toBeGreaterThan(before.handles);
    cached.dispose();
    expect(engine.memory()).toEqual(before);
  });

  it('in files makes each element once', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'paperlab-cache-'));
    const { made, dataset } = counting();
    for (let i = 0; i < 2; i++) {
      expect(await elements(dataset.cache(join(folder, 'squares')))).toEqual([0, 1, 4, 9, 16]);
    }
    expect(made.dataSync()[0]).toBe(5);
    expect(await readdir(folder)).toContain('squares.index');
    made.dispose();
    await rm(folder, { recursive: true });
  });
});

describe('iteration', () => {
  it('leaves the event loop free', async () => {
    const slow = engine.data.range(4).map((x) => {
      const matrix = tf.fill([700, 700], 1 / 700);
      let product: tf.Tensor = tf.mul(matrix, tf.cast(x, 'float32'));
      for (let i = 0; i < 4; i++) product = tf.matMul(product, matrix);
      return tf.mean(product);
    });
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await elements(slow);
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(3);
  });

  it('ends early, fails in the middle, and starts again, holding nothing', async () => {
    const failing = engine.data
      .range(6)
      .map((x) => tf.floorDiv(tf.scalar(6, 'int32'), tf.sub(tf.scalar(3, 'int32'), x)));
    const iterate = async () => {
      const seen: number[] = [];
      for await (const x of failing.prefetch(2)) {
        seen.push(x.dataSync()[0]!);
        x.dispose();
        if (seen.length === 2) break;
      }
      return seen;
    };
    expect(await iterate()).toEqual([2, 3]);
    await expect(elements(failing)).rejects.toThrow(/division by zero/);
    const before = engine.memory();
    for (let i = 0; i < 20; i++) {
      await iterate();
      await expect(elements(failing)).rejects.toThrow(/division by zero/);
    }
    expect(engine.memory()).toEqual(before);
  });

  it('closes quickly, whatever is being prepared', async () => {
    const start = performance.now();
    for (let i = 0; i < 10; i++) {
      const iterator = engine.data
        .range(1000)
        .map((x) => x)
        .batch(10)
        .prefetch(4)
        .iterator();
      tf.dispose(iterator.next());
      iterator.dispose();
    }
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it('goes on inside compiled functions', async () => {
    const dataset = engine.data.range(6).batch(2, { dropRemainder: true });
    const iterator = dataset.iterator();
    const sum = engine.compile(() => tf.sum(iterator.next()));
    const next = async () => (await sum.run()).dataSync()[0];
    expect([await next(), await next()]).toEqual([1, 5]);
    expect(values(iterator.next())).toEqual([4, 5]);
    await expect(sum.run()).rejects.toThrow(/End of sequence/);
    iterator.start(dataset);
    expect(await next()).toBe(1);
    sum.dispose();
    iterator.dispose();
  });

  it('gives elements that no device scope holds, for ops on them to run anywhere', () => {
    engine.withDevice('CPU:0', () => tf.ones([1])).dispose();
    const iterator = engine.data.range(1).iterator();
    const element = iterator.next();
    expect((tf.backend() as TensorFlowBackend).device(element)).toBeUndefined();
    element.dispose();
    iterator.dispose();
  });

  it('does not begin inside a compiled function', async () => {
    const compiled = engine.compile(() => engine.data.range(2).iterator().next());
    await expect(compiled.run()).rejects.toThrow(/Make its iterator outside/);
  });
});

it.each([
  ['batch', () => engine.data.range(2).batch(0), 'batch: size is 0; it must be a whole number from 1 on.'],
  [
    'shard',
    () => engine.data.range(2).shard(2, 2),
    'shard: index is 2; it must be a whole number from 0 to 1.',
  ],
  [
    'take',
    () => engine.data.range(2).batch(1).take(-1),
    'take: count is -1; it must be a whole number from 0 on.',
  ],
  ['range', () => engine.data.range(0, 5, 0), 'range: step is 0; it must be a whole number, not 0.'],
  ['shuffle', () => engine.data.range(2).shuffle({ seed: 0.5 }), /^shuffle: seed is 0\.5; /],
])('%s refuses bad numbers', (_, make, message) => {
  expect(make).toThrow(message);
});
