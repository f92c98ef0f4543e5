import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { client, serverUri } from './testing/recorded.js';

/** What the README's example of a section prints. */
async function printed(section: string): Promise<string> {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const [, example] = /```ts\n([^]*?)```/.exec(readme.slice(readme.indexOf(`## ${section}\n`))) ?? [];
  const arguments_ = [
    '--conditions=@paperlab/source',
    '--import',
    'tsx',
    '--input-type=module',
    '--eval',
    example as string,
  ];
  const { stdout } = await promisify(execFile)(process.execPath, arguments_, {
    env: { ...process.env, NODE_OPTIONS: '', FORCE_COLOR: '0', MLFLOW_TRACKING_URI: serverUri },
  });
  return stdout;
}

describe("the README's example does what it says", () => {
  it('a run', async () => {
    const [, runId] = /\/runs\/(\w+)\n$/.exec(await printed('Track a run')) ?? [];
    const run = await client().run(runId as string);
    expect(run?.info.status).toBe('FINISHED');
    expect(run?.data.metrics).toMatchObject([{ key: 'loss', value: 0.25, step: 1 }]);
  });

  it('a model in the registry', async () => {
    expect(await printed('A model in the registry')).toBe(
      `classes.json 21\n${serverUri}/#/models/digits/versions/1\n`,
    );
    const champion = await client().call('registered-models/get-by-alias', {
      name: 'digits',
      alias: 'champion',
    });
    const { source = '' } = champion.model_version;
    const { model } = await client().call('logged-models/get', { model_id: source.replace('models:/', '') });
    expect(model.info).toMatchObject({ name: 'lenet5', status: 'LOGGED_MODEL_READY' });
  });
});
