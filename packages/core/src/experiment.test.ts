import { describe, expect, it } from '@jest/globals';
import { defineExperiment, type ExperimentInput, experimentParams, withOverrides } from './experiment.js';
import { adam } from './optimizers/adam.js';
import { piecewise } from './schedules/piecewise.js';
import { ema } from './step/averaging.js';
import { exampleExperiment } from './testing/example.js';

const base = exampleExperiment();
/** The example with some of its keys replaced by anything. */
const define = (changes: Record<string, unknown>) => () =>
  defineExperiment({ ...base, ...changes } as ExperimentInput);

describe('defineExperiment', () => {
  it('fills in the defaults', () => {
    const { name, model, dataset, optimizer, batchSize, epochs } = base;
    const experiment = defineExperiment({ name, model, dataset, optimizer, batchSize, epochs });
    expect(experiment).toMatchObject({ placement: { name: 'single' }, seed: 0, callbacks: [] });
    expect(experiment.model).toBe(model);
    expect(Object.isFrozen(experiment)).toBe(true);
  });

  it('makes a variant from a spread', () => {
    expect(defineExperiment({ ...base, epochs: 7 })).toEqual({ ...base, epochs: 7 });
  });

  it('refuses a wrong key, at compile time too', () => {
    // @ts-expect-error: "epoch" is no key
    const wrong = () => defineExperiment({ ...base, epoch: 3 });
    expect(wrong).toThrowErrorMatchingInlineSnapshot(
      `"unknown key "epoch" in experiment "example"; did you mean "epochs"?"`,
    );
    expect(define({ tracker: 'mlflow' })).toThrowErrorMatchingInlineSnapshot(
      `"unknown key "tracker" in experiment "example"; the keys are name, model, dataset, optimizer, placement, batchSize, epochs, seed, callbacks, gradientAccumulationSteps, clipValue, clipNorm, globalClipNorm, weights, averaging, norms, onNonFinite, precision, testProtocol"`,
    );
  });

  it('refuses wrong values, each in a line', () => {
    const wrong = { name: ' ', batchSize: '32', epochs: 0.5, seed: -1, callbacks: [{ name: 'stop' }] };
    expect(define(wrong)).toThrowErrorMatchingInlineSnapshot(`
     "name in experiment " " is " "; it must be text that is not blank
     batchSize in experiment " " is "32"; it must be a whole number, 1 or more
     epochs in experiment " " is 0.5; it must be a whole number, 1 or more
     seed in experiment " " is -1; it must be a whole number, 0 or more
     callbacks[0] in experiment " " is an object with only name; it must be a Callback (an object with name and epochEnd)"
    `);
  });

  it('refuses what is missing', () => {
    // @ts-expect-error: most keys are missing
    expect(() => defineExperiment({ name: 'bare', batchSize: 4 })).toThrowErrorMatchingInlineSnapshot(`
     "model is missing from experiment "bare"; it must be a Model (an object with name, inputShape, classes and build)
     dataset is missing from experiment "bare"; it must be a Dataset (an object with name, classNames, imageShape and open)
     optimizer is missing from experiment "bare"; it must be an Optimizer (an object with name, slots, hyperparameters and update)
     epochs is missing from experiment "bare"; it must be a whole number, 1 or more"
    `);
    // @ts-expect-error: so is the argument
    expect(() => defineExperiment()).toThrowErrorMatchingInlineSnapshot(
      `"the experiment is missing; it must be an object with the keys name, model, dataset, optimizer, placement, batchSize, epochs, seed, callbacks, gradientAccumulationSteps, clipValue, clipNorm, globalClipNorm, weights, averaging, norms, onNonFinite, precision, testProtocol"`,
    );
  });

  it('says what it found in the slot of a plugin', () => {
    // @ts-expect-error: a model is no dataset
    const swapped = () => defineExperiment({ ...base, dataset: base.model });
    expect(swapped).toThrowErrorMatchingInlineSnapshot(
      `"dataset in experiment "example" is a Model named "linear"; it must be a Dataset (an object with name, classNames, imageShape and open)"`,
    );
    function lenet5() {}
    expect(define({ model: lenet5 })).toThrowErrorMatchingInlineSnapshot(
      `"model in experiment "example" is a function (call it: lenet5()); it must be a Model (an object with name, inputShape, classes and build)"`,
    );
    expect(define({ optimizer: { name: 'mine', slots: {} } })).toThrowErrorMatchingInlineSnapshot(
      `"optimizer in experiment "example" is an object with only name, slots; it must be an Optimizer (an object with name, slots, hyperparameters and update)"`,
    );
    expect(define({ placement: [] })).toThrowErrorMatchingInlineSnapshot(
      `"placement in experiment "example" is a list of 0; it must be a DevicePlacement (an object with name, devices and deviceOf)"`,
    );
  });

  it('refuses a dataset that does not fit the model', () => {
    const dataset = { ...base.dataset, imageShape: [28, 28, 1], classNames: ['a', 'b', 'c'] };
    expect(define({ dataset })).toThrowErrorMatchingInlineSnapshot(`
     "model linear takes images of 4×4×1, but dataset halves gives 28×28×1, in experiment "example"; change one to fit the other
     model linear tells 2 classes apart, but dataset halves has 3, in experiment "example"; give the model { classes: 3 }"
    `);
  });
});

