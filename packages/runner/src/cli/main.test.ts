import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { experimentFile, paperlab, Workplace } from '../testing/workplace.js';

const place = new Workplace();
beforeAll(() => void place.write('quarters.ts', experimentFile()));
afterAll(() => place.remove());

describe('help', () => {
  it.each([
    [[]],
    [['train']],
    [['eval']],
    [['predict']],
    [['find-lr']],
    [['summary']],
    [['import']],
    [['devices']],
    [['sync']],
    [['ui']],
  ])('%p --help', async (command) => {
    const { status, stdout, stderr } = await place.run(...command, '--help');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: paperlab/);
  });
});

describe('a mistake on the command line', () => {
  it.each<[what: string, args: string[], message: RegExp]>([
    ['unknown command', ['trian'], /^unknown command 'trian' \(Did you mean train\?\); see paperlab --help$/],
    [
      'unknown option',
      ['train', 'quarters.ts', '--sett', 'a=1'],
      /^unknown option '--sett' \(Did you mean --set\?\)/,
    ],
    [
      'nothing to train',
      ['train'],
      /^name an experiment file, or a model and a dataset with --model and --dataset$/,
    ],
    ['two files', ['train', 'quarters.ts', 'more.ts'], /^too many arguments for 'train'/],
    [
      'unknown plugin',
      ['train', 'quarters.ts', '--optimizer', 'adm'],
      /^there is no optimizer "adm": @paperlab\/core has adagrad, adam, .*, sgd, and no package adm is installed in /,
    ],
    [
      'option of a plugin that is not named',
      ['train', 'quarters.ts', '--optimizer.learningRate', '1'],
      /^--optimizer\.learningRate needs a name; give --optimizer NAME too$/,
    ],
    ['no model', ['summary'], /^missing required argument 'model'/],
    ['unknown model', ['summary', 'lenet6'], /^there is no model "lenet6": none of the packages /],
    [
      'unknown option of a model',
      ['summary', 'lenet5', '--clases', '10'],
      /^unknown key "clases" in lenet5 "seed"; did you mean "classes"\?$/,
    ],
    [
      'option without a value',
      ['summary', 'lenet5', '--classes'],
      /^--classes takes a value: --classes VALUE$/,
    ],
    [
      'option before the model',
      ['summary', '--classes', '10', 'lenet5'],
      /^summary takes one model and then its options: paperlab summary resnet50 --classes 10$/,
    ],
    [
      'option for the model of a file',
      ['summary', 'quarters.ts', '--classes', '10'],
      /^--classes is an option of a model by name; quarters\.ts says its model's own$/,
    ],
    ['file that is not there', ['train', 'nope.ts'], /^no such file: nope\.ts$/],
    ['folder', ['train', '.'], /^\. is a folder; name the file in it that exports an experiment$/],
    [
      'override of an unknown key',
      ['train', 'quarters.ts', '--set', 'epoch=3'],
      /^unknown key "epoch" in .*did you mean "epochs"\?$/,
    ],
    [
      'override of the wrong type',
      ['train', 'quarters.ts', '--set', 'epochs=many'],
      /^epochs in .* is "many"; it must be a whole number, 1 or more$/,
    ],
    ['override without a value', ['train', 'quarters.ts', '--set', 'epochs'], /^--set takes key=value/],
    [
      'batch larger than the data',
      ['train', 'quarters.ts', '--set', 'batchSize=1000'],
      /^batchSize 1000 is larger than the 640 images of quarters's train split; lower it$/,
    ],
    [
      'duration that is none',
      ['train', 'quarters.ts', '--max-time', '3d'],
      /^"3d" is no duration; give seconds, minutes or hours/,
    ],
    [
      'limit that is none',
      ['train', 'quarters.ts', '--max-steps', 'x'],
      /^maxSteps in the limits is NaN; it must be a whole number/,
    ],
    ['checkpoint that is not there', ['eval', 'nowhere'], /^no such checkpoint: nowhere$/],
    [
      'split that is none',
      ['eval', 'nowhere', '--split', 'all'],
      /^option '--split <split>' argument 'all' is invalid\. Allowed choices are test, valid, train/,
    ],
    ['no image', ['predict', 'nowhere'], /^missing required argument 'image'/],
    [
      'range that is none',
      ['find-lr', 'quarters.ts', '--from', '2', '--to', '1'],
      /^findLearningRate: to is 1; it must be above from, 2$/,
    ],
    ['port that is none', ['ui', '--port', 'x'], /^--port takes a number from 1 to 65535; it was given "x"$/],
    ['no server to send to', ['sync'], /^no MLflow server to send to: set MLFLOW_TRACKING_URI/],
  ])('%s', async (_, args, message) => {
    const { status, stderr } = await place.run(...args);
    const [line, ...rest] = stderr.trimEnd().split('\npaperlab: ');
    expect(rest).toEqual([]);
    expect(line!.replace(/^paperlab: /, '')).toMatch(message);
    expect(status).toBe(1);
  });
});

