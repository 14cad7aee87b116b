/** The query manager: see `jobs.ts` for what it promises. */
import type { QueryManager, QueryManagerOptions } from './jobs.ts';

export function createQueryManager(options: QueryManagerOptions): QueryManager {
  throw new Error(`not built yet (${options.stateDirectory})`);
}
