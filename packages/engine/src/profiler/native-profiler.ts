import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import koffi, { type TypeObject } from 'koffi';
import type { Pointer } from '../c-api.js';
import {
  ProfileOptions_DeviceType,
  ProfileOptionsSchema,
} from '../protos/tsl/profiler/protobuf/profiler_options_pb.gen.js';
import { type XSpace, XSpaceSchema } from '../protos/tsl/profiler/protobuf/xplane_pb.gen.js';

/**
 * TensorFlow's profiler. The C API of 2.20 has none (`TFE_ContextExportRunMetadata` gives the graphs of functions, but
 * no times), so the C++ class behind `tf.profiler.experimental` is called by its mangled names, which are the same on
 * Linux and macOS: `tsl::ProfilerSession` in `libtensorflow_framework`. The objects of C++ are opaque here: what goes
 * in and out is serialized.
 */
const SYMBOLS = {
  newOptions: '_ZN10tensorflow14ProfileOptionsC1EPN6google8protobuf5ArenaE',
  deleteOptions: '_ZN10tensorflow14ProfileOptionsD1Ev',
  newSpace: '_ZN10tensorflow8profiler6XSpaceC1EPN6google8protobuf5ArenaE',
  deleteSpace: '_ZN10tensorflow8profiler6XSpaceD1Ev',
  byteSize: '_ZNK10tensorflow8profiler6XSpace12ByteSizeLongEv',
  parse: '_ZN6google8protobuf11MessageLite14ParseFromArrayEPKvi',
  serialize: '_ZNK6google8protobuf11MessageLite16SerializeToArrayEPvi',
  createSession: '_ZN3tsl15ProfilerSession6CreateERKN10tensorflow14ProfileOptionsE',
  sessionStatus: '_ZN3tsl15ProfilerSession6StatusEv',
  collect: '_ZN3tsl15ProfilerSession11CollectDataEPN10tensorflow8profiler6XSpaceE',
  deleteSession: '_ZN3tsl15ProfilerSessionD1Ev',
  release: '_ZdlPv',
} as const;

/** More than the objects of C++ take: a `ProfileOptions` and an `XSpace` have about 150 bytes. */
const OBJECT_BYTES = 4096;
/** `absl::Status` of a success, in its one word. */
const OK = 1n;

type Native = ReturnType<typeof bind>;

/** Makes sessions of TensorFlow's profiler. One at a time can be under way in a process. */
export class NativeProfiler {
  readonly #native: Native;

  /** @throws if this build of TensorFlow does not export its profiler */
  constructor(framework: string) {
    this.#native = bind(framework);
  }

  /**
   * Starts recording what all threads do.
   * @throws if another session is under way
   */
  start(): ProfilerSession {
    const native = this.#native;
    const message = create(ProfileOptionsSchema, {
      version: 1,
      deviceType: ProfileOptions_DeviceType.UNSPECIFIED,
      hostTracerLevel: 2, // also ops that TensorFlow takes for cheap
      deviceTracerLevel: 0, // kernels on GPUs: not read here
      pythonTracerLevel: 0,
    });
    const bytes = toBinary(ProfileOptionsSchema, message);
    const options = koffi.alloc('uint8', OBJECT_BYTES) as Pointer;
    native.newOptions(options, null);
    try {
      native.parse(options, bytes, bytes.length);
      const session = native.createSession(options).word;
      if (native.sessionStatus(session).word !== OK) {
        native.deleteSession(session);
        native.release(session);
        throw new Error('Another profile is under way in this process: TensorFlow makes one at a time.');
      }
      return new ProfilerSession(native, session);
    } finally {
      native.deleteOptions(options);
      koffi.free(options);
    }
  }
}

/** Records until it is stopped. */
class ProfilerSession {
  readonly #native: Native;
  readonly #session: Pointer;

  constructor(native: Native, session: Pointer) {
    this.#native = native;
    this.#session = session;
  }

  /** Ends recording, once. Times in what it returns begin when the session did. */
  stop(): XSpace {
    const native = this.#native;
    const space = koffi.alloc('uint8', OBJECT_BYTES) as Pointer;
    native.newSpace(space, null);
    try {
      const status = native.collect(this.#session, space).word;
      native.deleteSession(this.#session);
      native.release(this.#session);
      if (status !== OK) throw new Error("TensorFlow's profiler could not collect what it recorded.");
      const bytes = new Uint8Array(Number(native.byteSize(space)));
      native.serialize(space, bytes, bytes.length);
      return fromBinary(XSpaceSchema, bytes);
    } finally {
      native.deleteSpace(space);
      koffi.free(space);
    }
  }
}

/** C++ returns objects with destructors in memory that the caller provides, as C does structs this large. */
interface Returned {
  readonly word: Pointer;
}

function bind(framework: string) {
  const library = koffi.load(framework); // it is loaded: this is the same one
  const returned = koffi.struct({ word: 'void*', unused: koffi.array('void*', 3) });
  const method = <Args extends unknown[], Result = void>(
    name: keyof typeof SYMBOLS,
    result: string | TypeObject,
    ...args: string[]
  ) => {
    try {
      return library.func(SYMBOLS[name], result, args) as unknown as (...args: Args) => Result;
    } catch (error) {
      const message = `This build of TensorFlow does not export its profiler (${SYMBOLS[name]}): nothing can be profiled.`;
      throw new Error(message, { cause: error });
    }
  };
  return {
    newOptions: method<[Pointer, null]>('newOptions', 'void', 'void*', 'void*'),
    deleteOptions: method<[Pointer]>('deleteOptions', 'void', 'void*'),
    newSpace: method<[Pointer, null]>('newSpace', 'void', 'void*', 'void*'),
    deleteSpace: method<[Pointer]>('deleteSpace', 'void', 'void*'),
    byteSize: method<[Pointer], number | bigint>('byteSize', 'size_t', 'void*'),
    parse: method<[Pointer, Uint8Array, number], boolean>('parse', 'bool', 'void*', 'void*', 'int'),
    serialize: method<[Pointer, Uint8Array, number], boolean>('serialize', 'bool', 'void*', 'void*', 'int'),
    createSession: method<[Pointer], Returned>('createSession', returned, 'void*'),
    sessionStatus: method<[Pointer], Returned>('sessionStatus', returned, 'void*'),
    collect: method<[Pointer, Pointer], Returned>('collect', returned, 'void*', 'void*'),
    deleteSession: method<[Pointer]>('deleteSession', 'void', 'void*'),
    release: method<[Pointer]>('release', 'void', 'void*'),
  };
}
