/** The real engines that Millrace can install and run beside itself: where they lie, and what a cluster of each is. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ClusterPlace, ClusterSpec } from './cluster-spec.ts';
import { flinkCluster } from './flink.ts';
import { kafkaCluster } from './kafka.ts';
import type { EngineName } from './sets.ts';
import { sparkCluster } from './spark.ts';

const specs: Readonly<Record<EngineName, (place: ClusterPlace) => ClusterSpec>> = {
  flink: flinkCluster,
  spark: sparkCluster,
  kafka: kafkaCluster,
};

export function clusterSpec(engine: EngineName, place: ClusterPlace): ClusterSpec {
  return specs[engine](place);
}

/** The platform's folder for what can be fetched again; `MILLRACE_ENGINES` names another. */
export function engineCache(environment: NodeJS.ProcessEnv): string {
  const chosen = environment['MILLRACE_ENGINES'];
  if (chosen !== undefined && chosen !== '') return chosen;
  if (process.platform === 'win32')
    return join(environment['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'millrace', 'engines');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'millrace', 'engines');
  return join(environment['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'millrace', 'engines');
}

/** Configuration, logs and data of the cluster that runs, or ran last. */
export function runFolder(cache: string, engine: EngineName): string {
  return join(cache, 'run', engine);
}
