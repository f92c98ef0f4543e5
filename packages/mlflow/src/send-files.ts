import { readFile } from 'node:fs/promises';
import { artifactFile, describeFile, modelFile } from './kept-files.js';
import type { MlflowClient } from './client.js';
import { idempotencyTag } from './creation.js';
import { type KeptFile, type ModelRequest, type Position, readJournal } from './journal.js';
import type { LoggedModel, ModelVersion, Run } from './spec.js';

/** Told before a file is sent: how large it is. */
export type BeginFile = (bytes: number) => void;

/**
 * Sends a file of a run. Any number of times: it takes its own place.
 * @param end of its line, behind which the journal may have a later file of the same path
 * @returns what is wrong with the file, if something is
 */
export async function sendArtifact(
  client: MlflowClient,
  run: Run,
  folder: string,
  kept: KeptFile & { readonly version: number },
  end: Position,
  begin: BeginFile,
): Promise<string | undefined> {
  const file = artifactFile(folder, kept);
  const problem = elsewhere(run) ?? (await problemOf(file, kept));
  if (problem) return (await isReplaced(folder, kept.path, end)) ? undefined : problem;
  begin(kept.bytes);
  await client.putFile(run, kept.path, file);
  return undefined;
}

/**
 * Makes a logged model of MLflow 3 with its files, links it to its run, and registers it, as far as the server does not
 * have it.
 * @returns what is wrong with its files, if something is
 */
export async function sendModel(
  client: MlflowClient,
  run: Run,
  folder: string,
  request: ModelRequest,
  begin: BeginFile,
): Promise<string | undefined> {
  const unreachable = elsewhere(run);
  if (unreachable) return unreachable;
  for (const kept of request.files) {
    const problem = await problemOf(modelFile(folder, request.key, kept.path), kept);
    if (problem) return problem;
  }
  const { experiment_id, run_id } = run.info;
  const tag = { key: idempotencyTag, value: request.key };
  const model = await client.createLoggedModel({
    experiment_id,
    name: request.name,
    source_run_id: run_id,
    params: [{ key: 'step', value: String(request.step) }],
    tags: [tag],
  });
  const { model_id } = model.info;
  if (model.info.status !== 'LOGGED_MODEL_READY') {
    for (const { path, bytes } of request.files) {
      begin(bytes);
      const file = modelFile(folder, request.key, path);
      if (path === 'MLmodel') await client.putArtifact(model, path, await withIds(file, model));
      else await client.putFile(model, path, file);
    }
    // A link that exists is an error to MLflow.
    const { outputs } = (await client.call('runs/get', { run_id })).run;
    if (!outputs.model_outputs.some((output) => output.model_id === model_id))
      await client.call('runs/outputs', { run_id, models: [{ model_id, step: request.step }] });
    await client.call('logged-models/finalize', { model_id, status: 'LOGGED_MODEL_READY' });
  }
  if (!request.registered) return undefined;
  const { name, alias } = request.registered;
  await client.registeredModel(name);
  const made = { name, source: `models:/${model_id}`, run_id, model_id, tags: [tag] };
  const version = await client.createModelVersion(made);
  if (alias !== undefined) await moveAlias(client, version, alias);
  return undefined;
}

/** Python says in `MLmodel` which run and model it is. */
async function withIds(file: string, { info }: LoggedModel): Promise<() => string> {
  const text = await readFile(file, 'utf8');
  return () => `${text}model_id: ${info.model_id}\nrun_id: ${info.source_run_id}\n`;
}

/** Lets an alias stand for a version, unless it stands for a newer one: an old model may be sent again later. */
async function moveAlias(client: MlflowClient, version: ModelVersion, alias: string): Promise<void> {
  const { aliases } = await client.registeredModel(version.name);
  const holder = aliases.find((held) => held.alias === alias);
  if (!holder || Number(holder.version) < Number(version.version)) await client.setAlias(version, alias);
}

/** Files go to a server that serves them itself. */
function elsewhere({ info }: Run): string | undefined {
  if (info.artifact_uri.startsWith('mlflow-artifacts:/')) return undefined;
  return `MLflow keeps artifacts at ${info.artifact_uri}, which needs a client of that store: start the server with --serve-artifacts`;
}

/** Why a file is not what the journal says. */
async function problemOf(file: string, kept: KeptFile): Promise<string | undefined> {
  try {
    const { bytes, sha256 } = await describeFile(file);
    return bytes === kept.bytes && sha256 === kept.sha256 ? undefined : `${file} is damaged`;
  } catch (error) {
    const { code = (error as Error).message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? `${file} is gone` : `${file} cannot be read (${code})`;
  }
}

/** Whether a later line has a file of the same path. */
async function isReplaced(folder: string, path: string, from: Position): Promise<boolean> {
  for await (const { request } of readJournal(folder, from))
    if (request?.endpoint === 'artifacts/put' && request.body.path === path) return true;
  return false;
}
