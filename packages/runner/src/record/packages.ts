import type { Engine } from '@paperlab/core';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { tensorflowOf } from './tensorflow-of.js';

/** The part of a package.json that is read here. */
const manifestSchema = z.object({
  name: z.string().optional(),
  version: z.string().optional(),
  dependencies: z.record(z.string(), z.string()).default({}),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
  peerDependencies: z.record(z.string(), z.string()).default({}),
  peerDependenciesMeta: z.record(z.string(), z.object({ optional: z.boolean().optional() })).default({}),
  devDependencies: z.record(z.string(), z.string()).default({}),
});
type Manifest = z.infer<typeof manifestSchema>;

/**
 * What a run is made of, as JSON: the versions of Node.js, of TensorFlow, and of every package that is installed for the
 * experiment's own package or for this one.
 * @param file of the experiment; default: the working directory says whose packages
 */
export async function packagesJson(engine: Engine, file?: string): Promise<string> {
  const packages = new Map<string, string>();
  const own = await nearest(dirname(fileURLToPath(import.meta.url)));
  const project = await nearest(file === undefined ? process.cwd() : dirname(resolve(file)));
  let found = [own, project].filter((one): one is Found => one !== undefined);
  for (const { manifest } of found) note(packages, manifest);
  // A project may have as development dependencies what its experiments import; of packages these are not installed.
  let wanted = found.map(({ folder, manifest }) => ({ folder, names: namesIn(manifest, true) }));
  while (wanted.length > 0) {
    const requests = wanted.flatMap(({ folder, names }) =>
      names.filter((name) => !packages.has(name)).map((name) => [name, folder] as const),
    );
    const nearestFirst = new Map(requests.reverse());
    found = (await Promise.all([...nearestFirst].map(([name, folder]) => installed(name, folder)))).filter(
      (one): one is Found => one !== undefined,
    );
    for (const { manifest } of found) note(packages, manifest);
    wanted = found.map(({ folder, manifest }) => ({ folder, names: namesIn(manifest, false) }));
  }
  const versions = {
    node: process.version,
    tensorflow: tensorflowOf(engine)?.version,
    packages: Object.fromEntries([...packages].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
  return JSON.stringify(versions, null, 2);
}

interface Found {
  readonly folder: string;
  readonly manifest: Manifest;
}

function note(packages: Map<string, string>, { name, version }: Manifest): void {
  if (name !== undefined && version !== undefined) packages.set(name, version);
}

/** Peers that are optional are wanted by none that does not name them too. */
function namesIn(manifest: Manifest, development: boolean): string[] {
  const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta, devDependencies } =
    manifest;
  const peers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional);
  const own = development ? Object.keys(devDependencies) : [];
  return [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers, ...own];
}

/** The package.json of a folder, or of the nearest one above it that has one. */
const nearest = (folder: string) => upwards(folder, manifestIn);

/** A package as Node.js finds it from a folder. */
const installed = (name: string, folder: string) =>
  upwards(folder, (above) => manifestIn(join(above, 'node_modules', name)));

async function upwards(
  folder: string,
  look: (folder: string) => Promise<Found | undefined>,
): Promise<Found | undefined> {
  for (let at = folder; ; at = dirname(at)) {
    const found = await look(at);
    if (found || at === dirname(at)) return found;
  }
}

async function manifestIn(folder: string): Promise<Found | undefined> {
  try {
    const text = await readFile(join(folder, 'package.json'), 'utf8');
    return { folder, manifest: manifestSchema.parse(JSON.parse(text)) };
  } catch {
    return undefined; // none, or none that npm would take
  }
}
