/** SPOOL: what is printed goes to a file as well. */
import type { Disk, DiskFile } from '../../core/disk.ts';

export interface Spool {
  /** Prints, and writes to the file if there is one. */
  print(text: string): void;
  /** From now on to this file, which is emptied; undefined: no more. */
  to(path: string | undefined): void;
}

export function createSpool(print: (text: string) => void, disk: Disk): Spool {
  let file: DiskFile | undefined;
  const spooled = (text: string): void => {
    print(text);
    const bytes = Buffer.from(text);
    file?.writeSync(bytes, 0, bytes.length, file.size());
  };
  return {
    print: spooled,
    to: (path) => {
      file?.close();
      file = undefined;
      if (path === undefined) return;
      file = disk.openSync(path, { create: true });
      file.truncateSync(0);
      spooled(`Session will be spooled to ${path}\nEnter SPOOL OFF to disable\n`);
    },
  };
}
