import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pages, root } from './documents.js';
import { exampleOf, removeExamples, runExamples, typeErrors, writeExamples } from './workplace.js';

const examples = pages.map(
  (page) =>
    [
      page,
      page.blocks.filter(({ language }) => language === 'ts').map((block) => exampleOf(page, block)),
    ] as const,
);
const all = examples.flatMap(([page, of]) => of.map((example) => ({ page, ...example })));
writeExamples(examples);
afterAll(removeExamples);

// What the suites of plugins write goes where they run.
const before = process.cwd();
const scratch = mkdtempSync(join(tmpdir(), 'paperlab-docs-'));
beforeAll(() => process.chdir(scratch));
afterAll(() => {
  process.chdir(before);
  rmSync(scratch, { recursive: true });
});

it('every example has the right types', async () => {
  expect(await typeErrors()).toBe('');
}, 120_000);

describe('examples run, page by page', () => {
  const running = examples
    .map(([page, of]) => ({ page, path: page.path, run: of.filter(({ how }) => how === 'run') }))
    .filter(({ run }) => run.length > 0);
  it.concurrent.each(running)('$path', ({ page, run }) => runExamples(page, run, 5), 300_000);

  const long = all.filter(({ how }) => how === 'CI');
  const onCi = process.env['CI'] === 'true' ? it : it.skip;
  for (const example of long) {
    const { page, block, why } = example;
    onCi(`${page.path}:${block.line}, on CI: ${why}`, () => runExamples(page, [example], 30), 1_800_000);
  }
});

describe('examples that only have the right types say why, or who runs them', () => {
  it.each(all.filter(({ how }) => how === 'elsewhere'))(
    '$page.path:$block.line, run by $why',
    ({ page, block, why }) => {
      const lines = readFileSync(join(root, page.path), 'utf8').split('\n').slice(0, block.line);
      const [, section] = /^## (.*)$/.exec(lines.findLast((line) => line.startsWith('## '))!) ?? [];
      expect(readFileSync(join(root, why), 'utf8')).toContain(`'${section}'`);
    },
  );

  const words = all.filter(({ how }) => how === 'typecheck').map(({ why }) => why);
  it.each(words)('%s', (why) => expect(why.split(' ').length).toBeGreaterThan(2));
});

it('Python that the pages have is Python', () => {
  const python = pages.flatMap(({ blocks }) => blocks.filter(({ language }) => language === 'python'));
  expect(python.length).toBeGreaterThan(0);
  for (const { text } of python)
    execFileSync('python3', ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'], { input: text });
});

// The suites of plugins describe their tests here.
for (const { how, path } of all) if (how === 'contract') await import(path);
