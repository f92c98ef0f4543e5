import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import koffi, { type TypeObject } from 'koffi';
import { loadNative, type NativeLibrary } from './native-library.js';

/** An address in native memory. */
export type Pointer = bigint;

/** TensorFlow's `TF_Output`: one output of one operation of a graph. */
export interface Output {
  readonly oper: Pointer;
  readonly index: number;
}

/** A C function: called on this thread, or on a thread of libuv's pool with `async`. */
interface CFunction<Args extends unknown[], Result> {
  (...args: Args): Result;
  async(...args: [...Args, (error: Error | null, result: Result) => void]): void;
}

interface Prototype<Args extends unknown[], Result> {
  readonly c: string;
  readonly types?: (...args: Args) => Result;
}

/** A row of the table: the C prototype, and the TypeScript types of its arguments and result. */
const prototype = <Args extends unknown[], Result = void>(c: string): Prototype<Args, Result> => ({ c });

type Bytes = Uint8Array;
type Dims = BigInt64Array;
type P = Pointer;
/** Filled in by the callee. */
type Out<T> = T[];

/**
 * The part of TensorFlow's C API that the engine uses, as in `tensorflow/c/c_api.h`, `c/tf_tensor.h`,
 * `c/tf_tstring.h`, `c/eager/c_api.h` and `c/eager/c_api_experimental.h`. All handles are `void*`; `TF_Output` is
 * passed by value.
 */
