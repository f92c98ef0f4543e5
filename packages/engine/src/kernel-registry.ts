import { fromBinary } from '@bufbuild/protobuf';
import { bufferBytes } from './buffer.js';
import type { CApi } from './c-api.js';
import { type DType, dtypeNumber } from './dtype.js';
import { type KernelDef, KernelListSchema } from './protos/tensorflow/core/framework/kernel_def_pb.gen.js';
import { check } from './status.js';
import type { Attributes } from './value.js';

/** Which ops can run on which kinds of device, from the library's own registry. */
export class KernelRegistry {
  readonly #c: CApi;
  readonly #known = new Map<string, readonly KernelDef[]>();

  constructor(c: CApi) {
    this.#c = c;
  }

  /** Whether `op` with these attributes has a kernel for devices of this type: `CPU`, `GPU`. */
  has(op: string, deviceType: string, attributes: Attributes): boolean {
    let kernels = this.#known.get(op);
    if (!kernels) this.#known.set(op, (kernels = this.#read(op)));
    return kernels.some(
      (kernel) =>
        kernel.deviceType === deviceType &&
        kernel.constraint.every(({ name, allowedValues }) => {
          const value = attributes[name];
          const allowed = allowedValues?.value.case === 'list' ? allowedValues.value.value.type : [];
          if (allowed.length === 0 || value === undefined) return true;
          return allowed.includes(typeof value === 'string' ? dtypeNumber(value as DType) : Number(value));
        }),
    );
  }

  #read(op: string): readonly KernelDef[] {
    const c = this.#c;
    const buffer = check(c, op, (status) => c.TF_GetRegisteredKernelsForOp(op, status));
    try {
      return fromBinary(KernelListSchema, bufferBytes(buffer)).kernel;
    } finally {
      c.TF_DeleteBuffer(buffer);
    }
  }
}
