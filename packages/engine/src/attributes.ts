import type { CApi, Pointer } from './c-api.js';
import { type DType, dtypeNumber } from './dtype.js';
import type { OpDefinition } from './op-definition.js';
import { check } from './status.js';
import type { AttributeValue, Attributes } from './value.js';

const utf8 = new TextEncoder();
const int64s = (values: readonly (number | bigint)[]) => BigInt64Array.from(values, BigInt);
const typeNumber = (value: unknown) =>
  typeof value === 'string' ? dtypeNumber(value as DType) : Number(value);

/** Sets one attribute on an op under construction, eager (`TFE_Op*`) or in a graph (`TF_OperationDescription*`). */
type Setter = (c: CApi, eager: boolean, op: Pointer, name: string, value: never) => void;

/** By attribute type, as op definitions write it. The two C APIs differ in prefix alone, but for a status here and there. */
// prettier-ignore
const SETTERS: Readonly<Record<string, Setter>> = {
  int: (c, eager, op, name, value: number) => (eager ? c.TFE_OpSetAttrInt : c.TF_SetAttrInt)(op, name, value),
  float: (c, eager, op, name, value: number) => (eager ? c.TFE_OpSetAttrFloat : c.TF_SetAttrFloat)(op, name, value),
  bool: (c, eager, op, name, value: boolean) => (eager ? c.TFE_OpSetAttrBool : c.TF_SetAttrBool)(op, name, value ? 1 : 0),
  type: (c, eager, op, name, value: DType | number) => (eager ? c.TFE_OpSetAttrType : c.TF_SetAttrType)(op, name, typeNumber(value)),
  string: (c, eager, op, name, value: string) => {
    const bytes = utf8.encode(value);
    (eager ? c.TFE_OpSetAttrString : c.TF_SetAttrString)(op, name, bytes, bytes.length);
  },
  'list(string)': (c, eager, op, name, value: readonly string[]) => {
    const bytes = value.map((text) => utf8.encode(text));
    const lengths = BigUint64Array.from(bytes, ({ length }) => BigInt(length));
    (eager ? c.TFE_OpSetAttrStringList : c.TF_SetAttrStringList)(op, name, bytes, lengths, bytes.length);
  },
  func: (c, eager, op, name, value: string) => {
    const bytes = utf8.encode(value);
    (eager ? c.TFE_OpSetAttrFunctionName : c.TF_SetAttrFuncName)(op, name, bytes, bytes.length);
  },
  shape: (c, eager, op, name, value: readonly number[]) => {
    if (eager) check(c, name, (status) => c.TFE_OpSetAttrShape(op, name, int64s(value), value.length, status));
    else c.TF_SetAttrShape(op, name, int64s(value), value.length);
  },
  tensor: (c, eager, op, name, value: { tensor: Pointer }) =>
    check(c, name, (status) => (eager ? c.TFE_OpSetAttrTensor : c.TF_SetAttrTensor)(op, name, value.tensor, status)),
  'list(int)': (c, eager, op, name, value: readonly number[]) =>
    (eager ? c.TFE_OpSetAttrIntList : c.TF_SetAttrIntList)(op, name, int64s(value), value.length),
  'list(type)': (c, eager, op, name, value: readonly DType[]) =>
    (eager ? c.TFE_OpSetAttrTypeList : c.TF_SetAttrTypeList)(op, name, Int32Array.from(value, typeNumber), value.length),
  'list(shape)': (c, eager, op, name, value: readonly (readonly number[])[]) => {
    const dims = value.map(int64s);
    const ranks = Int32Array.from(value, (shape) => shape.length);
    if (eager) check(c, name, (status) => c.TFE_OpSetAttrShapeList(op, name, dims, ranks, dims.length, status));
    else c.TF_SetAttrShapeList(op, name, dims, ranks, dims.length);
  },
};

/**
 * Sets the attributes that the op has; others are ignored, since tfjs's kernels pass a few that newer ops dropped.
 * @param inferred attributes that follow from the inputs (the count of a list) and must not be set again
 */
export function setAttributes(
  c: CApi,
  eager: boolean,
  op: Pointer,
  definition: OpDefinition,
  attributes: Attributes,
  inferred?: string,
): void {
  for (const [name, value] of Object.entries(attributes)) {
    const type = definition.attributes.get(name);
    if (!type || name === inferred) continue;
    const set = SETTERS[type] as
      ((...args: [CApi, boolean, Pointer, string, AttributeValue]) => void) | undefined;
    if (!set) throw new Error(`Attribute ${name}: attributes of type ${type} are not supported`);
    set(c, eager, op, name, value);
  }
}