// prettier-ignore
const TABLE = {
  TF_Version: prototype<[], string>('const char* TF_Version()'),

  // Status
  TF_NewStatus: prototype<[], P>('void* TF_NewStatus()'),
  TF_DeleteStatus: prototype<[P]>('void TF_DeleteStatus(void*)'),
  TF_GetCode: prototype<[P], number>('int TF_GetCode(void*)'),
  TF_Message: prototype<[P], string>('const char* TF_Message(void*)'),
  TF_SetStatus: prototype<[P, number, string]>('void TF_SetStatus(void*, int, const char*)'),

  // Buffers
  TF_NewBuffer: prototype<[], P>('void* TF_NewBuffer()'),
  TF_DeleteBuffer: prototype<[P]>('void TF_DeleteBuffer(void*)'),

  // Tensors in host memory
  TF_AllocateTensor: prototype<[number, Dims, number, number], P>('void* TF_AllocateTensor(int, int64_t*, int, size_t)'),
  TF_DeleteTensor: prototype<[P]>('void TF_DeleteTensor(void*)'),
  TF_TensorType: prototype<[P], number>('int TF_TensorType(void*)'),
  TF_TensorData: prototype<[P], P>('void* TF_TensorData(void*)'),
  TF_TensorByteSize: prototype<[P], number | bigint>('size_t TF_TensorByteSize(void*)'),
  TF_TensorElementCount: prototype<[P], number | bigint>('int64_t TF_TensorElementCount(void*)'),
  TF_StringInit: prototype<[P]>('void TF_StringInit(void*)'),
  TF_StringCopy: prototype<[P, Bytes, number]>('void TF_StringCopy(void*, const void*, size_t)'),
  TF_StringGetDataPointer: prototype<[P], P>('void* TF_StringGetDataPointer(void*)'),
  TF_StringGetSize: prototype<[P], number | bigint>('size_t TF_StringGetSize(void*)'),

  // Graphs
  TF_NewGraph: prototype<[], P>('void* TF_NewGraph()'),
  TF_DeleteGraph: prototype<[P]>('void TF_DeleteGraph(void*)'),
  TF_GraphGetOpDef: prototype<[P, string, P, P]>('void TF_GraphGetOpDef(void*, const char*, void*, void*)'),
  TF_GraphGetTensorNumDims: prototype<[P, Output, P], number>('int TF_GraphGetTensorNumDims(void*, TF_Output, void*)'),
  TF_GraphGetTensorShape: prototype<[P, Output, Dims, number, P]>('void TF_GraphGetTensorShape(void*, TF_Output, _Out_ int64_t*, int, void*)'),
  TF_GraphSetTensorShape: prototype<[P, Output, Dims, number, P]>('void TF_GraphSetTensorShape(void*, TF_Output, const int64_t*, int, void*)'),
  TF_NewOperation: prototype<[P, string, string], P>('void* TF_NewOperation(void*, const char*, const char*)'),
  TF_FinishOperation: prototype<[P, P], P>('void* TF_FinishOperation(void*, void*)'),
  TF_SetDevice: prototype<[P, string]>('void TF_SetDevice(void*, const char*)'),
  TF_AddInput: prototype<[P, Output]>('void TF_AddInput(void*, TF_Output)'),
  TF_AddInputList: prototype<[P, readonly Output[], number]>('void TF_AddInputList(void*, TF_Output*, int)'),
  TF_AddControlInput: prototype<[P, P]>('void TF_AddControlInput(void*, void*)'),
  TF_OperationNumOutputs: prototype<[P], number>('int TF_OperationNumOutputs(void*)'),
  TF_OperationOutputType: prototype<[Output], number>('int TF_OperationOutputType(TF_Output)'),
  TF_SetAttrString: prototype<[P, string, Bytes, number]>('void TF_SetAttrString(void*, const char*, const void*, size_t)'),
  TF_SetAttrStringList: prototype<[P, string, readonly Bytes[], BigUint64Array, number]>('void TF_SetAttrStringList(void*, const char*, const void**, size_t*, int)'),
  TF_SetAttrInt: prototype<[P, string, number | bigint]>('void TF_SetAttrInt(void*, const char*, int64_t)'),
  TF_SetAttrIntList: prototype<[P, string, Dims, number]>('void TF_SetAttrIntList(void*, const char*, int64_t*, int)'),
  TF_SetAttrFloat: prototype<[P, string, number]>('void TF_SetAttrFloat(void*, const char*, float)'),
  TF_SetAttrBool: prototype<[P, string, number]>('void TF_SetAttrBool(void*, const char*, uint8_t)'),
  TF_SetAttrType: prototype<[P, string, number]>('void TF_SetAttrType(void*, const char*, int)'),
  TF_SetAttrTypeList: prototype<[P, string, Int32Array, number]>('void TF_SetAttrTypeList(void*, const char*, int*, int)'),
  TF_SetAttrShape: prototype<[P, string, Dims, number]>('void TF_SetAttrShape(void*, const char*, int64_t*, int)'),
  TF_SetAttrShapeList: prototype<[P, string, readonly Dims[], Int32Array, number]>('void TF_SetAttrShapeList(void*, const char*, int64_t**, int*, int)'),
  TF_SetAttrTensor: prototype<[P, string, P, P]>('void TF_SetAttrTensor(void*, const char*, void*, void*)'),
  TF_SetAttrFuncName: prototype<[P, string, Bytes, number]>('void TF_SetAttrFuncName(void*, const char*, const void*, size_t)'),
  TF_GraphToFunctionWithControlOutputs: prototype<
    [P, string, number, number, readonly P[] | null, number, readonly Output[], number, readonly Output[], null, number, readonly P[], null, null, string, P], P>(
    'void* TF_GraphToFunctionWithControlOutputs(void*, const char*, uint8_t, int, void**, int, TF_Output*, int, TF_Output*, const char**, int, void**, const char**, void*, const char*, void*)'),
  TF_GraphCopyFunction: prototype<[P, P, P | null, P]>('void TF_GraphCopyFunction(void*, void*, void*, void*)'),
  TF_DeleteFunction: prototype<[P]>('void TF_DeleteFunction(void*)'),
  TF_FunctionToFunctionDef: prototype<[P, P, P]>('void TF_FunctionToFunctionDef(void*, void*, void*)'),
  TF_GraphVersions: prototype<[P, P, P]>('void TF_GraphVersions(void*, void*, void*)'),

  // Kernels
  TF_GetRegisteredKernelsForOp: prototype<[string, P], P>('void* TF_GetRegisteredKernelsForOp(const char*, void*)'),

  // The eager runtime
  TFE_NewContextOptions: prototype<[], P>('void* TFE_NewContextOptions()'),
  TFE_ContextOptionsSetConfig: prototype<[P, Bytes, number, P]>('void TFE_ContextOptionsSetConfig(void*, const void*, size_t, void*)'),
  TFE_DeleteContextOptions: prototype<[P]>('void TFE_DeleteContextOptions(void*)'),
  TFE_NewContext: prototype<[P, P], P>('void* TFE_NewContext(void*, void*)'),
  TFE_DeleteContext: prototype<[P]>('void TFE_DeleteContext(void*)'),
  TFE_ContextListDevices: prototype<[P, P], P>('void* TFE_ContextListDevices(void*, void*)'),
  TF_DeviceListCount: prototype<[P], number>('int TF_DeviceListCount(void*)'),
  TF_DeviceListName: prototype<[P, number, P], string>('const char* TF_DeviceListName(void*, int, void*)'),
  TF_DeviceListType: prototype<[P, number, P], string>('const char* TF_DeviceListType(void*, int, void*)'),
  TF_DeviceListMemoryBytes: prototype<[P, number, P], number | bigint>('int64_t TF_DeviceListMemoryBytes(void*, int, void*)'),
  TF_DeleteDeviceList: prototype<[P]>('void TF_DeleteDeviceList(void*)'),
  TFE_ContextAddFunction: prototype<[P, P, P]>('void TFE_ContextAddFunction(void*, void*, void*)'),
  TFE_ContextRemoveFunction: prototype<[P, string, P]>('void TFE_ContextRemoveFunction(void*, const char*, void*)'),
  TFE_NewTensorHandle: prototype<[P, P], P>('void* TFE_NewTensorHandle(void*, void*)'),
  TFE_DeleteTensorHandle: prototype<[P]>('void TFE_DeleteTensorHandle(void*)'),
  TFE_TensorHandleDataType: prototype<[P], number>('int TFE_TensorHandleDataType(void*)'),
  TFE_TensorHandleNumDims: prototype<[P, P], number>('int TFE_TensorHandleNumDims(void*, void*)'),
  TFE_TensorHandleDim: prototype<[P, number, P], number | bigint>('int64_t TFE_TensorHandleDim(void*, int, void*)'),
  TFE_TensorHandleResolve: prototype<[P, P], P>('void* TFE_TensorHandleResolve(void*, void*)'),
  TFE_TensorHandleCopySharingTensor: prototype<[P, P], P>('void* TFE_TensorHandleCopySharingTensor(void*, void*)'),
  TFE_NewOp: prototype<[P, string, P], P>('void* TFE_NewOp(void*, const char*, void*)'),
  TFE_DeleteOp: prototype<[P]>('void TFE_DeleteOp(void*)'),
  TFE_OpSetDevice: prototype<[P, string, P]>('void TFE_OpSetDevice(void*, const char*, void*)'),
  TFE_OpAddInput: prototype<[P, P, P]>('void TFE_OpAddInput(void*, void*, void*)'),
  TFE_OpAddInputList: prototype<[P, readonly P[], number, P]>('void TFE_OpAddInputList(void*, void**, int, void*)'),
  TFE_OpSetAttrString: prototype<[P, string, Bytes, number]>('void TFE_OpSetAttrString(void*, const char*, const void*, size_t)'),
  TFE_OpSetAttrStringList: prototype<[P, string, readonly Bytes[], BigUint64Array, number]>('void TFE_OpSetAttrStringList(void*, const char*, const void**, size_t*, int)'),
  TFE_OpSetAttrInt: prototype<[P, string, number | bigint]>('void TFE_OpSetAttrInt(void*, const char*, int64_t)'),
  TFE_OpSetAttrIntList: prototype<[P, string, Dims, number]>('void TFE_OpSetAttrIntList(void*, const char*, int64_t*, int)'),
  TFE_OpSetAttrFloat: prototype<[P, string, number]>('void TFE_OpSetAttrFloat(void*, const char*, float)'),
  TFE_OpSetAttrBool: prototype<[P, string, number]>('void TFE_OpSetAttrBool(void*, const char*, uint8_t)'),
  TFE_OpSetAttrType: prototype<[P, string, number]>('void TFE_OpSetAttrType(void*, const char*, int)'),
  TFE_OpSetAttrTypeList: prototype<[P, string, Int32Array, number]>('void TFE_OpSetAttrTypeList(void*, const char*, int*, int)'),
  TFE_OpSetAttrShape: prototype<[P, string, Dims, number, P]>('void TFE_OpSetAttrShape(void*, const char*, int64_t*, int, void*)'),
  TFE_OpSetAttrShapeList: prototype<[P, string, readonly Dims[], Int32Array, number, P]>('void TFE_OpSetAttrShapeList(void*, const char*, int64_t**, int*, int, void*)'),
  TFE_OpSetAttrTensor: prototype<[P, string, P, P]>('void TFE_OpSetAttrTensor(void*, const char*, void*, void*)'),
  TFE_OpSetAttrFunctionName: prototype<[P, string, Bytes, number]>('void TFE_OpSetAttrFunctionName(void*, const char*, const void*, size_t)'),
  TFE_Execute: prototype<[P, Out<P | null>, Out<number>, P]>('void TFE_Execute(void*, _Out_ void**, _Inout_ int*, void*)'),
  TFE_NewCancellationManager: prototype<[], P>('void* TFE_NewCancellationManager()'),
  TFE_OpSetCancellationManager: prototype<[P, P, P]>('void TFE_OpSetCancellationManager(void*, void*, void*)'),
  TFE_CancellationManagerStartCancel: prototype<[P]>('void TFE_CancellationManagerStartCancel(void*)'),
  TFE_DeleteCancellationManager: prototype<[P]>('void TFE_DeleteCancellationManager(void*)'),
  TFE_ContextEnableGraphCollection: prototype<[P]>('void TFE_ContextEnableGraphCollection(void*)'),
  TFE_ContextDisableGraphCollection: prototype<[P]>('void TFE_ContextDisableGraphCollection(void*)'),
  TFE_ContextExportRunMetadata: prototype<[P, P, P]>('void TFE_ContextExportRunMetadata(void*, void*, void*)'),

  // The cluster (the last of them reads its status: the reason of the abort)
  TFE_EnableCollectiveOps: prototype<[P, Bytes, number, P]>('void TFE_EnableCollectiveOps(void*, const void*, size_t, void*)'),
  TFE_CollectiveOpsCheckPeerHealth: prototype<[P, string, number, P]>('void TFE_CollectiveOpsCheckPeerHealth(void*, const char*, int64_t, void*)'),
  TFE_AbortCollectiveOps: prototype<[P, P]>('void TFE_AbortCollectiveOps(void*, void*)'),
} satisfies Record<string, Prototype<never[], unknown>>;

