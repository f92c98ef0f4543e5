import { create, toBinary } from '@bufbuild/protobuf';
import type { Variable } from '@tensorflow/tfjs-core';
import type { TensorFlowBackend } from '../backend.js';
import { TrackableObjectGraphSchema } from '../protos/tensorflow/core/protobuf/trackable_object_graph_pb.gen.js';
import type { EagerTensor } from '../value.js';
import { checkpointKey } from './checkpoint-key.js';
import { checkpointObjects, type SavedVariable } from './objects.js';

/** Writes the variables' values by TensorFlow's own op, from where they are: `variables.index`, `variables.data-…`. */
export function writeCheckpoint(
  backend: TensorFlowBackend,
  prefix: string,
  named: ReadonlyMap<string, Variable>,
  variables: readonly SavedVariable[],
): void {
  const { runtime } = backend;
  const objects = toBinary(
    TrackableObjectGraphSchema,
    create(TrackableObjectGraphSchema, checkpointObjects(variables)),
  );
  const names = [...variables.map(({ name }) => checkpointKey(name)), '_CHECKPOINTABLE_OBJECT_GRAPH'];
  const whole = names.map(() => '');
  const owned: EagerTensor[] = [];
  const own = (tensor: EagerTensor) => {
    owned.push(tensor);
    return tensor;
  };
  try {
    const texts = (values: string[]) => own(runtime.tensor('string', [values.length], values));
    const head = [own(runtime.tensor('string', [], [prefix])), texts(names), texts(whole)];
    const values = [...named.values()].map((variable) => {
      const { value, temporary } = backend.borrow(variable);
      return temporary ? own(value) : value;
    });
    const inputs = [...head, ...values, own(runtime.tensor('string', [], [objects]))];
    const dtypes = inputs.slice(head.length).map(({ dtype }) => dtype);
    runtime.executeEagerly('SaveV2', inputs, { dtypes }, 0, 'CPU:0');
  } finally {
    for (const tensor of owned) runtime.delete(tensor);
  }
}
