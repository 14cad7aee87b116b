/** The data directory that a command means, and talking to the stack that holds it. */
import { resolve } from 'node:path';
import { nodeDisk } from '../core/disk.ts';
import { nodeNetwork } from '../core/network.ts';
import { askHolder } from '../server/control.ts';
import { readConfiguration } from '../server/configuration/read.ts';
import { defaultDataDirectory } from '../server/data-directory.ts';
import type { StackStatus } from '../server/stack.ts';

export interface DataDirOption {
  readonly dataDir?: string;
  /** The configuration file, which may name the directory. */
  readonly config?: string;
}

/** As the flag, the environment or the configuration file names it. */
export async function chosenDataDirectory({ dataDir, config }: DataDirOption): Promise<string> {
  const { dataDir: chosen } = await readConfiguration({
    disk: nodeDisk,
    environment: {
      MILLRACE_DATA_DIR: process.env['MILLRACE_DATA_DIR'],
      MILLRACE_CONFIG: process.env['MILLRACE_CONFIG'],
    },
    flags: { 'data.dir': dataDir },
    ...(config === undefined ? {} : { file: config }),
  });
  return chosen === undefined ? defaultDataDirectory(nodeDisk) : resolve(chosen);
}

/** The status of the stack that holds `directory`; null when nobody does. */
export async function statusOf(directory: string): Promise<StackStatus | null> {
  const answer = await askHolder(directory, 'status', nodeNetwork);
  return answer === null ? null : (answer['status'] as StackStatus);
}
