import { appendFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readResults } from './test-results.mjs';
import { commit, copyWorkspace, runIn } from './workspace-copy.js';

const MINUTE = 60_000;
let copy: string;
beforeAll(() => {
  copy = copyWorkspace();
}, MINUTE);
afterAll(() => rmSync(copy, { recursive: true, force: true }));

describe('nx affected -t test', () => {
  /** Commits a change to a file and gives the projects whose tests nx would run for it. */
  function affectedBy(file: string): string[] {
    appendFileSync(join(copy, file), '\n');
    commit(copy, `change ${file}`);
    const shown = runIn(copy, 'nx', [
      'show',
      'projects',
      '--affected',
      '--base=HEAD~1',
      '--with-target=test',
      '--json',
    ]);
    return JSON.parse(shown).sort();
  }

  it(
    'runs, for a change in one model package, that package’s jest and no other',
    () => {
      expect(affectedBy('packages/model-lenet5/src/index.ts')).toEqual(['@paperlab/model-lenet5']);

      const results = join(copy, '.nx/results');
      runIn(copy, 'nx', ['affected', '-t', 'test', '--base=HEAD~1'], { PAPERLAB_TEST_RESULTS: results });
      const ran = readResults(results);
      expect(ran).toEqual([expect.objectContaining({ name: 'model-lenet5', failed: 0 })]);
      expect(ran[0]?.passed).toBeGreaterThan(0);
    },
    3 * MINUTE,
  );

  it(
    'includes what depends on the changed package',
    () => {
      const runner = affectedBy('packages/engine/src/index.ts');
      expect(runner).toEqual(['@paperlab/engine', '@paperlab/runner']);
      expect(affectedBy('packages/core/src/index.ts')).toEqual(
        expect.arrayContaining([
          ...runner,
          '@paperlab/datasets',
          '@paperlab/mlflow',
          '@paperlab/model-lenet5',
        ]),
      );
    },
    MINUTE,
  );

  it(
    'is its examples for the README',
    () => expect(affectedBy('README.md')).toEqual(['@paperlab/docs']),
    MINUTE,
  );
});

describe('eslint', () => {
  const only = (type: string, ...allowed: string[]) =>
    `A project tagged with "type:${type}" can only depend on libs tagged with ${allowed.map((tag) => `"type:${tag}"`).join(', ')}`;
  const circle = (from: string, to: string) =>
    expect.stringContaining(`Circular dependency between "@paperlab/${from}" and "@paperlab/${to}" detected`);
  const relativePath =
    'Projects cannot be imported by a relative or absolute path, and must begin with a npm scope';

  /** A line in a package, and what eslint says of it: nothing where there is no third part. */
  const lines: [project: string, line: string, message?: unknown][] = [
    ['packages/model-lenet5', `export * from '@paperlab/core';`],
    ['packages/model-lenet5', `export * from '@paperlab/model-other';`, only('model', 'core')],
    ['packages/model-lenet5', `export * from '@paperlab/datasets';`, only('model', 'core')],
    ['packages/model-lenet5', `export * from '@paperlab/engine';`, only('model', 'core')],
    ['packages/model-lenet5', `export * from '@paperlab/mlflow';`, only('model', 'core')],
    ['packages/model-lenet5', `export * from '@paperlab/runner';`, only('model', 'core')],
    ['packages/model-lenet5', `export const load = () => import('@paperlab/engine');`, only('model', 'core')],
    ['packages/model-lenet5', `export * from '../../core/src/index.js';`, relativePath],
    ['packages/datasets', `export * from '@paperlab/model-lenet5';`, only('dataset', 'core')],
    ['packages/datasets', `export * from '@paperlab/engine';`, only('dataset', 'core')],
    ['packages/datasets', `export * from '@paperlab/runner';`, only('dataset', 'core')],
    ['packages/engine', `export * from '@paperlab/model-lenet5';`, only('engine', 'core')],
    ['packages/engine', `export * from '@paperlab/mlflow';`, only('engine', 'core')],
    ['packages/engine', `export * from '@paperlab/runner';`, circle('engine', 'runner')],
    ['packages/mlflow', `export * from '@paperlab/runner';`, circle('mlflow', 'runner')],
    ['packages/core', `export * from '@paperlab/runner';`, circle('core', 'runner')],
    ['packages/core', `export * from '@paperlab/datasets';`, circle('core', 'datasets')],
    ['packages/runner', `export * from '@paperlab/engine';`],
    [
      'packages/runner',
      `export * from '@paperlab/model-lenet5';`,
      only('runner', 'core', 'engine', 'mlflow'),
    ],
    ['packages/runner', `export * from '@paperlab/datasets';`, only('runner', 'core', 'engine', 'mlflow')],
    ['packages/runner', `export * from 'tsyringe';`, `'tsyringe' import is restricted from being used.`],
    ['experiments', `export * from '@paperlab/runner';`],
  ];
  let messages: string[][];

  beforeAll(() => {
    addModel('model-other');
    const asked = lines.map(([project, line]) => ({ filePath: join(project, 'src/new-file.ts'), line }));
    const script = `import { ESLint } from 'eslint';
      const eslint = new ESLint();
      const said = [];
      for (const { line, filePath } of ${JSON.stringify(asked)}) {
        const [{ messages }] = await eslint.lintText(line, { filePath });
        said.push(messages.map(({ message }) => message));
      }
      console.log(JSON.stringify(said));`;
    writeFileSync(join(copy, 'lint.mjs'), script);
    messages = JSON.parse(runIn(copy, 'tsx', ['lint.mjs']));
  }, MINUTE);

  it.each(lines.map(([project, line, message], index) => ({ project, line, message, index })))(
    '$project: $line',
    ({ message, index }) => expect(messages[index]).toEqual(message ? [message] : []),
  );
});

/** A second model package, for the first to import. */
function addModel(name: string): void {
  const folder = join(copy, 'packages', name);
  mkdirSync(join(folder, 'src'), { recursive: true });
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: `@paperlab/${name}`, exports: './src/index.ts', nx: { tags: ['type:model'] } }),
  );
  writeFileSync(join(folder, 'src/index.ts'), 'export const other = 1;\n');
  symlinkSync(`../../packages/${name}`, join(copy, 'node_modules/@paperlab', name));
}
