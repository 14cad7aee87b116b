/** The data directory that a command means, and talking to the stack that holds it. */
import { resolve } from 'node:path';
import { nodeDisk } from '../core/disk.ts';
import { nodeNetwork } from '../core/network.ts';
import { askHolder } from '../server/control.ts';
import { loadConfigurationFile } from '../server/configuration/file.ts';
import { defaultDataDirectory } from '../server/data-directory.ts';
import type { StackStatus } from '../server/stack.ts';

export interface DataDirOption {
  readonly dataDir?: string;
  /** The configuration file, which may name the directory. */
  readonly config?: string;
}

/** As the flag, the environment or the configuration file names it. */
export async function chosenDataDirectory({ dataDir, config }: DataDirOption): Promise<string> {
  const given = dataDir ?? process.env['MILLRACE_DATA_DIR'];
  if (given !== undefined) return resolve(given);
  const file = await loadConfigurationFile({
    disk: nodeDisk,
    environment: process.env,
    ...(config === undefined ? {} : { file: config }),
  });
  const named = file.own.get('data.dir');
  return named === undefined ? defaultDataDirectory(nodeDisk) : resolve(named);
}

/** The status of the stack that holds `directory`; null when nobody does. */
export async function statusOf(directory: string): Promise<StackStatus | null> {
  const answer = await askHolder(directory, 'status', nodeNetwork);
  return answer === null ? null : (answer['status'] as StackStatus);
}
