/** Where an engine is installed, for the commands that need it. */
import { join } from 'node:path';
import { nodeDisk } from '../core/disk.ts';
import { StackError } from '../core/errors.ts';
import { engineCache } from '../engines/engines.ts';
import { installedAt, isInstalled } from '../engines/install.ts';
import type { EngineSet } from '../engines/sets.ts';

/** @throws StackError MILLRACE_ENGINE when the set is not installed, or a jar of it was taken away */
export function homeOf(set: EngineSet): string {
  const cache = engineCache(process.env);
  if (!isInstalled(nodeDisk, cache, set))
    throw new StackError(
      'MILLRACE_ENGINE',
      `${set.title} is not installed; "millrace engines install ${set.engine}" fetches it.`,
    );
  const home = installedAt(cache, set);
  const missing = set.jars.filter(({ file }) => !nodeDisk.existsSync(join(home, 'jars', file)));
  if (missing.length > 0)
    throw new StackError(
      'MILLRACE_ENGINE',
      `${set.title} in ${home} lacks ${missing.map(({ file }) => file).join(', ')}; remove that folder, and "millrace engines install ${set.engine}" fetches it again.`,
    );
  return home;
}
