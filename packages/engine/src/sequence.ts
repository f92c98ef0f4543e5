import type { TracedFunction } from './compile.js';
import type { Pointer } from './c-api.js';
import type { Runtime } from './runtime.js';
import { type Draw, Trace } from './trace.js';
import type { GraphTensor, TensorSpec } from './value.js';

/** How often a function is called, and on what. */
export interface Calls {
  /** Absent: once, on the whole tensors. A number: so often, on the slices `[i, …]`, and the outputs are stacked. */
  readonly times: number | undefined;
  /** Of the arguments. */
  readonly specs: readonly TensorSpec[];
}

/**
 * A function that calls another one or several times, one call after the other, and makes the draws that it asks for. The
 * draw of a call begins when the call before it does, so that the two overlap.
 */
export function sequence(runtime: Runtime, body: TracedFunction, { times, specs }: Calls): TracedFunction {
  const recording = new Trace(runtime);
  const name = times === undefined ? `${body.name}_call` : `${body.name}_x${times}`;
  try {
    recording.import(body.name);
    const slices = specs.map(({ dtype, shape }, i) => {
      const whole = recording.input(dtype, shape, (args) => args[i]!);
      return times === undefined
        ? [whole]
        : recording.record('Unpack', [whole], { num: times, T: dtype, axis: 0 });
    });
    const captured = body.sources.slice(specs.length).map((source) => {
      const { dtype, shape } = source([]);
      return recording.input(dtype, shape, source);
    });
    const draws = new Draws(recording, body.draws);
    const results: GraphTensor[][] = [];
    let last: Pointer[] = [];
    for (let i = 0; i < (times ?? 1); i++) {
      const inputs = [...slices.map((slice) => slice[i]!), ...captured, ...draws.before(last)];
      const types = { Tin: inputs.map(({ dtype }) => dtype), Tout: body.outputs.map(({ dtype }) => dtype) };
      const call = recording.operation('StatefulPartitionedCall', inputs, { ...types, f: body.name }, last);
      recording.effect(call);
      last = [call];
      results.push(recording.outputs(call));
    }
    const outputs = body.outputs.map(({ dtype }, i) => {
      const each = results.map((result) => result[i]!);
      return times === undefined ? each[0]! : recording.record('Pack', each, { T: dtype, N: times })[0]!;
    });
    recording.define(name, outputs);
    const { sources, held } = recording;
    return { ...body, name, sources, draws: [], held, callees: [], outputs };
  } catch (error) {
    for (const tensor of recording.held) runtime.delete(tensor);
    throw error;
  } finally {
    recording.dispose();
  }
}

/** What calls that follow each other draw: in order, and no more than one call ahead. */
class Draws {
  readonly #recording: Trace;
  readonly #draws: readonly Draw[];
  #last: Pointer[] = [];
  /** When the call before began to wait. */
  #began: Pointer[] = [];

  constructor(recording: Trace, draws: readonly Draw[]) {
    this.#recording = recording;
    this.#draws = draws;
  }

  /**
   * The inputs for the next call.
   * @param call the one before it, after which it would begin if it did not have to wait
   */
  before(call: readonly Pointer[]): GraphTensor[] {
    const recording = this.#recording;
    let began = this.#now(call);
    const since = this.#began.length > 0 ? this.#began : [began.operation];
    this.#began = [began.operation];
    return this.#draws.flatMap(({ op, inputs, attributes }) => {
      const drawn = recording.operation(op, inputs, attributes, [...this.#last, ...since]);
      recording.effect(drawn);
      this.#last = [drawn];
      const ready = this.#now([began.operation, drawn]);
      // float32 would not tell the two times apart.
      const [difference] = recording.record('Sub', [ready.time, began.time]);
      const waited = recording.record('Cast', [difference!], { DstT: 'float32' });
      began = ready;
      return [...recording.outputs(drawn), ...waited];
    });
  }

  /** Seconds since 1970, once some operations have run. */
  #now(after: readonly Pointer[]): { operation: Pointer; time: GraphTensor } {
    const operation = this.#recording.operation('Timestamp', [], {}, after);
    return { operation, time: this.#recording.outputs(operation)[0]! };
  }
}
