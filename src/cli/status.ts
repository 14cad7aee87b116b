/** `millrace status`: what the stack that holds the data directory says of itself. Exit code 1 unless it runs and is ready. */
import { chosenDataDirectory, statusOf } from './data-dir.ts';
import type { DataDirOption } from './data-dir.ts';
import { addressLines } from './addresses.ts';

export async function status(options: DataDirOption & { readonly json?: boolean }): Promise<void> {
  const directory = await chosenDataDirectory(options);
  const found = await statusOf(directory);
  if (found?.ready !== true) process.exitCode = 1;
  if (options.json) process.stdout.write(`${JSON.stringify(found ?? { running: false, dataDir: directory })}\n`);
  else if (found === null) process.stdout.write(`Nothing is running on ${directory}.\n`);
  else
    process.stdout.write(
      `Millrace ${found.version}, process ${found.pid}, up for ${duration(found.uptimeMs)}\n${addressLines(found)}`,
    );
}

function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
  ];
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}
