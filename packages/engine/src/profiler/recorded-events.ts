import type { CallEvent, OpEvent } from '@paperlab/core';
import type { XEvent, XPlane, XSpace } from '../protos/tsl/profiler/protobuf/xplane_pb.gen.js';

/** Where an operation ran: device by its name in the graph, among the graphs that were executed. */
export type DevicesOfNodes = ReadonlyMap<string, string>;

/**
 * The ops and calls in what TensorFlow's profiler recorded on the host. Its events nest by time on each thread: a call
 * of a function (`EagerExecute`) starts executors (`FunctionRun`), which process (`ExecutorState::Process`, on any
 * thread) one op after the other (`NODE:OP`). What an executor runs has the id of its step. Steps that no call started
 * are those of input pipelines.
 * @param graphs that may have run: of each, the devices of its operations
 * @param onlyDevice of all ops, where there is but one
 */
export function recordedEvents(
  space: XSpace,
  graphs: readonly DevicesOfNodes[],
  onlyDevice: string | undefined,
): { ops: OpEvent[]; calls: CallEvent[] } {
  const plane = space.planes.find(({ name }) => name === '/host:CPU');
  if (!plane) return { ops: [], calls: [] };
  const calls: CallEvent[] = [];
  const ran: Ran[] = [];
  const steps = new Steps();
  for (const line of plane.lines) {
    const around: Span[] = [];
    const thread = line.name;
    const offset = Number(line.timestampNs) / 1e3;
    for (const span of spansOf(plane, line.events, offset)) {
      while (around.length > 0 && around.at(-1)!.end <= span.start) around.pop();
      if (span.op !== undefined) ran.push({ span, thread, step: span.step ?? stepOf(around) });
      else if (span.name === DONE) {
        const done = around.findLast(({ op, name }) => op !== undefined && name === span.called);
        if (done) done.end = span.start;
      } else if (span.name === 'EagerExecute') {
        const { start, end } = span;
        calls.push({ name: span.called ?? '', thread, start, duration: end - start });
      } else if (span.name === 'FunctionRun') steps.started(span.step!, around);
      around.push(span);
    }
  }
  const ofCalls = steps.ofCalls();
  const devices = onlyDevice === undefined ? devicesOfSteps(ran, graphs) : new Map<string, DevicesOfNodes>();
  const ops = ran.map(({ span, thread, step }): OpEvent => {
    const pipeline = step !== undefined && !ofCalls.has(step);
    const placed = onlyDevice ?? devices.get(step ?? '')?.get(span.name) ?? '';
    return {
      op: span.op!,
      node: span.name.replace(/^(StatefulPartitionedCall(_\d+)?\/)+/, ''), // a step of several in one call
      device: pipeline ? 'CPU:0' : placed,
      thread,
      start: span.start,
      duration: span.end - span.start,
      pipeline,
    };
  });
  return { ops: ops.sort((a, b) => a.start - b.start), calls: calls.sort((a, b) => a.start - b.start) };
}

/** An event of one thread, in microseconds. */
interface Span {
  readonly name: string;
  /** Type of the op, if it is one. */
  readonly op: string | undefined;
  readonly step: string | undefined;
  /** The function or op that was called, or the operation that was done. */
  readonly called: string | undefined;
  readonly start: number;
  /** Moved forward where the op was done before. */
  end: number;
}

interface Ran {
  readonly span: Span;
  readonly thread: string;
  readonly step: string | undefined;
}

/** An asynchronous op gave its result, and the executor goes on with it inside the op's event. */
const DONE = 'ExecutorState::ProcessAsync::Done';
const WANTED = new Set(['EagerExecute', 'FunctionRun', 'ExecutorState::Process', DONE]);

/** The events of a thread that matter, outer ones before those inside them. */
function spansOf(plane: XPlane, events: readonly XEvent[], offset: number): Span[] {
  const spans: Span[] = [];
  for (const event of events) {
    const { name = '', displayName = '' } = plane.eventMetadata[String(event.metadataId)] ?? {};
    const isOp = displayName !== '' && name.endsWith(`:${displayName}`) && !name.startsWith('Iterator::');
    if (!isOp && !WANTED.has(name)) continue;
    const stats = statsOf(plane, event);
    const at = event.data.case === 'offsetPs' ? Number(event.data.value) / 1e6 : 0;
    spans.push({
      name: isOp ? name.slice(0, -displayName.length - 1) : name,
      // oneDNN's kernels stand in for the ops whose names follow the prefix.
      op: isOp ? displayName.replace(/^_Mkl(Native)?/, '') : undefined,
      step: stats['step_id'] ?? stats['id'],
      called: stats['eager_op'] ?? stats['name'],
      start: offset + at,
      end: offset + at + Number(event.durationPs) / 1e6,
    });
  }
  return spans.sort((a, b) => a.start - b.start || b.end - a.end);
}

function statsOf(plane: XPlane, { stats }: XEvent): Partial<Record<string, string>> {
  return Object.fromEntries(
    stats.map(({ metadataId, value }) => {
      const text =
        value.case === 'refValue' ? plane.statMetadata[String(value.value)]?.name : String(value.value);
      return [plane.statMetadata[String(metadataId)]?.name ?? '', text];
    }),
  );
}

const stepOf = (around: readonly Span[]) => around.findLast(({ name }) => name.startsWith('Executor'))?.step;

/** Which steps belong to calls: those that a call started, and those that ops in them started. */
class Steps {
  readonly #roots = new Set<string>();
  readonly #startedBy = new Map<string, string>();

  started(step: string, around: readonly Span[]): void {
    if (around.some(({ op }) => op?.startsWith('IteratorGetNext'))) return; // a function of the pipeline
    const by = stepOf(around);
    if (by !== undefined) this.#startedBy.set(step, by);
    else if (around.some(({ name }) => name === 'EagerExecute')) this.#roots.add(step);
  }

  ofCalls(): Set<string> {
    const steps = new Set(this.#roots);
    for (let size = -1; size !== steps.size;) {
      size = steps.size;
      for (const [step, by] of this.#startedBy) if (steps.has(by)) steps.add(step);
    }
    return steps;
  }
}

/** Which graph each step ran: the one that has most of its operations, for events name no function. */
function devicesOfSteps(ran: readonly Ran[], graphs: readonly DevicesOfNodes[]): Map<string, DevicesOfNodes> {
  const nodes = new Map<string, Set<string>>();
  for (const { span, step } of ran) {
    if (step === undefined) continue;
    if (!nodes.has(step)) nodes.set(step, new Set());
    nodes.get(step)!.add(span.name);
  }
  const found = new Map<string, DevicesOfNodes>();
  for (const [step, names] of nodes) {
    let most = 0;
    for (const graph of graphs) {
      const matching = [...names].filter((name) => graph.has(name)).length;
      if (matching > most) [most] = [matching, found.set(step, graph)];
    }
  }
  return found;
}
