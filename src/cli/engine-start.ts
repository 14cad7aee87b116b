/** Starting an installed engine's cluster, for the commands that need one. */
import { systemClock } from '../core/clock.ts';
import { nodeDisk } from '../core/disk.ts';
import { nodeHttp } from '../core/http.ts';
import { nodeNetwork } from '../core/network.ts';
import { systemRandom } from '../core/random.ts';
import { startCluster } from '../engines/cluster.ts';
import type { RunningCluster } from '../engines/cluster.ts';
import { clusterSpec, engineCache, runFolder } from '../engines/engines.ts';
import { interpretersFor } from '../engines/requirements.ts';
import type { EngineSet } from '../engines/sets.ts';
import { homeOf } from './engine-home.ts';

/** @throws StackError MILLRACE_ENGINE, MILLRACE_PORT_IN_USE */
export async function startEngine(
  set: EngineSet,
  { portOffset, slots }: { readonly portOffset: number; readonly slots: number },
): Promise<RunningCluster> {
  const { java, python } = await interpretersFor(set, process.env);
  const run = runFolder(engineCache(process.env), set.engine);
  const spec = clusterSpec(set.engine, { home: homeOf(set), run, python, portOffset, slots });
  const ports = { disk: nodeDisk, clock: systemClock, network: nodeNetwork, http: nodeHttp, random: systemRandom };
  return startCluster(ports, set, spec, { run, java });
}
