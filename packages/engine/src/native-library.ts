import koffi from 'koffi';

export type NativeLibrary = ReturnType<typeof koffi.load>;

/**
 * koffi runs the C code of asynchronous calls on stacks of its own, 128 KiB each by default. Optimising a graph the
 * size of ResNet-152 recurses far deeper than that.
 */
const ASYNC_STACK_BYTES = 16 << 20;

/** koffi unloads a library that nothing refers to any more; others may use it still. */
const loaded = new Set<NativeLibrary>();

/** Of `dlopen`, on Linux: bind at once; never unload. */
const RTLD_NOW = 2;
const RTLD_NODELETE = 0x1000;

/**
 * Loads a shared library into this process, for as long as it lives. All are loaded here, since koffi is not configured any more after the first.
 * @param path  a path, or a name that the system's loader looks for
 * @param options `global`: whether libraries that are loaded later find its symbols. Default false
 * @throws when it cannot be loaded
 */
export function loadNative(path: string, options: { readonly global?: boolean } = {}): NativeLibrary {
  if ((koffi.config().async_stack_size ?? 0) < ASYNC_STACK_BYTES) {
    koffi.config({ ...koffi.config(), async_stack_size: ASYNC_STACK_BYTES });
  }
  const library = koffi.load(path, options);
  loaded.add(library);
  if (process.platform === 'linux') pin(path);
  return library;
}

/**
 * Keeps a library in the process to its end. koffi unloads all as Node.js tears down, while threads of their own, such as those
 * of TensorFlow's server, still run in them.
 */
function pin(path: string): void {
  const dlopen = koffi.load('libc.so.6').func('void* dlopen(const char*, int)');
  dlopen(path, RTLD_NOW | RTLD_NODELETE);
}

/** The library, or nothing where the system's loader does not find it. */
export function tryLoadNative(name: string): NativeLibrary | undefined {
  try {
    return loadNative(name);
  } catch {
    return undefined;
  }
}
