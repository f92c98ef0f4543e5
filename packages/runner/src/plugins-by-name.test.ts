import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pluginByName } from './plugins-by-name.js';
import { Workplace } from './testing/workplace.js';

/** A project with packages of others in its node_modules. */
const place = new Workplace();
const before = process.cwd();

function addPackage(name: string, text: string): void {
  place.write(`node_modules/${name}/package.json`, '{ "type": "module", "exports": "./index.js" }');
  place.write(`node_modules/${name}/index.js`, text);
}

const model = (name: string) => `(options) => ({ name: '${name}', config: options })`;
beforeAll(() => {
  addPackage('one', `export const plugins = { models: { tiny: ${model('tiny')} } };`);
  addPackage(
    '@someone/model-many',
    `export const plugins = {
      models: { few: ${model('few')}, many: ${model('many')} },
      recipes: { paper: { epochs: 3 } },
    };`,
  );
  addPackage('several', `export const plugins = { models: { a: ${model('a')}, b: ${model('b')} } };`);
  addPackage('other', 'export const plugin = 1;');
  addPackage('broken', 'export const plugins = ;');
  process.chdir(place.folder);
});
afterAll(() => {
  process.chdir(before);
  place.remove();
});

describe('a plugin by name', () => {
  it.each([
    ['model', 'lenet5', 'lenet5'],
    ['model', 'model-lenet5', 'lenet5'],
    ['model', '@paperlab/model-alexnet', 'alexnet'],
    ['model', 'googlenet', 'googlenet'],
    ['model', 'vgg16', 'vgg16'],
    ['model', 'vgg16:vgg', 'vgg16'],
    ['model', 'resnet50', 'resnet50'],
    ['model', 'resnet50:cifar-resnet', 'resnet20'],
    ['dataset', 'mnist', 'mnist'],
    ['dataset', '@paperlab/datasets:fashion-mnist', 'fashion-mnist'],
  ] as const)('the %s %s is %s of ours', async (kind, name, made) => {
    expect((await pluginByName(kind, name)).make({}).name).toBe(made);
  });

  it.each(['adagrad', 'adam', 'adamw', 'lars', 'rmsprop', 'sdlm', 'sgd'])(
    'the optimizer %s is ours',
    async (name) => {
      const options = { learningRate: 0.1, ...(name === 'sdlm' && { mu: 0.1 }) };
      expect((await pluginByName('optimizer', name)).make(options).name).toBe(name);
    },
  );

  it.each(['mlflow', 'tensorboard', 'csv', 'console'])('the tracker %s is ours', async (name) => {
    expect((await pluginByName('tracker', name)).make({}).name).toBe(name);
  });

  it.each([
    ['one', 'tiny'],
    ['one:tiny', 'tiny'],
    ['@someone/model-many', 'many'],
    ['@someone/model-many:few', 'few'],
  ])("%s is %s, of a package in the user's project", async (name, made) => {
    const { make } = await pluginByName('model', name);
    expect(make({ width: 3 })).toEqual({ name: made, config: { width: 3 } });
  });

  it("has its package's recipes, where there are any", async () => {
    expect((await pluginByName('model', '@someone/model-many')).recipes).toEqual({ paper: { epochs: 3 } });
    expect((await pluginByName('model', 'one')).recipes).toEqual({});
  });

  it('checks its options itself', async () => {
    const { make } = await pluginByName('model', 'resnet50');
    expect(() => make({ clases: 10 })).toThrow('unknown key "clases" in resnet; did you mean "classes"?');
  });

  it.each([
    [
      'model',
      'lenet6',
      'there is no model "lenet6": none of the packages @paperlab/model-lenet6, @paperlab/lenet6, lenet6 is installed in PROJECT; correct the name, or install the package with npm',
    ],
    [
      'dataset',
      'mnits',
      'there is no dataset "mnits": @paperlab/datasets has mnist, fashion-mnist, cifar10, cifar100, imagenette, imagewoof, image-folder, image-tar, synthetic, and no package mnits is installed in PROJECT; correct the name, or install the package with npm',
    ],
    [
      'model',
      '@someone/else',
      'there is no model "@someone/else": no package @someone/else is installed in PROJECT; correct the name, or install the package with npm',
    ],
    [
      'model',
      '.',
      'there is no model ".": no package . is installed in PROJECT; correct the name, or install the package with npm',
    ],
    ['model', 'several', 'several brings the models a, b; say which, for instance --model several:a'],
    ['model', 'several:c', 'several brings no model "c"; it has a, b'],
    ['dataset', 'one', 'one brings no dataset; name another package'],
    [
      'model',
      'other',
      'the package other exports no plugins; it must have: export const plugins = { models: { … }, datasets: { … } }',
    ],
  ] as const)('no %s: %s', async (kind, name, message) => {
    const error: Error = await pluginByName(kind, name).catch((error) => error);
    expect(error.message.replaceAll(place.folder, 'PROJECT')).toBe(message);
  });

  it('names the package that cannot be loaded, and why', async () => {
    await expect(pluginByName('model', 'broken')).rejects.toThrow(
      /^the package broken cannot be loaded: [^\n]+$/,
    );
  });
});
