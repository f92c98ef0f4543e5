/**
 * Writes packages/PACKAGE/src/protos/**: TypeScript for the protobuf messages of TensorFlow that the engine
 * exchanges with the C API, and those that TensorBoard reads. The descriptors come out of the TensorFlow wheel itself (its Python modules carry
 * them serialized), so that they match the library; protoc-gen-es turns them into TypeScript.
 *
 *   node tools/generate-protos.mjs FOLDER engine|trackers   needs Python with pip, downloads the wheel (259 MB) to a temporary folder
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { create, fromBinary } from '@bufbuild/protobuf';
import {
  CodeGeneratorRequestSchema,
  file_google_protobuf_any,
  file_google_protobuf_wrappers,
  FileDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';
import { protocGenEs } from '@bufbuild/protoc-gen-es/dist/cjs/src/protoc-gen-es-plugin.js';

const TENSORFLOW = '2.20.0';
/** The messages that each package uses; what they import comes along. */
const ROOTS = {
  engine: [
    'tensorflow/core/framework/kernel_def.proto',
    'tensorflow/core/framework/op_def.proto',
    'tensorflow/core/protobuf/config.proto',
    'tensorflow/core/protobuf/saved_model.proto',
    'tensorflow/core/protobuf/tensorflow_server.proto',
    'tensorflow/core/protobuf/trackable_object_graph.proto',
    'tsl/profiler/protobuf/profiler_options.proto',
    'tsl/profiler/protobuf/xplane.proto',
  ],
  trackers: ['tensorflow/core/util/event.proto'],
};
const [target, user] = /** @type {[string, keyof typeof ROOTS]} */ (process.argv.slice(2));

/** Reads every `AddSerializedFile(b'…')` of the wheel's *_pb2.py, without importing any of them. */
const READ_DESCRIPTORS = `
import ast, base64, glob, json, re, sys, zipfile
wheel = zipfile.ZipFile(glob.glob(sys.argv[1] + '/*.whl')[0])
out = []
for name in wheel.namelist():
    if name.endswith('_pb2.py'):
        found = re.search(r"AddSerializedFile\\((b(['\\"]).*?(?<!\\\\)\\2)\\)", wheel.read(name).decode())
        if found: out.append(base64.b64encode(ast.literal_eval(found.group(1))).decode())
print(json.dumps(out))`;

const temporary = mkdtempSync(join(tmpdir(), 'paperlab-protos-'));
try {
  const python = process.env.PAPERLAB_PYTHON ?? 'python3';
  // prettier-ignore
  execFileSync(python, ['-m', 'pip', 'download', '-q', '--no-deps', '--only-binary=:all:', '--python-version', '3.11',
    '--platform', 'manylinux_2_17_x86_64', '-d', temporary, `tensorflow-cpu==${TENSORFLOW}`], { stdio: ['ignore', 2, 2] });
  /** @type {string[]} */
  const serialized = JSON.parse(
    execFileSync(python, ['-c', READ_DESCRIPTORS, temporary], { encoding: 'utf8', maxBuffer: 1 << 28 }),
  );
  const files = new Map(
    serialized.map((base64) => {
      const file = fromBinary(FileDescriptorProtoSchema, Buffer.from(base64, 'base64'));
      return [file.name, file];
    }),
  );
  const wanted = new Map();
  /** @param {string} name */
  const want = (name) => {
    if (wanted.has(name) || name.startsWith('google/protobuf/')) return;
    const file = files.get(name);
    if (!file) throw new Error(`no ${name} in TensorFlow's wheel`);
    for (const dependency of file.dependency) want(dependency);
    wanted.set(name, file);
  };
  ROOTS[user].forEach(want);
  // Google's own messages are not in TensorFlow's wheel.
  const wellKnown = [file_google_protobuf_any, file_google_protobuf_wrappers].map(({ proto }) => proto);
  const response = protocGenEs.run(
    create(CodeGeneratorRequestSchema, {
      parameter: 'target=ts,import_extension=js',
      fileToGenerate: [...wanted.keys()],
      protoFile: [...wellKnown, ...wanted.values()],
    }),
  );
  rmSync(target, { recursive: true, force: true });
  for (const file of response.file) {
    const path = join(target, file.name.replace(/_pb\.ts$/, '_pb.gen.ts'));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, file.content.replace(/_pb\.js"/g, '_pb.gen.js"'));
  }
  console.log(`${response.file.length} files in ${target}`);
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