describe('an experiment file with', () => {
  it.each<[what: string, text: string, message: RegExp]>([
    ['no experiment', 'export const other = 1;', /^bad\.ts exports other; it must export an experiment/],
    ['a syntax error', 'export const x = ;', /^bad\.ts:1:17: .*Unexpected/],
    [
      'an error of its own',
      'interface Options { size: number }\nconst options = undefined as unknown as Options;\n\noptions.size;',
      /^bad\.ts:4:9: Cannot read properties of undefined \(reading 'size'\)$/,
    ],
    ['a package that is not installed', "import 'not-there';", /^bad\.ts: Cannot find package 'not-there'/],
    [
      'a name that a package does not export',
      "import { nope } from '@paperlab/core'; nope();",
      /^bad\.ts: The requested module '@paperlab\/core' does not provide an export named 'nope'$/,
    ],
    [
      'an unknown key',
      experimentFile('epoch: 3,'),
      /^unknown key "epoch" in experiment "quarters"; did you mean "epochs"\?$/,
    ],
    [
      'a wrong value',
      experimentFile("batchSize: '16',"),
      /^batchSize in experiment "quarters" is "16"; it must be a whole number, 1 or more$/,
    ],
    [
      'a model that does not fit',
      experimentFile("model: { name: 'wide', inputShape: [8, 8, 1], classes: 4, build },"),
      /^model wide takes images of 8×8×1, but dataset quarters gives 4×4×1/,
    ],
  ])('%s', async (_, text, message) => {
    const { status, stderr } = await place.run('train', place.write('bad.ts', text));
    expect(stderr).toMatch(/^paperlab: [^\n]+\n$/);
    expect(stderr.slice('paperlab: '.length, -1)).toMatch(message);
    expect(status).toBe(1);
  });

  it('PAPERLAB_DEBUG=1: where it came from', async () => {
    const command = [
      process.execPath,
      paperlab,
      'train',
      place.write('bad.ts', 'export const x = ;'),
    ] as const;
    const { stderr } = await place.start([...command], { PAPERLAB_DEBUG: '1' }).ended;
    expect(stderr).toMatch(/^ +at .*load-experiment/m);
    expect(stderr).toMatch(/\[cause\]: .*Transform failed/);
  });
});

describe('an experiment file', () => {
  /** Without Paperlab's packages, which only ES modules find in this repository. */
  const plain = (exported: string) => `
    import { layers, sequential } from '@tensorflow/tfjs-layers';
    const build = () => sequential({ layers: [layers.dense({ name: 'output', units: 4, inputShape: [2] })] });
    const model = { name: 'plain', inputShape: [2], classes: 4, build };
    ${exported} { model, dataset: {}, optimizer: {}, epochs: 1 as number };`;

  it.each([
    ['its default export', 'plain.ts', 'export default'],
    ['in a package of CommonJS', 'commonjs/plain.ts', 'export const experiment ='],
    ['in a package of CommonJS, its default export', 'commonjs/default.ts', 'export default'],
    ['a .mts file', 'commonjs/plain.mts', 'export const experiment ='],
  ])('%s', async (_, name, exported) => {
    place.write('commonjs/package.json', '{ "type": "commonjs" }');
    const { stdout, stderr } = await place.run('summary', place.write(name, plain(exported)), '--json');
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ model: 'plain', parameters: 12 });
  });
});

describe('summary and devices', () => {
  it('tabulates the layers', async () => {
    const { status, stdout } = await place.run('summary', 'quarters.ts');
    expect(status).toBe(0);
    expect(stdout).toMatch(/output +Dense +16 +4 +68 +64\n/);
    const { stdout: json } = await place.run('summary', 'quarters.ts', '--json');
    expect(JSON.parse(json)).toMatchObject({ model: 'linear', parameters: 68 });
  });

  it('lists what TensorFlow can use', async () => {
    const { devices, build } = JSON.parse((await place.run('devices', '--json')).stdout);
    expect(['cpu', 'cuda']).toContain(build);
    expect(devices).toContainEqual({ name: 'CPU:0', type: 'CPU' });
  });
});
