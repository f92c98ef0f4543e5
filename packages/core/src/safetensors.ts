/**
 * The safetensors format (https://huggingface.co/docs/safetensors): eight bytes with the length of a JSON header, the
 * header, and the tensors' bytes, little-endian and row-major. The header is laid out as the Python library does it,
 * so that equal tensors give equal files.
 */

/** Bytes of one number by dtype, in the order in which the library sorts them: the widest come first in a file. */
// prettier-ignore
const BYTES = {
  BOOL: 1, U8: 1, I8: 1, F8_E5M2: 1, F8_E4M3: 1, I16: 2, U16: 2, F16: 2, BF16: 2, I32: 4, U32: 4, F32: 4, F64: 8, I64: 8, U64: 8,
} as const;
const DTYPES = Object.keys(BYTES) as SafetensorsDType[];
/** The library refuses longer headers. */
const LONGEST_HEADER = 100_000_000;
/** Characters of a file's own text in a message. */
const LONGEST_SHOWN = 100;

export type SafetensorsDType = keyof typeof BYTES;

/** One tensor of a file. */
export interface StoredTensor {
  readonly dtype: SafetensorsDType;
  readonly shape: readonly number[];
  /** The numbers as they lie in memory, little-endian. */
  readonly bytes: Uint8Array;
}

export interface Safetensors {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Free text by name. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * A file as the pieces to write one after the other: the header, then each tensor's own bytes, not copied.
 * @throws if a tensor's bytes do not fit its shape
 */
export function writeSafetensors({ tensors, metadata }: Partial<Safetensors>): Uint8Array[] {
  const entries = [...(tensors ?? [])].sort(
    ([nameA, a], [nameB, b]) => DTYPES.indexOf(b.dtype) - DTYPES.indexOf(a.dtype) || compare(nameA, nameB),
  );
  const header = Object.create(null) as Record<string, unknown>; // a tensor may be called __proto__
  if (metadata && Object.keys(metadata).length > 0) header['__metadata__'] = metadata;
  let offset = 0;
  for (const [name, { dtype, shape, bytes }] of entries) {
    if (bytes.length !== sizeOf(dtype, shape)) {
      throw new Error(
        `${name}: ${bytes.length} bytes for ${dtype} [${shape.join(', ')}], which takes ${sizeOf(dtype, shape)}`,
      );
    }
    header[name] = { dtype, shape, data_offsets: [offset, (offset += bytes.length)] };
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(padded.buffer).setBigUint64(0, BigInt(padded.length - 8), true);
  padded.set(json, 8);
  return [padded, ...entries.map(([, { bytes }]) => bytes)];
}

/**
 * The tensors of a file, as views on its bytes.
 * @throws in one line, if the bytes are not a whole and consistent safetensors file
 */
export function readSafetensors(file: Uint8Array): Safetensors {
  if (file.length < 8) throw invalid('it is shorter than eight bytes');
  const length = new DataView(file.buffer, file.byteOffset).getBigUint64(0, true);
  if (length > BigInt(Math.min(file.length - 8, LONGEST_HEADER)))
    throw invalid(`its header of ${length} bytes does not fit into it`);
  const header = parseHeader(file.subarray(8, 8 + Number(length)));
  const data = file.subarray(8 + Number(length));
  const { __metadata__: metadata = {}, ...described } = header;
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === 'string'))
    throw invalid('its __metadata__ is not text by name');

  const entries = Object.entries(described).map(([name, value]) => [name, parseEntry(name, value)] as const);
  let end = 0;
  for (const [name, { offsets }] of [...entries].sort(([, a], [, b]) => a.offsets[0] - b.offsets[0])) {
    if (offsets[0] !== end) throw invalid(`the bytes of ${shown(name)} do not follow those before them`);
    end = offsets[1];
  }
  if (end !== data.length) throw invalid(`its tensors take ${end} bytes, and ${data.length} are there`);
  return {
    metadata: metadata as Record<string, string>,
    tensors: new Map(
      entries.map(([name, { dtype, shape, offsets }]) => [
        name,
        { dtype, shape, bytes: data.subarray(...offsets) },
      ]),
    ),
  };
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw invalid('its header is not JSON');
  }
  if (!isRecord(header)) throw invalid('its header is not a JSON object');
  return header;
}

function parseEntry(name: string, value: unknown) {
  if (!isRecord(value)) throw invalid(`${shown(name)} is not described by an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (!DTYPES.includes(dtype as never))
    throw invalid(`${shown(name)} has the unknown dtype ${JSON.stringify(dtype)?.slice(0, LONGEST_SHOWN)}`);
  if (!isSizes(shape)) throw invalid(`${shown(name)} has no valid shape`);
  if (!isSizes(offsets) || offsets.length !== 2) throw invalid(`${shown(name)} has no valid data_offsets`);
  const [start, end] = offsets as [number, number];
  if (end - start !== sizeOf(dtype as SafetensorsDType, shape))
    throw invalid(`${shown(name)} has ${end - start} bytes, which do not fit its shape`);
  return { dtype: dtype as SafetensorsDType, shape, offsets: [start, end] as const };
}

const sizeOf = (dtype: SafetensorsDType, shape: readonly number[]) =>
  shape.reduce((product, size) => product * size, BYTES[dtype]);
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
/** A name of a file's that fits on a line. */
const shown = (name: string) =>
  name.length <= LONGEST_SHOWN && !/\p{Cc}/u.test(name) ? name : JSON.stringify(name.slice(0, LONGEST_SHOWN));
const invalid = (reason: string) => new Error(`Not a valid safetensors file: ${reason}.`);

/** By bytes of UTF-8, as the library sorts names. */
function compare(a: string, b: string): number {
  const [left, right] = [new TextEncoder().encode(a), new TextEncoder().encode(b)];
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) if (left[i] !== right[i]) return left[i]! - right[i]!;
  return left.length - right.length;
}
