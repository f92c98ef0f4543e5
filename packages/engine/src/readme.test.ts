import { afterAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const file = fileURLToPath(new URL('../.readme-example.ts', import.meta.url));
afterAll(() => rmSync(file, { force: true }));

/** Runs the example of a section as a user would, in a process of its own. */
async function run(section: string): Promise<string> {
  const [, example] = new RegExp(`## ${section}\n[^]*?\`\`\`ts\n([^]*?)\`\`\``).exec(readme)!;
  writeFileSync(file, example!);
  const node = ['--conditions=@paperlab/source', '--import', 'tsx', file];
  const env = { ...process.env, NODE_OPTIONS: '', FORCE_COLOR: '0' };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, node, { env });
  expect(stderr).toBe('');
  return stdout;
}

describe("the README's examples run", () => {
  it('Speed up your own model', async () => {
    expect(Number(await run('Speed up your own model'))).toBeGreaterThan(0);
  });

  it('Profiling', async () => {
    expect(await run('Profiling')).toMatch(/^\w*MatMul\w* \w+ CPU:0 tf_Compute/m);
  });

  it('Devices and clusters', async () => {
    expect(await run('Devices and clusters')).toBe('');
  });

  it('SavedModels', async () => {
    const folder = (await run('SavedModels')).trim();
    expect(readdirSync(folder).sort()).toEqual(['saved_model.pb', 'variables']);
    rmSync(dirname(folder), { recursive: true });
  });
});
