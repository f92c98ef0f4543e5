import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { type XSpace, XSpaceSchema } from '../protos/tsl/profiler/protobuf/xplane_pb.gen.js';
import { recordedEvents } from './recorded-events.js';

type Recorded = readonly [name: string, start: number, end: number, stats?: Record<string, string>];

/** What the profiler gives for events in microseconds, by thread. An op's name is `NODE:OP`. */
function space(threads: Readonly<Record<string, readonly Recorded[]>>): XSpace {
  const ids = new Map<string, bigint>();
  const id = (name: string) => {
    if (!ids.has(name)) ids.set(name, BigInt(ids.size + 1));
    return ids.get(name)!;
  };
  const lines = Object.entries(threads).map(([name, events]) => ({
    name,
    timestampNs: 1000n, // a microsecond
    events: events.map(([name, start, end, stats = {}]) => ({
      metadataId: id(name),
      data: { case: 'offsetPs' as const, value: BigInt(start * 1e6) },
      durationPs: BigInt((end - start) * 1e6),
      stats: Object.entries(stats).map(([name, value]) => ({
        metadataId: id(name),
        value: { case: 'strValue' as const, value },
      })),
    })),
  }));
  const names = [...ids].map(([name, id]) => [String(id), name] as const);
  const displayName = (name: string) => (/^[^:]+:[A-Z_]\w*$/.exec(name) ? name.split(':')[1]! : '');
  return create(XSpaceSchema, {
    planes: [
      { name: 'Task Environment' },
      {
        name: '/host:CPU',
        lines,
        eventMetadata: Object.fromEntries(
          names.map(([id, name]) => [id, { name, displayName: displayName(name) }]),
        ),
        statMetadata: Object.fromEntries(names.map(([id, name]) => [id, { name }])),
      },
    ],
  });
}

const process = (start: number, end: number, id: string): Recorded => {
  return ['ExecutorState::Process', start, end, { id }];
};
const run = (start: number, id: string): Recorded => ['FunctionRun', start, start + 1, { id }];
const call: Recorded = ['EagerExecute', 0, 100, { eager_op: 'train_3' }];

describe('what the profiler recorded', () => {
  it('becomes ops and calls, in their order, by the ops that are known to users', () => {
    const { ops, calls } = recordedEvents(
      space({
        node: [call, run(5, '7')],
        worker: [
          process(10, 90, '7'),
          ['Conv2D_2:_MklNativeConv2D', 11, 30],
          ['MemoryAllocation', 12, 12],
          ['StatefulPartitionedCall_4/Relu_3:Relu', 31, 35],
        ],
        collective_ops: [
          ['CollectiveReduce_9:CollectiveReduce', 20, 99, { step_id: '7' }],
          ['ExecutorState::ProcessAsync::Done', 80, 98, { name: 'CollectiveReduce_9', step_id: '7' }],
        ],
      }),
      [],
      'CPU:0',
    );
    expect(calls).toEqual([{ name: 'train_3', thread: 'node', start: 1, duration: 100 }]);
    const [device, pipeline] = ['CPU:0', false];
    expect(ops).toEqual([
      { op: 'Conv2D', node: 'Conv2D_2', device, thread: 'worker', start: 12, duration: 19, pipeline },
      {
        op: 'CollectiveReduce',
        node: 'CollectiveReduce_9',
        device,
        thread: 'collective_ops',
        start: 21,
        duration: 60,
        pipeline,
      },
      { op: 'Relu', node: 'Relu_3', device, thread: 'worker', start: 32, duration: 4, pipeline },
    ]);
  });

  it('tells functions of input pipelines from those that calls run, directly or by other functions', () => {
    const { ops } = recordedEvents(
      space({
        node: [call, run(5, '1')],
        worker: [
          process(10, 40, '1'),
          ['While_1:While', 11, 20],
          run(12, '2'),
          ['IteratorGetNext_1:IteratorGetNext', 21, 30],
          run(22, '3'),
          process(23, 29, '3'),
          ['Decode_1:DecodeJpeg', 24, 28],
        ],
        other: [process(15, 18, '2'), ['Add_1:Add', 16, 17]],
        tf_data: [run(0, '4'), process(50, 60, '4'), ['Cast_1:Cast', 51, 52]],
      }),
      [],
      'GPU:0',
    );
    expect(ops.map(({ op, pipeline }) => [op, pipeline])).toEqual([
      ['While', false],
      ['Add', false],
      ['IteratorGetNext', false],
      ['DecodeJpeg', true],
      ['Cast', true],
    ]);
  });

  it('finds the devices in the graph that ran', () => {
    const graph = (entries: Record<string, string>) => new Map(Object.entries(entries));
    const { ops } = recordedEvents(
      space({
        node: [call, run(5, '1')],
        worker: [
          process(10, 90, '1'),
          ['Add_1:Add', 11, 12],
          ['Mul_2:Mul', 13, 14],
          ['Neg_3:Neg', 15, 16],
          ['Sub_4:Sub', 17, 18],
        ],
        tf_data: [run(0, '4'), process(50, 60, '4'), ['Add_1:Add', 51, 52]],
      }),
      [
        graph({ Add_1: 'CPU:1', Neg_9: 'CPU:1' }),
        graph({ Add_1: 'CPU:0', Mul_2: 'CPU:1', Neg_3: 'CPU:1' }),
        graph({ Exp_1: 'CPU:0' }),
      ],
      undefined,
    );
    expect(ops.map(({ op, device }) => [op, device])).toEqual([
      ['Add', 'CPU:0'],
      ['Mul', 'CPU:1'],
      ['Neg', 'CPU:1'],
      ['Sub', ''],
      ['Add', 'CPU:0'], // of a pipeline
    ]);
  });

  it('is nothing where nothing was recorded', () => {
    expect(recordedEvents(create(XSpaceSchema), [], 'CPU:0')).toEqual({ ops: [], calls: [] });
  });
});
