/** Where an engine is installed, for the commands that need it. */
import { nodeDisk } from '../core/disk.ts';
import { StackError } from '../core/errors.ts';
import { engineCache } from '../engines/engines.ts';
import { installedAt, isInstalled } from '../engines/install.ts';
import type { EngineSet } from '../engines/sets.ts';

/** @throws StackError MILLRACE_ENGINE when the set is not installed */
export function homeOf(set: EngineSet): string {
  const cache = engineCache(process.env);
  if (!isInstalled(nodeDisk, cache, set))
    throw new StackError(
      'MILLRACE_ENGINE',
      `${set.title} is not installed; "millrace engines install ${set.engine}" fetches it.`,
    );
  return installedAt(cache, set);
}
