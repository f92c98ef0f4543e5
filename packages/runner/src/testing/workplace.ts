import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const paperlab = fileURLToPath(new URL('../../bin/paperlab.cjs', import.meta.url));

/** How a program ended, and what it printed. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder of experiment files in which `paperlab` is run; inside this package, so that they find `@paperlab/core`. */
export class Workplace {
  readonly folder = mkdtempSync(join(fileURLToPath(new URL('../..', import.meta.url)), '.test-'));

  write(name: string, text: string): string {
    mkdirSync(dirname(join(this.folder, name)), { recursive: true });
    writeFileSync(join(this.folder, name), text);
    return name;
  }

  /** Runs `paperlab` to its end. */
  run(...args: string[]): Promise<Ended> {
    return this.start([process.execPath, paperlab, ...args]).ended;
  }

  start([file, ...args]: readonly [string, ...string[]], variables: NodeJS.ProcessEnv = {}) {
    const { MLFLOW_TRACKING_URI: _, NODE_OPTIONS: __, ...env } = process.env;
    const child = spawn(file, args, { cwd: this.folder, env: { ...env, ...variables } });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => (output.stdout += chunk));
    child.stderr.on('data', (chunk) => (output.stderr += chunk));
    const ended = once(child, 'close').then(([status]): Ended => ({
      status: status as number | null,
      ...output,
    }));
    /** Resolves when the program has printed something that matches. */
    const printed = async (pattern: RegExp) => {
      while (!pattern.test(output.stdout + output.stderr)) {
        if (child.exitCode !== null) throw new Error(`it ended first: ${output.stdout}${output.stderr}`);
        await sleep(20);
      }
    };
    return { child, ended, printed };
  }

  /** What the last run recorded: MLflow requests. */
  recorded(): { endpoint: string; body: Record<string, unknown> }[] {
    const runs = join(this.folder, '.paperlab/runs');
    const requests = readFileSync(join(runs, readdirSync(runs).sort().at(-1)!, 'requests.jsonl'), 'utf8');
    return requests
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  }

  /** A file of the newest checkpoint in a folder of runs. */
  newest(folder: string, file: string): Buffer {
    let path = join(this.folder, folder);
    for (let depth = 0; depth < 2; depth++) path = join(path, readdirSync(path).sort().at(-1)!);
    return readFileSync(join(path, file));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** An experiment on made-up images of 4 x 4 with one bright quarter, which is the class. */
export const experimentFile = (changes = '', more = '') => `
import { adam, defineExperiment, sgd, type Dataset } from '@paperlab/core';
import { layers, sequential } from '@tensorflow/tfjs-layers';

const quarters: Dataset = {
  name: 'quarters',
  classNames: ['a', 'b', 'c', 'd'],
  imageShape: [4, 4, 1],
  async open(split) {
    const size = split === 'train' ? 640 : 40;
    const labels = Int32Array.from({ length: size }, (_, i) => i % 4);
    const images = Uint8Array.from({ length: size * 16 }, (_, i) => {
      const pixel = i % 16;
      const quarter = (pixel >= 8 ? 2 : 0) + (pixel % 4 >= 2 ? 1 : 0);
      return quarter === labels[Math.floor(i / 16)] ? 200 : 20;
    });
    return {
      size,
      source: { kind: 'arrays', images, shape: [4, 4, 1], labels },
      transforms: [{ name: 'scale', factor: 1 / 255, offset: 0 }],
      digest: 'quarters',
    };
  },
};
const build = () => sequential({ layers: [layers.flatten({ inputShape: [4, 4, 1] }), layers.dense({ name: 'output', units: 4 })] });
void sgd;
export const experiment = defineExperiment({
  name: 'quarters',
  model: { name: 'linear', inputShape: [4, 4, 1], classes: 4, build },
  dataset: quarters,
  optimizer: adam({ learningRate: 0.05 }),
  batchSize: 16,
  epochs: 2,
  ${changes}
});
${more}`;
