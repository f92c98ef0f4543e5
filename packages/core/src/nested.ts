import { Tensor } from '@tensorflow/tfjs-core';

/** The tensors of a nested structure, and what is left of it without them. */
export interface Flattened {
  /** In the order of arrays, and of objects' sorted keys. */
  readonly tensors: readonly Tensor[];
  /** The same for structures that differ in nothing but their tensors' values. */
  readonly signature: string;
  /** The same structure with other tensors, in the order of `tensors`. */
  rebuild(tensors: readonly Tensor[]): unknown;
}

/**
 * Takes a structure of tensors, arrays, plain objects and plain values apart.
 * @param describe what the signature says of a tensor; `undefined` keeps it in the structure, as a part that never changes
 * @throws if there is anything else in it; `where` begins the message
 */
export function flattenNested(
  value: unknown,
  describe: (tensor: Tensor) => string | undefined,
  where: string,
): Flattened {
  const tensors: Tensor[] = [];
  const { signature, rebuild } = visit(value);
  return { tensors, signature, rebuild };

  function visit(part: unknown): Pick<Flattened, 'signature' | 'rebuild'> {
    if (part instanceof Tensor) {
      const description = describe(part);
      if (description === undefined) return { signature: `#${part.id}`, rebuild: () => part };
      const index = tensors.push(part) - 1;
      return { signature: description, rebuild: (values) => values[index]! };
    }
    if (Array.isArray(part)) {
      const items = part.map(visit);
      return {
        signature: `[${items.map((item) => item.signature).join()}]`,
        rebuild: (values) => items.map((item) => item.rebuild(values)),
      };
    }
    if (isPlainObject(part)) {
      const members = Object.keys(part)
        .sort()
        .map((key) => [key, visit(part[key])] as const);
      return {
        signature: `{${members.map(([key, member]) => `${JSON.stringify(key)}:${member.signature}`).join()}}`,
        rebuild: (values) =>
          Object.fromEntries(members.map(([key, member]) => [key, member.rebuild(values)])),
      };
    }
    if (part === null || ['undefined', 'boolean', 'number', 'string'].includes(typeof part)) {
      return {
        signature: typeof part === 'string' ? JSON.stringify(part) : String(part),
        rebuild: () => part,
      };
    }
    throw new Error(
      `${where}: ${describeValue(part)}. It may hold tensors, arrays, plain objects and plain values.`,
    );
  }
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

const describeValue = (value: unknown) =>
  value instanceof Promise
    ? 'there is a promise in it'
    : typeof value === 'function'
      ? 'there is a function in it'
      : `there is a ${(value as object).constructor.name} in it`;
