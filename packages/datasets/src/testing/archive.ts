import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

type Files = Readonly<Record<string, Uint8Array>>;

/** A tar archive of files. */
export async function tarOf(files: Files): Promise<Buffer> {
  const archive = pack();
  archive.entry({ name: 'folder/', type: 'directory' });
  for (const [name, bytes] of Object.entries(files)) archive.entry({ name }, Buffer.from(bytes));
  archive.finalize();
  return buffer(archive);
}

/** A gzipped tar archive of files. */
export const archiveOf = async (files: Files): Promise<Buffer> => gzipSync(await tarOf(files), { level: 1 });
