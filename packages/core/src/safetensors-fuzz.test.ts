import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  readSafetensors,
  type SafetensorsDType,
  type StoredTensor,
  writeSafetensors,
} from './safetensors.js';

const RUNS = 500;

const dtypes = { BOOL: 1, I16: 2, BF16: 2, F32: 4, I64: 8 } as const;
const tensor = fc
  .record({
    dtype: fc.constantFrom(...(Object.keys(dtypes) as (keyof typeof dtypes)[])),
    shape: fc.array(fc.nat(4), { maxLength: 4 }),
    value: fc.nat(255),
  })
  .map(({ dtype, shape, value }): StoredTensor => {
    const size = shape.reduce((product, n) => product * n, dtypes[dtype]);
    return { dtype, shape, bytes: new Uint8Array(size).fill(value) };
  });
// Any name but that of the metadata's entry.
const name = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom('two\nlines', 'long'.repeat(1000), '__proto__'),
);
const tensors = fc
  .uniqueArray(fc.tuple(name, tensor), { selector: ([key]) => key, maxLength: 5 })
  .map((entries) => new Map(entries));
const metadata = fc.dictionary(name, fc.string(), { maxKeys: 3, noNullPrototype: true });
const file = fc
  .record({ tensors, metadata })
  .map((content) => new Uint8Array(Buffer.concat(writeSafetensors(content))));

/** A file with a header of any text, said to be of any length. */
const withHeader = (json: string, length: bigint, data: number) => {
  const header = new TextEncoder().encode(json);
  const bytes = new Uint8Array(8 + header.length + data);
  new DataView(bytes.buffer).setBigUint64(0, length < 0n ? BigInt(header.length) : length, true);
  bytes.set(header, 8);
  return bytes;
};

/**
 * Either it is read, as views on the file's own memory (so that nothing of a tensor's size is allocated) that do not
 * overlap and fit their shapes; or it is refused in one line.
 */
function expectReadOrRefused(bytes: Uint8Array): void {
  let read;
  try {
    read = readSafetensors(bytes);
  } catch (error) {
    expect((error as Error).constructor).toBe(Error);
    expect((error as Error).message).toMatch(/^Not a valid safetensors file: .*\.$/s);
    expect((error as Error).message).not.toMatch(/[\r\n]/);
    expect((error as Error).message.length).toBeLessThan(800);
    return;
  }
  let total = 0;
  for (const { bytes: data } of read.tensors.values()) {
    expect(data.buffer).toBe(bytes.buffer);
    total += data.length;
  }
  expect(total).toBeLessThan(bytes.length);
}

it('what is written is read again', () => {
  fc.assert(
    fc.property(tensors, metadata, (given, texts) => {
      const bytes = new Uint8Array(Buffer.concat(writeSafetensors({ tensors: given, metadata: texts })));
      const read = readSafetensors(bytes);
      expect(read.tensors).toEqual(given);
      expect(read.metadata).toEqual(texts);
    }),
    { numRuns: RUNS },
  );
});

it('a file that was cut off, or lengthened, is refused', () => {
  fc.assert(
    fc.property(file, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 9 }), (bytes, at, more) => {
      expect(() => readSafetensors(bytes.subarray(0, at % bytes.length))).toThrow(/^Not a valid safetensors/);
      expect(() => readSafetensors(new Uint8Array([...bytes, ...more]))).toThrow(/^Not a valid safetensors/);
    }),
    { numRuns: RUNS },
  );
});

it('a file with damaged bits is read or refused', () => {
  const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), {
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(
    fc.property(file, flips, (bytes, changes) => {
      const damaged = bytes.slice();
      for (const [at, bits] of changes) damaged[at % damaged.length]! ^= bits;
      expectReadOrRefused(damaged);
    }),
    { numRuns: RUNS },
  );
});

it('any bytes are read or refused', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), expectReadOrRefused), { numRuns: RUNS });
});

it('a header that claims any length, up to 2^64 - 1, is read or refused', () => {
  const length = fc.oneof(fc.constant(-1n), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));
  fc.assert(
    fc.property(fc.json(), length, fc.nat(40), (json, claimed, data) =>
      expectReadOrRefused(withHeader(json, claimed, data)),
    ),
    { numRuns: RUNS },
  );
});

it('entries with any shape, offsets and dtype, huge ones too, are read or refused', () => {
  const size = fc.oneof(
    ...[fc.nat(8), fc.constantFrom(-1, -0, 0.5, 1e308, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 2 ** 53, 2 ** 63)],
    fc.constantFrom(null, '4', [], {}, true),
  );
  const described = fc.record(
    {
      dtype: fc.oneof(
        fc.constantFrom('F32', 'BOOL', 'F64', 'f32', 'toString', '__proto__', ''),
        fc.jsonValue(),
      ),
      shape: fc.oneof(fc.array(size, { maxLength: 5 }), fc.jsonValue()),
      data_offsets: fc.oneof(fc.array(size, { maxLength: 3 }), fc.jsonValue()),
    },
    { requiredKeys: [] },
  );
  const header = fc.dictionary(fc.oneof(name, fc.constantFrom('__metadata__', '__proto__')), described, {
    maxKeys: 4,
  });
  fc.assert(
    fc.property(header, fc.nat(40), (entries, data) =>
      expectReadOrRefused(withHeader(JSON.stringify(entries), -1n, data)),
    ),
    { numRuns: RUNS },
  );
});

it('a tensor of the size that a header claims is not allocated', () => {
  const claimed = [2 ** 20, 2 ** 20];
  const bytes = 4 * 2 ** 40;
  const json = JSON.stringify({
    w: { dtype: 'F32' satisfies SafetensorsDType, shape: claimed, data_offsets: [0, bytes] },
  });
  const before = process.memoryUsage();
  expect(() => readSafetensors(withHeader(json, -1n, 8))).toThrow(
    `its tensors take ${bytes} bytes, and 8 are there.`,
  );
  const after = process.memoryUsage();
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(1 << 20);
});
