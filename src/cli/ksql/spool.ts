/** SPOOL: what is typed and printed goes to a file as well. */
import { resolve } from 'node:path';
import type { Disk, DiskFile } from '../../core/disk.ts';
import { StackError } from '../../core/errors.ts';
import { fileProblem } from '../kafka/client-config.ts';

export interface Spool {
  /** Prints, and writes to the file if there is one. */
  print(text: string): void;
  /** Keeps in the file what was typed at the prompt. */
  typed(text: string): void;
  /** From now on to this file, which is emptied; undefined: no more. @throws StackError when there is a file already, or cannot be one */
  to(path: string | undefined): void;
}

export function createSpool(print: (text: string) => void, disk: Disk): Spool {
  let spooling: { readonly file: DiskFile; readonly path: string } | undefined;
  const write = (text: string): void => {
    const bytes = Buffer.from(text);
    spooling?.file.writeSync(bytes, 0, bytes.length, spooling.file.size());
  };
  const printBoth = (text: string): void => {
    print(text);
    write(text);
  };
  return {
    print: printBoth,
    typed: (text) => write(`\nksql> ${text}\n`),
    to: (path) => {
      if (path === undefined) {
        const ended = spooling;
        spooling = undefined;
        ended?.file.close();
        if (ended !== undefined) print(`Spool written to ${ended.path}\n`);
        return;
      }
      if (spooling !== undefined)
        throw new StackError('MILLRACE_CONFIG_INVALID', 'Cannot set two spools! Please issue SPOOL OFF.');
      spooling = { file: emptied(disk, path), path: resolve(path) };
      printBoth(`Session will be spooled to ${resolve(path)}\nEnter SPOOL OFF to disable\n`);
    },
  };
}

function emptied(disk: Disk, path: string): DiskFile {
  try {
    const file = disk.openSync(path, { create: true });
    file.truncateSync(0);
    return file;
  } catch (error) {
    const message = `Cannot SPOOL to file: ${path}\nCaused by: ${path} (${fileProblem(error)})`;
    throw new StackError('MILLRACE_CONFIG_INVALID', message, { cause: error });
  }
}
