/**
 * Runs tfjs-core's own test suite, which its npm package carries, on this package's backend.
 *
 *   node conformance/run.mjs [--compiled] [words of the names of tests]
 *
 * With `--compiled` every kernel runs as a compiled function of its own, which needs the engine's sources.
 * The last line of standard output is a JSON object: how many tests passed, failed and were excluded, and the names of
 * those that failed. It takes the engine's sources, or what is built and installed where the working directory says.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import Jasmine from 'jasmine';
import { isExcluded } from './exclusions.mjs';

const from = process.env.PAPERLAB_CONFORMANCE_FROM; // a project in which the packages are installed
const here = fileURLToPath(new URL('.', import.meta.url));
const require = createRequire(import.meta.url);
const jasmineCore = dirname(require.resolve('jasmine-core/package.json'));
const words = process.argv.slice(2);
const compiled = words[0] === '--compiled' && words.shift() !== undefined;
const filter = words.join(' ');
const folder = await mkdtemp(join(from ?? here, '.conformance-'));
try {
  const { passed, failed, excluded } = await run(await bundle());
  console.log(JSON.stringify({ passed, failed: failed.length, excluded, failures: failed }));
  process.exitCode = failed.length === 0 ? 0 : 1;
} finally {
  await rm(folder, { recursive: true });
}

async function bundle() {
  const outfile = join(folder, 'suite.mjs');
  const contents = await readFile(
    new URL(compiled ? './compiled.mjs' : './suite.mjs', import.meta.url),
    'utf8',
  );
  await build({
    stdin: { contents, resolveDir: from ?? here },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    mainFields: ['module', 'main'],
    conditions: from ? [] : ['@paperlab/source'],
    ignoreAnnotations: true, // tfjs says that files which register kernels have no side effects
    external: ['koffi'],
    // A user's project has no jasmine.
    alias: { '@tensorflow/tfjs': '@tensorflow/tfjs-core', 'jasmine-core': jasmineCore },
    banner: {
      // Under another name than in the package's own bundle of kernels.
      js: "import { createRequire as suiteRequire } from 'node:module'; const require = suiteRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  return outfile;
}

async function run(suite) {
  const jasmine = new Jasmine();
  jasmine.exitOnCompletion = false;
  jasmine.loadConfig({ spec_files: [], random: false });
  jasmine.clearReporters();
  const counts = { passed: 0, failed: [], excluded: 0 };
  jasmine.env.configure({
    specFilter: (spec) => spec.getFullName().includes(filter) && !isExcluded(spec.getFullName(), compiled),
  });
  jasmine.addReporter({
    specDone({ status, fullName, failedExpectations }) {
      if (status === 'passed') counts.passed++;
      else if (status === 'failed')
        counts.failed.push(`${fullName}: ${failedExpectations[0]?.message.split('\n')[0]}`);
      else if (isExcluded(fullName, compiled)) counts.excluded++;
    },
  });
  await import(pathToFileURL(suite));
  await jasmine.execute();
  return counts;
}
