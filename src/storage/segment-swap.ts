/**
 * Puts a compacted segment in the place of those that it was made from, so that a crash at any moment leaves either them or it
 * (docs/internals/disk-format.md, "Compaction").
 */
import { join } from 'node:path';
import type { Disk } from '../core/disk.ts';
import { segmentFileKinds, segmentFileName } from './segment.ts';
import type { Segment } from './segment.ts';

/** Behind the names of the files of a segment that is still being written. */
export const cleanedSuffix = '.cleaned';
const swapName = /^(\d{20})-(\d{20})\.swap$/;

/** `cleaned` is complete and synced, and holds what stays of `replaced`, which end before offset `end`. Its files get their names. */
export function swapSegments(
  disk: Disk,
  directory: string,
  replaced: readonly Segment[],
  cleaned: Segment,
  end: number,
): void {
  const { baseOffset } = cleaned;
  cleaned.closeFiles();
  const swap = join(directory, `${String(baseOffset).padStart(20, '0')}-${segmentFileName(end, 'swap')}`);
  // From this rename on the new segment counts: a start would finish what follows.
  disk.renameSync(cleaned.path('log'), swap);
  disk.syncDirectorySync(directory);
  for (const segment of replaced) segment.remove();
  disk.syncDirectorySync(directory);
  for (const kind of ['index', 'timeindex'] as const) {
    disk.renameSync(cleaned.path(kind), join(directory, segmentFileName(baseOffset, kind)));
  }
  disk.syncDirectorySync(directory);
  disk.renameSync(swap, join(directory, segmentFileName(baseOffset, 'log')));
  disk.syncDirectorySync(directory);
}

/** At a start: finishes swaps that a crash interrupted, and removes what was not yet complete. */
export function finishSwaps(disk: Disk, directory: string): void {
  const names = disk.listSync(directory);
  let changed = false;
  for (const name of names) {
    const match = swapName.exec(name);
    if (match === null) continue;
    const [base, end] = [Number(match[1]), Number(match[2])];
    // The indexes go too: whose they are is not known. They are made anew.
    for (const other of names) {
      const offset = Number.parseInt(other, 10);
      const kind = segmentFileKinds.find((one) => other === segmentFileName(offset, one));
      if (kind !== undefined && offset >= base && offset < end) disk.removeSync(join(directory, other));
    }
    disk.syncDirectorySync(directory);
    disk.renameSync(join(directory, name), join(directory, segmentFileName(base, 'log')));
    changed = true;
  }
  for (const name of names) {
    if (!name.endsWith(cleanedSuffix)) continue;
    disk.removeSync(join(directory, name));
    changed = true;
  }
  if (changed) disk.syncDirectorySync(directory);
}
