import type { CApi, Pointer } from './c-api.js';

/** TensorFlow's error codes by number (`TF_Code`). */
// prettier-ignore
const CODES = ['OK', 'CANCELLED', 'UNKNOWN', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'ALREADY_EXISTS', 'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS', 'UNAUTHENTICATED'] as const;

export const codeNumber = (code: (typeof CODES)[number]) => CODES.indexOf(code);

/** An error that TensorFlow reported, with the op that it came from. */
export class TensorFlowError extends Error {
  /** TensorFlow's name of the code: `INVALID_ARGUMENT`, `OUT_OF_RANGE`, … */
  readonly code: string;
  /** The op (or function) that was being built or executed. */
  readonly op: string;
  /** All that TensorFlow wrote. */
  readonly details: string;

  constructor(op: string, code: string, details: string) {
    super(`${op}: ${missingKernel(details) ?? firstLine(details)} [${code}]`);
    this.name = 'TensorFlowError';
    this.op = op;
    this.code = code;
    this.details = details;
  }
}

/** The error that a status holds; nothing if it is OK. */
export function errorOf(c: CApi, status: Pointer, op: string): TensorFlowError | undefined {
  const code = c.TF_GetCode(status);
  return code === 0
    ? undefined
    : new TensorFlowError(op, CODES[code] ?? `code ${code}`, c.TF_Message(status));
}

/** Turns a status that is not OK into an error that names the op. */
export function throwIfFailed(c: CApi, status: Pointer, op: string): void {
  const error = errorOf(c, status, op);
  if (error) throw error;
}

/** Calls the C API with a status of its own and throws what it reports. */
export function check<Result>(c: CApi, op: string, call: (status: Pointer) => Result): Result {
  const status = c.TF_NewStatus();
  try {
    const result = call(status);
    throwIfFailed(c, status, op);
    return result;
  } finally {
    c.TF_DeleteStatus(status);
  }
}

/** What went wrong and, within a function, in which node; TensorFlow lists more below. */
function firstLine(details: string): string {
  const [line] = details.replace(/^(\{\{(function_)?node [^}]*\}\} )+/, '').split('\n');
  const node = /\[\[(?:\{\{node )?([^\]}]+)(?:\}\})?\]\]/.exec(details)?.[1];
  return node && !line!.includes(`node ${node}`) ? `${line} (node ${node})` : line!;
}

/** The four ways in which TensorFlow says that an op cannot run where it should. */
const MISSING_KERNEL = [
  /No OpKernel was registered to support Op '(?<op>\w+)'.*?attrs: \[(?<attributes>.*?)\]/s,
  /Could not find device for node: .*? = (?<op>\w+)\[(?<attributes>.*?)\]/s,
  /Cannot assign a device for operation (?<op>[^\s:]+): Could not satisfy explicit device specification '(?<device>[^']*)' because no supported kernel/,
  /Could not satisfy device specification '(?<device>[^']*)'.*?Supported device types \[(?<types>.*?)\]/s,
];

/** One line for TensorFlow's paragraphs about an op that has no kernel where it should run. */
function missingKernel(details: string): string | undefined {
  const found = MISSING_KERNEL.map((pattern) => pattern.exec(details)?.groups).find((groups) => groups);
  if (!found) return undefined;
  const { op = 'the op', device, attributes, types } = found;
  const dtypes = attributes?.match(/\b\w+=DT_\w+/g)?.join(', ');
  const where =
    device === undefined ? 'on the devices of this process' : `on ${device.replace(/^.*\/device:/, '')}`;
  const listed = types?.split(', ') ?? Array.from(details.matchAll(/device='(\w+)'/g), ([, type]) => type);
  const kinds = [...new Set(listed)].join(', ');
  return `${op} has no kernel ${where}${dtypes ? ` for ${dtypes}` : ''}; it has ${kinds ? `kernels for ${kinds}` : 'none in this library'}`;
}
