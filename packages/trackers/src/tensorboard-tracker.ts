import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Artifact, RunDescription, RunStatus, TrackedRun, Tracker } from '@paperlab/core';
import { appendFile, readdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { eventRecord, eventsIn } from './event-file.js';
import type { SummarySchema } from './protos/tensorflow/core/framework/summary_pb.gen.js';
import { DataType } from './protos/tensorflow/core/framework/types_pb.gen.js';
import type { EventSchema } from './protos/tensorflow/core/util/event_pb.gen.js';
import { type RecordOptions, runFolder } from './run-folder.js';
import { WriteQueue } from './write-queue.js';

/**
 * Writes TensorBoard's event files: metrics as scalars, pictures as images, and the parameters as a table of text. The variants of a
 * study lie in its folder, so that TensorBoard shows them together. `tensorboard --logdir .paperlab/tensorboard`, the
 * default directory.
 */
export function tensorboard({
  directory = '.paperlab/tensorboard',
  report = console.warn,
}: RecordOptions = {}): Tracker {
  return {
    name: 'tensorboard',
    async start(run) {
      const { id, folder } = await runFolder(run, directory);
      const recorded = run.resume === undefined ? new Set<string>() : await recordedIn(folder);
      const time = Math.floor(Date.now() / 1000);
      const path = join(folder, `events.out.tfevents.${time}.${hostname()}.${process.pid}.${files++}`);
      return new TensorBoardRun(id, folder, run, recorded, new EventWriter(path, report));
    },
  };
}

/** Tells the files of a process apart. */
let files = 0;

class TensorBoardRun implements TrackedRun {
  readonly id: string;
  readonly location: string;
  readonly #events: EventWriter;
  /** `tag at step` of what the record had before. */
  readonly #recorded: ReadonlySet<string>;
  #ended = false;

  constructor(
    id: string,
    folder: string,
    run: RunDescription,
    recorded: ReadonlySet<string>,
    events: EventWriter,
  ) {
    this.id = id;
    this.location = folder;
    this.#events = events;
    this.#recorded = recorded;
    events.add({ what: { case: 'fileVersion', value: 'brain.Event:2' } });
    if (run.resume === undefined) events.summary([parameters(run)], 0);
  }

  metrics(values: Readonly<Record<string, number>>, step: number): void {
    const summary = Object.entries(values).map(([tag, value]) => ({
      tag,
      value: { case: 'simpleValue' as const, value },
    }));
    this.#write(summary, step);
  }

  artifact(artifact: Artifact): void {
    if (artifact.kind !== 'image') return;
    const { name, step, png } = artifact;
    // The first chunk of a PNG begins with its width and height.
    const [width, height] = [0, 4].map((at) => Buffer.from(png).readUInt32BE(16 + at)) as [number, number];
    const image = { width, height, colorspace: 3, encodedImageString: png };
    this.#write([{ tag: name, value: { case: 'image' as const, value: image } }], step);
  }

  flush(): Promise<void> {
    return this.#events.settled();
  }

  async end(_status: RunStatus): Promise<void> {
    this.#ended = true;
    await this.#events.settled();
  }

  #write(values: readonly Value[], step: number): void {
    const fresh = values.filter(({ tag }) => !this.#recorded.has(`${tag} at ${step}`));
    if (fresh.length > 0 && !this.#ended) this.#events.summary(fresh, step);
  }
}

type Value = NonNullable<MessageInitShape<typeof SummarySchema>['value']>[number];

/** Adds events to a file. */
class EventWriter {
  readonly #path: string;
  readonly #queue: WriteQueue;

  constructor(path: string, report: (line: string) => void) {
    this.#path = path;
    this.#queue = new WriteQueue(path, report);
  }

  add(event: MessageInitShape<typeof EventSchema>): void {
    const record = eventRecord({ wallTime: Date.now() / 1000, ...event });
    this.#queue.add(() => appendFile(this.#path, record));
  }

  summary(value: readonly Value[], step: number): void {
    this.add({ step: BigInt(step), what: { case: 'summary', value: { value: [...value] } } });
  }

  settled(): Promise<void> {
    return this.#queue.settled();
  }
}

/** As a table in Markdown, for TensorBoard's text tab. */
function parameters({ params }: RunDescription): Value {
  const rows = Object.entries(params).map(([key, value]) => `| ${key} | ${value.replaceAll('|', '\\|')} |`);
  const text = ['| parameter | value |', '| --- | --- |', ...rows].join('\n');
  return {
    tag: 'parameters',
    metadata: { pluginData: { pluginName: 'text' } },
    value: {
      case: 'tensor',
      value: {
        dtype: DataType.DT_STRING,
        tensorShape: { dim: [{ size: 1n }] },
        stringVal: [Buffer.from(text)],
      },
    },
  };
}

async function recordedIn(folder: string): Promise<Set<string>> {
  const names = (await readdir(folder)).filter((name) => name.startsWith('events.out.tfevents.'));
  const recorded = new Set<string>();
  for (const name of names) {
    for (const { step, what } of eventsIn(await readFile(join(folder, name))))
      if (what.case === 'summary') for (const { tag } of what.value.value) recorded.add(`${tag} at ${step}`);
  }
  return recorded;
}
