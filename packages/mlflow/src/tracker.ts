import type { RunDescription, TrackedRun, Tracker } from '@paperlab/core';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ServerAddress, serverAddress } from './address.js';
import { removeDrafts } from './kept-files.js';
import { BackgroundDelivery } from './background-delivery.js';
import { openingRequests, type Place } from './description.js';
import { Journal, journalFile, nothingRecorded, readRecorded } from './journal.js';
import { lockFolder } from './lock.js';
import { Recording, type RecordingParts } from './recording.js';
import { StaleRuns } from './stale-runs.js';

/** Milliseconds that a run to go on with is waited for. */
const patience = 5000;

export interface MlflowOptions {
  /** Address of an MLflow server. Default: `MLFLOW_TRACKING_URI`; without either, runs are recorded on disk only. */
  readonly uri?: string;
  /** Runs are recorded in `<directory>/runs/<run>`. Default: `.paperlab`. */
  readonly directory?: string;
  /** Takes one line when something keeps points from the disk or the server. Default: `console.warn`. */
  readonly report?: (line: string) => void;
  /** Every model that a run logs becomes a version of this registered model, made if there is none. Default: none does. */
  readonly registeredModelName?: string;
  /** Alias that the newest of these versions gets: `champion`, for `models:/NAME@champion`. Default: none. */
  readonly registeredModelAlias?: string;
}

/**
 * Records runs in MLflow. Everything is written to local files first, once a second, and sent from there in the
 * background; a server that is slow, away or unwilling costs training nothing.
 *
 * `MLFLOW_EXPERIMENT_NAME` or `MLFLOW_EXPERIMENT_ID` say in which experiment of MLflow, by default the one of the
 * experiment's name. `MLFLOW_RUN_ID` names a run on the server that the next run goes on with. As in Python.
 */
export function mlflow(options: MlflowOptions = {}): Tracker {
  return {
    name: 'mlflow',
    async start(run) {
      const { uri, directory = '.paperlab', report = console.warn } = options;
      const { registeredModelName: model, registeredModelAlias: alias } = options;
      const registered = model === undefined ? undefined : { name: model, ...(alias && { alias }) };
      const settings = { address: serverAddress(uri), directory, report, registered };
      try {
        const resumed = run.resume === undefined ? undefined : await continueRecording(run.resume, settings);
        return resumed ?? (await startRecording(run, settings));
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === undefined) throw error;
        throw new Error(`runs cannot be recorded in ${directory} (${code}): give another directory`);
      }
    },
  };
}

interface Settings {
  readonly address: ServerAddress | undefined;
  readonly directory: string;
  readonly report: (line: string) => void;
  readonly registered: RecordingParts['registered'];
}

async function startRecording(run: RunDescription, settings: Settings): Promise<TrackedRun> {
  const { directory } = settings;
  const startTime = Date.now();
  const name = runName(run.experiment.name, startTime);
  const folder = join(directory, 'runs', name);
  await mkdir(folder, { recursive: true });
  let unlock: (() => Promise<void>) | undefined;
  let journal: Journal | undefined;
  try {
    unlock = await lockFolder(folder);
    journal = await Journal.create(folder);
    for (const request of openingRequests(run, name, startTime, placeFrom(process.env)))
      await journal.append(request);
    const parts = { folder, journal, release: async () => unlock?.(), recorded: nothingRecorded() };
    return await record(name, parts, settings);
  } catch (error) {
    await journal?.close();
    await unlock?.();
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Goes on with a run's record; `undefined`, with a report, where there is none. */
async function continueRecording(name: string, settings: Settings): Promise<TrackedRun | undefined> {
  const { directory, report } = settings;
  const folder = join(directory, 'runs', name);
  const gone = () => report(`the record of the run is gone (${folder}): a new one begins`);
  if (!existsSync(journalFile(folder))) return void gone();
  const unlock = await lockPatiently(folder);
  if (!unlock) throw new Error(`${folder} is held by another process: is the run still going on?`);
  let journal: Journal | undefined;
  try {
    const recorded = await readRecorded(folder);
    if (!recorded.created) {
      await unlock();
      return void gone();
    }
    await removeDrafts(folder);
    journal = await Journal.continue(folder, recorded.offset);
    await journal.append({ endpoint: 'runs/update', body: { status: 'RUNNING' } });
    return await record(name, { folder, journal, release: unlock, recorded }, settings);
  } catch (error) {
    await journal?.close();
    await unlock();
    throw error;
  }
}

/** Another process may just be telling a server of the run's end, as `StaleRuns` does. */
async function lockPatiently(folder: string): Promise<Unlock | undefined> {
  const until = performance.now() + patience;
  for (;;) {
    const unlock = await lockFolder(folder);
    if (unlock || performance.now() > until) return unlock;
    await sleep(100);
  }
}
type Unlock = () => Promise<void>;

async function record(
  id: string,
  parts: Pick<RecordingParts, 'folder' | 'journal' | 'release' | 'recorded'>,
  { address, directory, report, registered }: Settings,
): Promise<TrackedRun> {
  const stale = await StaleRuns.close(directory, address);
  const delivery = address && (await BackgroundDelivery.start(parts.folder, address, report));
  const release = async () => {
    await stale.release();
    await parts.release();
  };
  return new Recording(id, { ...parts, delivery, report, release, registered });
}

/** `MLFLOW_RUN_ID` holds for one run, as in Python. */
function placeFrom(environment: NodeJS.ProcessEnv): Place {
  const place = {
    experimentName: environment.MLFLOW_EXPERIMENT_NAME,
    experimentId: environment.MLFLOW_EXPERIMENT_ID,
    runId: environment.MLFLOW_RUN_ID,
  };
  delete environment.MLFLOW_RUN_ID;
  return place;
}

/** `lenet5-mnist-20261124-093012-5f3a`: sorts by experiment, then by time (UTC). */
function runName(experiment: string, time: number): string {
  const [day, hour] = new Date(time).toISOString().replace(/[-:]/g, '').slice(0, 15).split('T');
  return `${experiment.replace(/[^\p{L}\p{N}_.-]+/gu, '-')}-${day}-${hour}-${randomUUID().slice(0, 4)}`;
}
