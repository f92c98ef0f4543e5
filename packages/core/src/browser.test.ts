import { expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { createContext, runInContext } from 'node:vm';

/** A page's program: prints what an experiment's model costs, trains it, and gives both with the pure JavaScript backend. */
const page = `
  import '@tensorflow/tfjs-backend-cpu';
  import { tensor1d, scalar } from '@tensorflow/tfjs-core';
  import {
    eager, initialize, runContainer, softmaxCrossEntropy, summary, summaryTable, tokens, trainedWeights, TrainStep,
  } from './index.js';
  import { exampleExperiment } from './testing/example.js';

  const engine = eager();
  const experiment = exampleExperiment();
  const run = runContainer(experiment, { engine });

  async function train() {
    await engine.devices();
    const { optimizer, batchSize, seed } = experiment;
    const model = initialize(seed, () => run.resolve(tokens.Model).build());
    const weights = trainedWeights(model, optimizer);
    const step = new TrainStep({ model, optimizer, weights, loss: softmaxCrossEntropy, seed });
    const input = await engine.input(await run.resolve(tokens.Dataset).open('train'), { batchSize, shuffle: { seed } });
    const apply = engine.compile((numbers, batch) => step.apply(input.next(batchSize), numbers, batch));
    const losses = [];
    for (let epoch = 0; epoch < 3; epoch++) {
      await input.seek(epoch);
      for (let batch = 0; batch < input.batches; batch++) {
        const number = epoch * input.batches + batch;
        const progress = { step: number, epoch, stepsPerEpoch: input.batches, epochs: 3, history: [] };
        const [loss] = await (await apply.run(tensor1d(step.numbers(progress)), scalar(number, 'int32'))).data();
        losses.push(loss);
      }
    }
    return losses;
  }
  result = train().then((losses) => ({ losses, table: summaryTable(summary(run.resolve(tokens.Model))) }));
`;

const bundle = () =>
  build({
    stdin: { contents: page, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    platform: 'browser',
    format: 'iife',
    conditions: ['@paperlab/source'],
    metafile: true,
    write: false,
    logLevel: 'silent',
  });

it('bundles for a browser, with nothing of Node and nothing native in it', async () => {
  // esbuild fails on an import of a Node module.
  const { metafile } = await bundle();
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports);
  expect(imports.filter(({ external }) => external)).toEqual([]);
  expect(Object.keys(metafile.inputs).filter((path) => path.endsWith('.node'))).toEqual([]);
});

it('trains where there is no Node', async () => {
  const { outputFiles } = await bundle();
  // What a web worker has, and tfjs or the bundle asks for.
  const web = { console, performance, setTimeout, clearTimeout, MessageChannel, TextEncoder, TextDecoder };
  const context = createContext({ ...web, WorkerGlobalScope: class {}, result: undefined });
  context['self'] = context;
  runInContext(outputFiles[0]!.text, context);
  const { losses, table } = await context['result'];
  expect(table).toMatch(/^layer +type .*\n.*\nflatten +Flatten/);
  expect(losses).toHaveLength(6);
  expect(losses.at(-1)).toBeLessThan(losses[0] / 2);
});
