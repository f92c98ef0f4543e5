import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Block, Page } from './documents.js';

/** Beside the packages, so that examples import them as a project of a user's does. Not in git. */
const folder = join(import.meta.dirname, '.examples');
const setup = join(import.meta.dirname, 'setup');
const MINUTE = 60_000;

/** How a block is tested. What its page does not say is `run`. */
export interface Example {
  readonly block: Block;
  readonly path: string;
  readonly how: 'run' | 'typecheck' | 'CI' | 'contract' | 'elsewhere';
  /** What the comment gives as the reason, or the test that runs it. */
  readonly why: string;
}

export function exampleOf(page: Page, block: Block): Example {
  const path = join(folderOf(page), block.file ?? `line-${block.line}.ts`);
  const [, how, why = ''] = /^(typecheck|CI): (.+)$/s.exec(block.test ?? '') ?? [];
  if (how) return { block, path, how: how as 'typecheck' | 'CI', why };
  if (block.test) return { block, path, how: 'elsewhere', why: block.test };
  const contract = block.text.includes("'@paperlab/core/testing'");
  return { block, path, how: contract ? 'contract' : 'run', why };
}

const folderOf = ({ path }: Page) => join(folder, path.replace(/\/?(README)?\.md$/, '') || 'README');

/** Writes the examples of pages into folders, in lines of the numbers that they have in their pages. */
export function writeExamples(pages: readonly (readonly [Page, readonly Example[]])[]): void {
  rmSync(folder, { recursive: true, force: true });
  for (const [page, examples] of pages) {
    mkdirSync(folderOf(page), { recursive: true });
    cpSync(join(setup, 'experiment.ts'), join(folderOf(page), 'experiment.ts'));
    for (const { path, block } of examples) writeFileSync(path, placed(page, block));
  }
  const project = {
    extends: '../../../tsconfig.base.json',
    compilerOptions: { composite: false, noEmit: true, declaration: false, declarationMap: false },
    include: ['**/*.ts'],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(project));
}

function placed(page: Page, { text, line, setup: name }: Block): string {
  const before = name ? readFileSync(join(setup, name), 'utf8') : '';
  const missing = line - 1 - before.split('\n').slice(1).length;
  if (missing < 0) throw new Error(`${page.path}:${line}: ${name} does not fit before it`);
  return `${'\n'.repeat(missing)}${before}${text}export {};\n`;
}

export const removeExamples = () => rmSync(folder, { recursive: true, force: true });

/** What TypeScript says of all examples, a line each; paths are those of pages without `.md`. */
export async function typeErrors(): Promise<string> {
  const bin = join(import.meta.dirname, '..', '..', 'node_modules', '@typescript', 'native', 'bin', 'tsc');
  const tsc = promisify(execFile)(process.execPath, [bin, '-p', folder, '--pretty', 'false'], {
    cwd: folder,
  });
  return tsc.then(
    ({ stdout }) => stdout,
    (error: { stdout: string; stderr: string }) => error.stdout + error.stderr,
  );
}

/** Runs examples of a page one after the other, in one process that has only them in its folder. */
export async function runExamples(page: Page, examples: readonly Example[], minutes: number): Promise<void> {
  const cwd = folderOf(page);
  cpSync(join(setup, 'files'), cwd, { recursive: true });
  const main = join(cwd, 'examples-in-turn.ts');
  writeFileSync(main, examples.map(({ path }) => `await import('${path}');\n`).join('') + 'export {};\n');
  const node = ['--conditions=@paperlab/source', '--import', 'tsx', '--enable-source-maps', main];
  const { MLFLOW_TRACKING_URI: _, PAPERLAB_DATA: __, ...env } = process.env;
  await promisify(execFile)(process.execPath, node, {
    cwd,
    env: { ...env, NODE_OPTIONS: '', FORCE_COLOR: '0' },
    timeout: minutes * MINUTE,
    maxBuffer: 2 ** 26,
  });
}
