import type { Artifact, ModelArtifact } from '@paperlab/core';
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { artifactFile, type Content, filesIn, keepFile, modelFile } from './kept-files.js';
import { imagePaths, imagePrefix, imagesTag } from './image-names.js';
import { type Journal, keptFile, modelName, type Recorded } from './journal.js';
import { invalid } from './errors.js';
import { modelFiles } from './logged-model.js';

/** Bytes that wait in memory for the disk. */
const maximumBytes = 256 * 2 ** 20;

export interface ArtifactOptions {
  readonly folder: string;
  readonly journal: Journal;
  /** What the journal held when it was opened. */
  readonly recorded: Recorded;
  readonly registered: { readonly name: string; readonly alias?: string } | undefined;
  /** Takes a line about each artifact that is lost, and why. */
  readonly report: (about: string, line: string) => void;
}

/** Keeps what a run makes beside numbers: one thing after the other, file first, then its line in the journal. */
export class RecordedArtifacts {
  readonly #options: ArtifactOptions;
  #work: Promise<void> = Promise.resolve();
  #bytes = 0;
  #lost = 0;
  #tagged: boolean;

  constructor(options: ArtifactOptions) {
    this.#options = options;
    this.#tagged = [...options.recorded.artifacts.keys()].some((path) => path.startsWith('images/'));
  }

  /** Artifacts that the disk did not take. */
  get lost(): number {
    return this.#lost;
  }

  /** Returns at once. Bytes are the caller's again then, folders when `settled` resolves. */
  take(artifact: Artifact): void {
    const bytes = bytesOf(artifact);
    const named = nameOf(artifact);
    if (this.#bytes > 0 && this.#bytes + bytes > maximumBytes) {
      this.#lost++;
      const waiting = `${Math.round(this.#bytes / 2 ** 20)} MB wait to be written to ${this.#options.folder}`;
      return this.#options.report('artifacts wait', `${named} and others are lost: ${waiting}`);
    }
    this.#bytes += bytes;
    const timestamp = Date.now();
    const kept = copied(artifact);
    this.#work = this.#work
      .then(() => this.#keep(kept, timestamp))
      .catch((error: NodeJS.ErrnoException) => {
        this.#lost++;
        this.#options.report(`artifact ${error.code ?? named}`, `${named} is not recorded: ${error.message}`);
      })
      .finally(() => (this.#bytes -= bytes));
  }

  /** Resolves when all that was taken is on disk or reported. */
  async settled(): Promise<void> {
    await this.#work;
  }

  async #keep(artifact: Artifact, timestamp: number): Promise<void> {
    if (artifact.kind === 'file') return this.#put(artifact.path, artifact.content as Uint8Array);
    if (artifact.kind === 'image') return this.#image(artifact, timestamp);
    if (artifact.kind === 'model') return this.#model(artifact);
    for (const { path, file } of await filesIn(artifact.folder))
      await this.#put(`${artifact.path}/${path}`, { file });
  }

  /** A file that is there already with the same content is not recorded again. */
  async #put(path: string, content: Content): Promise<void> {
    const { folder, journal, recorded } = this.#options;
    checkPath(path);
    const before = recorded.artifacts.get(path);
    const version = (before?.version ?? 0) + 1;
    const file = artifactFile(folder, { path, version });
    const kept = await keepFile(folder, file, content);
    const remove = (unwanted: string) => rm(unwanted, { force: true });
    if (kept.sha256 === before?.sha256) return remove(file);
    await journal
      .append({ endpoint: 'artifacts/put', body: { path, ...kept, version } })
      .catch(async (error) => {
        await remove(file);
        throw error;
      });
    recorded.artifacts.set(path, { version, sha256: kept.sha256 });
    // Now that the journal names its successor.
    if (before) await remove(artifactFile(folder, { path, version: before.version }));
  }

  async #image({ name, step, png }: Artifact & { kind: 'image' }, timestamp: number): Promise<void> {
    const { journal, recorded } = this.#options;
    const prefix = imagePrefix(name, step);
    if ([...recorded.artifacts.keys()].some((path) => path.startsWith(prefix))) return;
    for (const path of imagePaths(name, step, timestamp)) await this.#put(path, png);
    if (this.#tagged) return;
    await journal.append({ endpoint: 'runs/log-batch', body: { tags: [imagesTag] } });
    this.#tagged = true;
  }

  async #model(artifact: ModelArtifact): Promise<void> {
    const { folder, journal, recorded, registered } = this.#options;
    const { name, step } = artifact;
    if (recorded.models.has(modelName(artifact))) return;
    const key = randomUUID();
    try {
      const files = [];
      for (const [path, content] of await modelFiles(artifact)) {
        checkPath(path);
        files.push({ path, ...(await keepFile(folder, modelFile(folder, key, path), content)) });
      }
      const body = { name, key, step, files, ...(registered && { registered }) };
      await journal.append({ endpoint: 'logged-models/create', body });
    } catch (error) {
      await rm(join(folder, 'models', key), { recursive: true, force: true });
      throw error;
    }
    recorded.models.add(modelName(artifact));
  }
}

function checkPath(path: string): void {
  const checked = keptFile.shape.path.safeParse(path);
  if (!checked.success) throw invalid(`"${path}"`, checked.error);
}

function nameOf(artifact: Artifact): string {
  if ('path' in artifact) return `${artifact.kind} "${artifact.path}"`;
  return `${artifact.kind} "${artifact.name}" of step ${artifact.step}`;
}

function bytesOf(artifact: Artifact): number {
  if (artifact.kind === 'file') return Buffer.byteLength(artifact.content);
  return artifact.kind === 'image' ? artifact.png.length : 0;
}

/** The caller may write into its bytes again. */
function copied(artifact: Artifact): Artifact {
  if (artifact.kind === 'file') return { ...artifact, content: Buffer.from(artifact.content as Uint8Array) };
  return artifact.kind === 'image' ? { ...artifact, png: Buffer.from(artifact.png) } : artifact;
}
