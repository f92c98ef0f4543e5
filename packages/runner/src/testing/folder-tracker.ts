import type { Artifact, ModelArtifact, RunStatus, Tracker } from '@paperlab/core';
import { appendFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What a run is told, in order, and where its files lie. */
interface Told {
  readonly folder: string;
  /** `file experiment.json`, `image curves 26`, `model model 26`, `folder checkpoints/step-00000026` */
  readonly artifacts: string[];
  /** By step, in order. */
  readonly metrics: [step: number, values: Record<string, number>][];
  readonly models: ModelArtifact[];
  status?: RunStatus;
}

/**
 * A tracker that writes what a run makes into a folder: files by path, images as `images/NAME-STEP.png`, models as `models/NAME`.
 * @param refuse throws for what it is not to take
 */
export function folderTracker(folder: string, refuse: (artifact: Artifact) => void = () => undefined) {
  const told: Told = { folder, artifacts: [], metrics: [], models: [] };
  const write = (path: string, content: string | Uint8Array) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  };
  const tracker: Tracker = {
    name: 'folder',
    async start({ tags }) {
      write('tags.json', JSON.stringify(tags));
      return {
        id: folder,
        location: folder,
        metrics(values, step) {
          told.metrics.push([step, { ...values }]);
          appendFileSync(join(folder, 'metrics.jsonl'), `${JSON.stringify({ step, ...values })}\n`);
        },
        artifact(artifact) {
          refuse(artifact);
          const { kind } = artifact;
          const name = 'path' in artifact ? artifact.path : `${artifact.name} ${artifact.step}`;
          told.artifacts.push(`${kind} ${name}`);
          if (kind === 'file') write(artifact.path, artifact.content);
          else if (kind === 'image') write(`images/${artifact.name}-${artifact.step}.png`, artifact.png);
          else if (kind === 'folder')
            cpSync(artifact.folder, join(folder, artifact.path), { recursive: true });
          else {
            told.models.push(artifact);
            for (const [format, from] of Object.entries(artifact.folders))
              cpSync(from, join(folder, 'models', artifact.name, format), { recursive: true });
          }
        },
        flush: async () => undefined,
        end: async (status) => void (told.status = status),
      };
    },
  };
  const read = (path: string) => readFileSync(join(folder, path));
  return { tracker, told, read };
}
