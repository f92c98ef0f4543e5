import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Wheel } from '../library/wheels.js';

/** Writes a wheel that pip accepts. Each of its files has 64 KiB, and takes about one in the wheel. */
export function makeWheel(folder: string, file: string, files: readonly string[]): Wheel {
  const program = `
import base64, hashlib, os, sys, zipfile
path, *files = sys.argv[1:]
name, version = os.path.basename(path).split('-')[:2]
information = f'{name}-{version}.dist-info'
with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as wheel:
    written = {file: os.urandom(1024) * 64 for file in files}
    written[f'{information}/METADATA'] = f'Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n'.encode()
    written[f'{information}/WHEEL'] = b'Wheel-Version: 1.0\\nRoot-Is-Purelib: false\\nTag: py3-none-any\\n'
    record = ''
    for file, content in written.items():
        wheel.writestr(file, content)
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip('=')
        record += f'{file},sha256={digest},{len(content)}\\n'
    wheel.writestr(f'{information}/RECORD', record)`;
  const path = join(folder, file);
  execFileSync('python3', ['-c', program, path, ...files]);
  const content = readFileSync(path);
  const [name, version] = file.split('-') as [string, string];
  return {
    project: name.replaceAll('_', '-'),
    version,
    platform: 'manylinux2014_x86_64',
    file,
    bytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
    unpackedBytes: content.length,
  };
}
