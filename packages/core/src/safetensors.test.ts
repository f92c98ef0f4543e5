import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { readSafetensors, type StoredTensor, writeSafetensors } from './safetensors.js';

/** Made by Python's library: tools/golden/safetensors_file.py. */
const library = new Uint8Array(readFileSync(new URL('./fixtures/library.safetensors', import.meta.url)));

const whole = (pieces: Uint8Array[]) => new Uint8Array(Buffer.concat(pieces));
const float32 = (...numbers: number[]): StoredTensor => ({
  dtype: 'F32',
  shape: [numbers.length],
  bytes: new Uint8Array(new Float32Array(numbers).buffer),
});
const written = (tensors: Record<string, StoredTensor>) =>
  whole(writeSafetensors({ tensors: new Map(Object.entries(tensors)) }));
/** A file with a given header. */
const withHeader = (header: string, data = 0) => {
  const json = new TextEncoder().encode(header);
  const file = new Uint8Array(8 + json.length + data);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  return file;
};

describe("a file of Python's library", () => {
  const { tensors, metadata } = readSafetensors(library);

  it('is read', () => {
    expect(metadata).toEqual({ format: 'pt' });
    expect(tensors.size).toBe(12);
    const { dtype, shape, bytes } = tensors.get('C1/kernel')!;
    expect({ dtype, shape }).toEqual({ dtype: 'F32', shape: [2, 2, 1, 3] });
    expect(Array.from(new Float32Array(bytes.slice().buffer))).toEqual(
      Array.from({ length: 12 }, (_, i) => i),
    );
    expect(tensors.get('empty')).toMatchObject({ shape: [0, 3], bytes: new Uint8Array() });
  });

  it('is written with the same bytes, whatever the order of the tensors', () => {
    const shuffled = new Map([...tensors].reverse());
    expect(whole(writeSafetensors({ tensors: shuffled, metadata }))).toEqual(library);
  });
});

describe('writeSafetensors', () => {
  it('refuses bytes that do not fit the shape', () => {
    expect(() => written({ w: { ...float32(1, 2), shape: [3] } })).toThrow(
      'w: 8 bytes for F32 [3], which takes 12',
    );
  });

  it('keeps any name', () => {
    const named = { __proto__: float32(1), constructor: float32(2), '': float32(3) };
    const tensors = new Map(Object.entries(named)).set('__proto__', float32(4));
    const { tensors: back } = readSafetensors(whole(writeSafetensors({ tensors })));
    expect([...back.keys()].sort()).toEqual(['', '__proto__', 'constructor']);
  });
});

describe('readSafetensors', () => {
  it.each<[what: string, file: Uint8Array, reason: RegExp]>([
    ['nothing', new Uint8Array(), /shorter than eight bytes/],
    ['a header longer than the file', withHeader('{}').subarray(0, 9), /header of 2 bytes does not fit/],
    ['an enormous header', new Uint8Array(16).fill(0xff), /does not fit/],
    ['no JSON', withHeader('{"a":'), /header is not JSON/],
    ['no object', withHeader('[]'), /not a JSON object/],
    [
      'an unknown dtype',
      withHeader('{"a":{"dtype":"F31","shape":[],"data_offsets":[0,4]}}', 4),
      /unknown dtype "F31"/,
    ],
    [
      'a negative size',
      withHeader('{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}', 4),
      /no valid shape/,
    ],
    [
      'a broken shape',
      withHeader('{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,4]}}', 4),
      /do not fit its shape/,
    ],
    [
      'an overflowing shape',
      withHeader('{"a":{"dtype":"F32","shape":[9e15,9e15],"data_offsets":[0,4]}}', 4),
      /do not fit/,
    ],
    ['a gap', withHeader('{"a":{"dtype":"F32","shape":[],"data_offsets":[4,8]}}', 8), /do not follow/],
    ['a missing end', written({ a: float32(1, 2) }).subarray(0, -1), /take 8 bytes, and 7 are there/],
    [
      'trailing bytes',
      whole([written({ a: float32(1) }), new Uint8Array(1)]),
      /take 4 bytes, and 5 are there/,
    ],
    ['numbers as metadata', withHeader('{"__metadata__":{"a":1}}'), /not text by name/],
  ])('refuses %s', (_, file, reason) => {
    expect(() => readSafetensors(file)).toThrow(reason);
  });

  it('reads or refuses damaged files, and does nothing else', () => {
    const file = written({ 'C1/kernel': float32(1, 2, 3), 'C1/bias': float32(4) });
    // Every byte in turn, and a fixed sequence of larger damage.
    let state = 1;
    const random = (below: number) => (state = (state * 48271) % 0x7fffffff) % below;
    const damaged = [
      ...Array.from(file, (_, i) => file.with(i, file[i]! ^ 0x11)),
      ...Array.from({ length: 2000 }, () => {
        const copy = file.slice(0, 1 + random(file.length));
        for (let i = 0; i < 4; i++) copy[random(copy.length)] = random(256);
        return copy;
      }),
    ];
    for (const bytes of damaged) {
      try {
        for (const { bytes: data } of readSafetensors(bytes).tensors.values())
          expect(data.length).toBeLessThanOrEqual(bytes.length);
      } catch (error) {
        expect((error as Error).message).toMatch(/^Not a valid safetensors file: .*\.$/);
      }
    }
  });
});
