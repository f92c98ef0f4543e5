import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** What a program of this folder reports: TensorFlow's runtime has the devices that the first engine of a process asks for. */
export async function runChild<Report>(
  name: string,
  args: readonly string[] = [],
  environment: NodeJS.ProcessEnv = {},
): Promise<Report> {
  const program = fileURLToPath(new URL(name, import.meta.url));
  const options = ['--import', 'tsx', '--conditions=@paperlab/source', '--no-warnings', program, ...args];
  const env = {
    ...process.env,
    NODE_OPTIONS: '',
    TF_CPP_MIN_LOG_LEVEL: '3',
    UV_THREADPOOL_SIZE: '16',
    ...environment,
  };
  const { stdout } = await promisify(execFile)(process.execPath, options, { env, maxBuffer: 2 ** 26 });
  return JSON.parse(stdout) as Report;
}
