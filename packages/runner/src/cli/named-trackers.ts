import type { TrackedRun, Tracker } from '@paperlab/core';
import { pluginByName } from '../plugins-by-name.js';

/** Trackers that a command line names, and where a person can look at what they record. */
export interface NamedTrackers {
  readonly trackers: readonly Tracker[];
  /** Of each, the first run that it has started. */
  locations(): string[];
}

/**
 * @param names of Paperlab's trackers (`mlflow`, `tensorboard`, `csv`), or of packages that bring one
 * @throws in one line, if there is no such tracker
 */
export async function namedTrackers(
  names: readonly string[],
  report: (line: string) => void,
): Promise<NamedTrackers> {
  const started = new Map<string, TrackedRun>();
  const watched = (tracker: Tracker): Tracker => ({
    name: tracker.name,
    async start(description) {
      const run = await tracker.start(description);
      if (!started.has(tracker.name)) started.set(tracker.name, run);
      return run;
    },
  });
  const found = await Promise.all(names.map((name) => pluginByName('tracker', name)));
  return {
    trackers: found.map((plugin) => watched(plugin.make({ report }))),
    locations: () => [...started.values()].map(({ location }) => location),
  };
}
