import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './documents.js';

/** A command line of a page, in words. Variables before it, a prompt and what stands behind a pipe are left out. */
export function commandLines(text: string): string[][] {
  return text
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map((line) =>
      line
        .replace(/^\$ /, '')
        .replace(/ +#.*$/, '')
        .trim(),
    )
    .map((line) => line.replace(/^(\w+=('[^']*'|\$\([^)]*\)|\S*) +)+/, '').split(/'$| (?:[|&;]|\d?>)/)[0]!)
    .map((line) => line.split(/\s+/))
    .filter(([program]) => ['npx', 'npm', 'paperlab', 'node'].includes(program!));
}

/** What is wrong with a command line, or nothing. */
export async function complaint(words: readonly string[]): Promise<string | undefined> {
  const [program, first, second] = words;
  if (program === 'paperlab') return paperlab(words.slice(1));
  if (program === 'node')
    return first!.startsWith('-') || existsSync(join(root, first!)) ? undefined : `no file ${first}`;
  if (program === 'npx') {
    if (first === 'paperlab') return paperlab(words.slice(2));
    return existsSync(join(root, 'node_modules', '.bin', first!)) ? undefined : `no program ${first}`;
  }
  if (first !== 'run')
    return ['start', 'test', 'install', 'ci'].includes(first!) ? undefined : `no npm ${first}`;
  const folder = words.includes('-w') ? words[words.indexOf('-w') + 1]! : '.';
  const { scripts } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  if (!(second! in scripts)) return `no script ${second} in ${folder}`;
  return second === 'paperlab' ? paperlab(words.slice(words.indexOf('--') + 1)) : undefined;
}

async function paperlab(words: readonly string[]): Promise<string | undefined> {
  const program = await described();
  const name =
    !words[0] || words[0].startsWith('-') ? '' : words.slice(0, words[0] === 'bench' ? 2 : 1).join(' ');
  const command = program[name];
  if (!command) return `no command ${name}`;
  if (command.free) return; // options of plugins, which they check
  const options = [...command.options, ...(name === 'launch' ? program['train']!.options : [])];
  const missing = words
    .map((word) => word.replace(/=.*/, ''))
    .find(
      (word) =>
        word.startsWith('--') &&
        !/^--(model|dataset|optimizer)(\.\w+)?$/.test(word) &&
        !options.includes(word),
    );
  return missing && `${`paperlab ${name}`.trim()} has no ${missing}`;
}

type Program = Readonly<Record<string, { readonly options: readonly string[]; readonly free: boolean }>>;
let program: Promise<Program> | undefined;

const described = () => (program ??= describeProgram());

async function describeProgram(): Promise<Program> {
  const child = join(import.meta.dirname, 'program.child.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [child], {
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  return JSON.parse(stdout);
}
