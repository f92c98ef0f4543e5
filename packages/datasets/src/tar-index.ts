import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** A file in a tar archive: which bytes of it. */
export interface TarMember {
  /** As the archive has it, without a `./` before it. */
  readonly name: string;
  /** Of the first byte of its content. */
  readonly offset: number;
  /** Length of its content. */
  readonly bytes: number;
}

/** Headers and contents take whole blocks. */
const BLOCK = 512;
/** Far more than a header that only names a file ever has. */
const LONGEST_NAME = 1 << 20;

/**
 * The files in a tar archive that is not compressed, in its order, by its headers alone: their contents are skipped. It
 * knows what `tar` programs write: ustar (POSIX.1-1988), GNU's long names and sizes, and pax (POSIX.1-2001).
 * @throws in one line, naming the archive, if it cannot be read, is cut off, or is no tar archive
 */
export function tarMembers(path: string): TarMember[] {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    throw new Error(`${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  try {
    return [...membersOf(file, fstatSync(file).size)];
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(code ? `${path} cannot be read (${code})` : `${path} ${message}`);
  } finally {
    closeSync(file);
  }
}

function* membersOf(file: number, size: number): Generator<TarMember> {
  const header = Buffer.alloc(BLOCK);
  /** What the headers before a member's own say of it. */
  let given: { name?: string; bytes?: number } = {};
  for (let at = 0; at < size;) {
    if (readSync(file, header, 0, BLOCK, at) < BLOCK) throw new Error('is cut off');
    if (header.every((byte) => byte === 0)) return; // the end
    if (!hasItsSum(header)) throw new Error(at === 0 ? 'is no tar archive' : `has no header at byte ${at}`);
    const type = String.fromCharCode(header[156]!);
    const bytes = given.bytes ?? numberIn(header.subarray(124, 136));
    const offset = at + BLOCK;
    if (offset + bytes > size) throw new Error('is cut off');
    at = offset + Math.ceil(bytes / BLOCK) * BLOCK;
    if (type === 'L' || type === 'x') {
      const content = contentOf(file, offset, bytes);
      given = { ...given, ...(type === 'L' ? { name: textIn(content) } : paxIn(content)) };
      continue;
    }
    if (type === 'K') continue; // the long name of what a link leads to
    const name = given.name ?? nameIn(header);
    given = {};
    // '7' is a file whose blocks lie in a row.
    if (type === '0' || type === '\0' || type === '7')
      yield { name: name.replace(/^\.\//, ''), offset, bytes };
    else if (type === 'S') throw new Error(`has the sparse file ${name}; make it anew without --sparse`);
  }
  throw new Error('is cut off'); // all archives end with blocks of zeros
}

/** Whether a header's checksum is right: the sum of its bytes, with blanks in the place of the sum. */
function hasItsSum(header: Buffer): boolean {
  let sum = 8 * 32;
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += header[i]!;
  return sum === numberIn(header.subarray(148, 156));
}

/** Octal digits, or after a byte 0x80 a binary number, as GNU tar writes those of 8 GiB and more. */
function numberIn(field: Buffer): number {
  if (field[0] === 0x80) return field.subarray(1).reduce((value, byte) => value * 256 + byte, 0);
  return Number.parseInt(textIn(field).trim() || '0', 8);
}

/** Name and, in ustar alone, what stands before it. GNU's own format has other things there. */
function nameIn(header: Buffer): string {
  const name = textIn(header.subarray(0, 100));
  const prefix = header.toString('latin1', 257, 263) === 'ustar\0' ? textIn(header.subarray(345, 500)) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function contentOf(file: number, offset: number, bytes: number): Buffer {
  if (bytes > LONGEST_NAME) throw new Error(`has a header of ${bytes} bytes at byte ${offset}`);
  const content = Buffer.alloc(bytes);
  readSync(file, content, 0, bytes, offset);
  return content;
}

/** Records `LENGTH KEY=VALUE\n`, the length in bytes and of the whole record. */
function paxIn(content: Buffer): { name?: string; bytes?: number } {
  const given: { name?: string; bytes?: number } = {};
  for (let at = 0; at < content.length;) {
    const blank = content.indexOf(' ', at);
    const length = Number(content.toString('latin1', at, blank));
    if (blank < 0 || !(length > 0)) throw new Error('has a pax header that cannot be read');
    const record = content.toString('utf8', blank + 1, at + length - 1);
    const equals = record.indexOf('=');
    const [key, value] = [record.slice(0, equals), record.slice(equals + 1)];
    if (key.startsWith('GNU.sparse.')) throw new Error('has sparse files; make it anew without --sparse');
    if (key === 'path') given.name = value;
    if (key === 'size') given.bytes = Number(value);
    at += length;
  }
  return given;
}

/** Up to the first zero byte. */
function textIn(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? field.length : end);
}