describe('the features of a step', () => {
  it('are recorded where they are used', () => {
    const experiment = defineExperiment({
      ...base,
      gradientAccumulationSteps: 4,
      globalClipNorm: 1,
      weights: [{ match: '*bias', weightDecay: 0 }],
      averaging: ema({ decay: 0.999 }),
      norms: true,
    });
    expect(experimentParams(experiment)).toMatchObject({
      gradientAccumulationSteps: '4',
      globalClipNorm: '1',
      weights: '[{"match":"*bias","weightDecay":0}]',
      averaging: 'ema',
      'averaging.decay': '0.999',
      norms: 'true',
    });
    const plain = Object.keys(experimentParams(base));
    expect(plain.filter((key) => /clip|weights|averaging|Accumulation|norms/.test(key))).toEqual([]);
  });

  it('are refused, each in a line, where they are wrong', () => {
    const wrong = {
      clipValue: 0,
      gradientAccumulationSteps: 1.5,
      weights: [{ match: 'C1/*', learningRate: -1 }],
      averaging: 0.999 as never,
    };
    expect(() => defineExperiment({ ...base, ...wrong })).toThrowErrorMatchingInlineSnapshot(`
     "gradientAccumulationSteps in experiment "example" is 1.5; it must be a whole number, 1 or more
     clipValue in experiment "example" is 0; it must be a number above 0
     weights[0].learningRate in experiment "example" is -1; it must be a number, 0 or more
     averaging in experiment "example" is 0.999; it must be an average of the weights, such as ema({ decay: 0.999 })"
    `);
    expect(define({ clipNorm: 1, globalClipNorm: 1 })).toThrow(
      'clipNorm and globalClipNorm are in experiment "example"; give one of them',
    );
    expect(define({ clipValue: 1, globalClipNorm: 1 })).toThrow('clipValue and globalClipNorm are in');
  });
});

describe('withOverrides', () => {
  it('takes values as text', () => {
    const changed = withOverrides(base, { name: '7', epochs: '3', batchSize: '2', seed: '42' });
    expect(changed).toEqual({ ...base, name: '7', epochs: 3, batchSize: 2, seed: 42 });
  });

  it('takes the features of a step that are numbers or truth values', () => {
    const changed = withOverrides(base, { gradientAccumulationSteps: '4', clipNorm: '0.5', norms: 'true' });
    expect(changed).toEqual({ ...base, gradientAccumulationSteps: 4, clipNorm: 0.5, norms: true });
    expect(() => withOverrides(changed, { globalClipNorm: '1' })).toThrow('give one of them');
    expect(() => withOverrides(base, { norms: '1', epochs: 'true' })).toThrow(
      'epochs in the overrides of experiment "example" is true; it must be a whole number, 1 or more\n' +
        'norms in the overrides of experiment "example" is 1; it must be true or false',
    );
  });

  it('leaves what is not named', () => {
    const seeded = defineExperiment({ ...base, seed: 5 });
    expect(withOverrides(seeded, { epochs: '3' })).toEqual({ ...seeded, epochs: 3 });
  });

  it('refuses other keys and values, each in a line', () => {
    const wrong = { epoch: '3', model: 'vgg16', batchSize: 'many', seed: '', epochs: '-1', name: '' };
    expect(() => withOverrides(base, wrong)).toThrowErrorMatchingInlineSnapshot(`
     "name in the overrides of experiment "example" is ""; it must be text that is not blank
     batchSize in the overrides of experiment "example" is "many"; it must be a whole number, 1 or more
     epochs in the overrides of experiment "example" is -1; it must be a whole number, 1 or more
     seed in the overrides of experiment "example" is ""; it must be a whole number, 0 or more
     unknown key "epoch" in the overrides of experiment "example"; did you mean "epochs"?
     unknown key "model" in the overrides of experiment "example"; the keys are name, batchSize, epochs, seed, gradientAccumulationSteps, clipValue, clipNorm, globalClipNorm, norms, onNonFinite, precision"
    `);
  });
});

describe('experimentParams', () => {
  it('is flat text', () => {
    const optimizer = adam({ learningRate: piecewise({ 0: 5e-4, 3: 1e-5 }) });
    const model = { ...base.model, config: { classes: 2, widths: [4, 8], note: undefined } };
    const callbacks = [
      { name: 'one', epochEnd() {} },
      { name: 'two', epochEnd() {} },
    ];
    expect(experimentParams(defineExperiment({ ...base, model, optimizer, callbacks })))
      .toMatchInlineSnapshot(`
     {
       "batchSize": "4",
       "callbacks": "[{\"name\":\"one\"},{\"name\":\"two\"}]",
       "dataset": "halves",
       "epochs": "2",
       "model": "linear",
       "model.classes": "2",
       "model.widths": "[4,8]",
       "name": "example",
       "optimizer": "adam",
       "optimizer.beta1": "0.9",
       "optimizer.beta2": "0.999",
       "optimizer.epsilon": "1e-8",
       "optimizer.learningRate.by": "epoch",
       "optimizer.learningRate.rates.0": "0.0005",
       "optimizer.learningRate.rates.3": "0.00001",
       "optimizer.learningRate.schedule": "piecewise",
       "placement": "single",
       "seed": "0",
     }
    `);
  });
});
