import { fromBinary } from '@bufbuild/protobuf';
import { filledBuffer } from './buffer.js';
import { shortDeviceName } from './device.js';
import { RunMetadataSchema } from './protos/tensorflow/core/protobuf/config_pb.gen.js';
import type { Runtime } from './runtime.js';
import { check } from './status.js';

/** What of a function runs on one device, after TensorFlow placed and optimised it. */
export interface Partition {
  /** `GPU:1` */
  readonly device: string;
  readonly operations: readonly {
    readonly name: string;
    /** TensorFlow's op: `Conv2D`; `_Send` and `_Recv` where a tensor crosses devices. */
    readonly op: string;
    /** Names of the operations whose outputs it takes, with `:1` for a second output and so on; `^` for mere order. */
    readonly inputs: readonly string[];
  }[];
}

/** The partitions of the functions that are called for the first time while `run` runs. */
export async function partitionsDuring(runtime: Runtime, run: () => Promise<unknown>): Promise<Partition[]> {
  collectPartitions(runtime, true);
  try {
    await run();
    return collectedPartitions(runtime).flat();
  } finally {
    collectPartitions(runtime, false);
  }
}

/** Whether TensorFlow keeps the partitions of functions that are called for the first time. */
export function collectPartitions({ c, context }: Runtime, on: boolean): void {
  if (on) c.TFE_ContextEnableGraphCollection(context);
  else c.TFE_ContextDisableGraphCollection(context);
}

/** Takes what was collected since the last time, for each function. */
export function collectedPartitions({ c, context }: Runtime): Partition[][] {
  const serialized = filledBuffer(c, (buffer) =>
    check(c, 'TFE_ContextExportRunMetadata', (status) =>
      c.TFE_ContextExportRunMetadata(context, buffer, status),
    ),
  );
  return fromBinary(RunMetadataSchema, serialized).functionGraphs.map(({ partitionGraphs }) =>
    partitionGraphs.map(({ node }) => ({
      device: shortDeviceName(node.find(({ device }) => device !== '')?.device ?? ''),
      operations: node.map(({ name, op, input }) => ({ name, op, inputs: input })),
    })),
  );
}
