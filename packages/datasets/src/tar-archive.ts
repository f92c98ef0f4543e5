import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';

/**
 * Reads members of a gzipped tar archive into memory; nothing is written.
 * @param archive its bytes
 * @param name of the archive, for messages
 * @returns the members in the order of `members`
 * @throws if it is no such archive, ends too soon or lacks one of them
 */
export async function readMembers(
  archive: Uint8Array,
  members: readonly string[],
  name: string,
  signal?: AbortSignal,
): Promise<Uint8Array[]> {
  const found = new Map<string, Uint8Array>();
  const entries = extract();
  const collect = async () => {
    for await (const entry of entries) {
      // As `tar` writes them, names may begin with `./`.
      const member = entry.header.name.replace(/^\.\//, '');
      if (entry.header.type === 'file' && members.includes(member)) found.set(member, await buffer(entry));
      else entry.resume();
    }
  };
  try {
    await Promise.all([pipeline(Readable.from([archive]), createGunzip(), entries, { signal }), collect()]);
  } catch (error) {
    signal?.throwIfAborted();
    throw new Error(`${name} cannot be unpacked (${(error as Error).message})`);
  }
  return members.map((member) => {
    const bytes = found.get(member);
    if (!bytes) throw new Error(`${name} has no file ${member}`);
    return bytes;
  });
}
