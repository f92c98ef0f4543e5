import type { Dataset, Model, Optimizer, Plugins, Tracker } from '@paperlab/core';
import { moduleResolve } from 'import-meta-resolve';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

interface Kinds {
  readonly model: Model;
  readonly dataset: Dataset;
  readonly optimizer: Optimizer;
  readonly tracker: Tracker;
}
/** The kinds of plugin that have names. */
type NamedKind = keyof Kinds;
/** Those that an experiment is composed of. */
export const kinds = ['model', 'dataset', 'optimizer'] as const satisfies readonly NamedKind[];
export type Kind = (typeof kinds)[number];

/** A plugin that has not been made yet. */
export interface PluginByName<Of extends NamedKind> {
  /** Its name among the package's plugins of the kind. */
  readonly name: string;
  /** The package, as it was looked up. */
  readonly from: string;
  readonly recipes: NonNullable<Plugins['recipes']>;
  /** @throws in one line for each option that is wrong */
  make(options: Readonly<Record<string, unknown>>): Kinds[Of];
}

/** Where a short name is looked for before the package that it names itself: one package has many, or each is one. */
const ownPackages: Readonly<Record<NamedKind, { many?: string; each?: (name: string) => string[] }>> = {
  model: { each: (name) => [`@paperlab/model-${name}`, `@paperlab/${name}`] },
  dataset: { many: '@paperlab/datasets' },
  optimizer: { many: '@paperlab/core' },
  tracker: { many: '@paperlab/trackers', each: (name) => [`@paperlab/${name}`] },
};

/**
 * Finds a plugin by its name in the packages that are installed in the user's project, or else beside this one.
 * @param given the short name of one of Paperlab's (`resnet50`, `mnist`, `adam`), or the name of a package that brings
 *   one: of that name, or no other. `resnet50:cifar-resnet` chooses of several.
 * @throws in one line, if there is none: where it was looked for, what there is, what to do
 */
export async function pluginByName<Of extends NamedKind>(kind: Of, given: string): Promise<PluginByName<Of>> {
  const [name = '', chosen] = given.split(':');
  const short = /^[\w-]/.test(name);
  const { many, each } = short ? ownPackages[kind] : {};
  const others: string[] = [];
  if (many !== undefined && chosen === undefined) {
    const ofKind = (await pluginsOf(many))?.[`${kind}s`] ?? {};
    if (Object.hasOwn(ofKind, name)) return pluginIn(kind, many, name);
    others.push(...Object.keys(ofKind));
  }
  const packages = [...(each?.(name) ?? []), name];
  for (const from of packages) if (await pluginsOf(from)) return pluginIn(kind, from, chosen);
  const known = others.length > 0 ? `${many} has ${others.join(', ')}, and ` : '';
  const none = packages.length > 1 ? `none of the packages ${packages.join(', ')}` : `no package ${name}`;
  throw new Error(
    `there is no ${kind} "${given}": ${known}${none} is installed in ${process.cwd()}; ` +
      'correct the name, or install the package with npm',
  );
}

/** A plugin of a package that is there: the chosen one, or the one with the package's own name, or the only one. */
async function pluginIn<Of extends NamedKind>(
  kind: Of,
  from: string,
  chosen?: string,
): Promise<PluginByName<Of>> {
  const plugins = (await pluginsOf(from))!;
  const ofKind: Readonly<Record<string, unknown>> = plugins[`${kind}s`] ?? {};
  const names = Object.keys(ofKind);
  const own = from.replace(/^@[^/]+\//, '').replace(/^model-/, '');
  const name = chosen ?? (names.length === 1 ? names[0]! : own);
  if (Object.hasOwn(ofKind, name)) {
    const make = ofKind[name] as PluginByName<Of>['make'];
    return { name, from, recipes: plugins.recipes ?? {}, make };
  }
  if (names.length === 0) throw new Error(`${from} brings no ${kind}; name another package`);
  const example = `--${kind} ${from}:${names[0]}`;
  throw new Error(
    chosen === undefined
      ? `${from} brings the ${kind}s ${names.join(', ')}; say which, for instance ${example}`
      : `${from} brings no ${kind} "${chosen}"; it has ${names.join(', ')}`,
  );
}

/** What a package brings. Nothing if it is not installed. @throws if it is none of plugins, or cannot be loaded */
async function pluginsOf(name: string): Promise<Plugins | undefined> {
  const url = locate(name);
  if (!url) return undefined;
  const { plugins } = await import(url.href).catch((error: Error) => {
    throw new Error(`the package ${name} cannot be loaded: ${error.message.split('\n')[0]}`, {
      cause: error,
    });
  });
  if (typeof plugins === 'object' && plugins !== null) return plugins as Plugins;
  throw new Error(
    `the package ${name} exports no plugins; it must have: export const plugins = { models: { … }, datasets: { … } }`,
  );
}

/** In this repository packages resolve to their sources. */
const conditions = new Set([
  'node',
  'import',
  ...(import.meta.url.endsWith('.ts') ? ['@paperlab/source'] : []),
]);

/** The module that `import` of a package gives in a file of the user's project, else in this one. */
function locate(name: string): URL | undefined {
  for (const importer of [pathToFileURL(join(process.cwd(), 'index.js')), new URL(import.meta.url)]) {
    try {
      return moduleResolve(name, importer, conditions);
    } catch (error) {
      if (!notThere.has((error as NodeJS.ErrnoException).code)) throw error;
    }
  }
  return undefined;
}
const notThere = new Set<string | undefined>([
  'ERR_MODULE_NOT_FOUND',
  'ERR_INVALID_MODULE_SPECIFIER',
  'ERR_UNSUPPORTED_DIR_IMPORT',
]);
