/** `millrace reset`: deletes the data directory, after asking, while nobody holds it. */
import { nodeDisk } from '../core/disk.ts';
import { StackError } from '../core/errors.ts';
import { nodeNetwork } from '../core/network.ts';
import { systemRandom } from '../core/random.ts';
import { holdDirectory } from '../server/control.ts';
import { isDataDirectory, removeData } from '../server/data-directory.ts';
import { chosenDataDirectory } from './data-dir.ts';
import type { DataDirOption } from './data-dir.ts';
import { confirm } from './terminal.ts';

export async function reset(options: DataDirOption & { readonly yes?: boolean }): Promise<void> {
  const directory = await chosenDataDirectory(options);
  if (!nodeDisk.existsSync(directory)) {
    process.stdout.write(`There is nothing at ${directory}.\n`);
    return;
  }
  if (!isDataDirectory(nodeDisk, directory)) {
    throw new StackError(
      'MILLRACE_DATA_DIR_UNUSABLE',
      `${directory} does not look like a data directory of Millrace; nothing was deleted.`,
    );
  }
  let others: readonly string[] = [];
  const ports = { disk: nodeDisk, network: nodeNetwork, random: systemRandom };
  const held = await holdDirectory(directory, ports, async () => ({}));
  try {
    if (!options.yes && !(await confirm(`Delete all topics, schemas, connectors and queries in ${directory}?`))) {
      process.stdout.write('Nothing was deleted. (Use --yes where there is no terminal to ask on.)\n');
      process.exitCode = 1;
      return;
    }
    others = removeData(nodeDisk, directory);
  } finally {
    await held.release();
  }
  process.stdout.write(
    others.length === 0
      ? `Deleted ${directory}.\n`
      : `Deleted the data in ${directory}. What else is there was left: ${others.join(', ')}.\n`,
  );
}
