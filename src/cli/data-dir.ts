/** The data directory that a command means, and talking to the stack that holds it. */
import { resolve } from 'node:path';
import { nodeDisk } from '../core/disk.ts';
import { nodeNetwork } from '../core/network.ts';
import { askHolder } from '../server/control.ts';
import { defaultDataDirectory } from '../server/data-directory.ts';
import type { StackStatus } from '../server/stack.ts';

export interface DataDirOption {
  readonly dataDir?: string;
}

export function chosenDataDirectory(options: DataDirOption): string {
  return options.dataDir === undefined ? defaultDataDirectory(nodeDisk) : resolve(options.dataDir);
}

/** The status of the stack that holds `directory`; null when nobody does. */
export async function statusOf(directory: string): Promise<StackStatus | null> {
  const answer = await askHolder(directory, 'status', nodeNetwork);
  return answer === null ? null : (answer['status'] as StackStatus);
}