export type CApi = {
  readonly [Name in keyof typeof TABLE]: (typeof TABLE)[Name] extends Prototype<infer Args, infer Result>
    ? CFunction<Args, Result>
    : never;
};

/**
 * Loads libtensorflow into this process and binds the table.
 * @param files paths of the two shared objects; the framework is loaded first because the other one needs its symbols
 */
export function loadCApi(files: { readonly framework: string; readonly cc: string }): CApi {
  preloadRuntimeCompiler(files.framework);
  loadNative(files.framework, { global: true });
  const library = loadNative(files.cc);
  // Type names are process-wide in koffi, and jest evaluates this module once per test file.
  const output = koffi.struct({ oper: 'void*', index: 'int' });
  return Object.fromEntries(
    Object.entries(TABLE).map(([name, { c }]) => [name, bind(library, name, c, output)]),
  ) as unknown as CApi;
}

/**
 * cuDNN compiles kernels with NVRTC, which it looks for in `nvidia/nvrtc/lib`; NVIDIA's wheel has it in
 * `nvidia/cuda_nvrtc/lib`. The loader finds one that is loaded already.
 */
function preloadRuntimeCompiler(framework: string): void {
  const path = join(dirname(framework), '../nvidia/cuda_nvrtc/lib/libnvrtc.so.12');
  if (existsSync(path)) loadNative(path, { global: true });
}

function bind(library: NativeLibrary, name: string, c: string, output: TypeObject) {
  if (!c.includes('TF_Output')) return library.func(c);
  // The struct has no name, so prototypes that mention it are put together from types.
  const [, result, args] = /^(.*?)\s*TF\w+\((.*)\)$/.exec(c)!;
  const types = args!.split(', ').map((type) => {
    if (type === 'TF_Output') return output;
    return type === 'TF_Output*' ? koffi.pointer(output) : type;
  });
  return library.func(name, result!, types);
}
