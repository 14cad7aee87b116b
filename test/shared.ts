/** Where the shared golden data lies beside the clone, if it does. Tests that need it skip, saying so, where it is missing, and fail in CI. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';

const root = new URL('../../shared/', import.meta.url);

/** Absolute path of a file or folder of the shared data. */
export function sharedPath(relative: string): string {
  return fileURLToPath(new URL(relative, root));
}

/** A `describe` whose tests need `relative` of the shared data. */
export function describeShared(name: string, relative: string, body: () => void): void {
  const path = sharedPath(relative);
  if (existsSync(path)) describe(name, body);
  else if (process.env['CI']) {
    it(`${name}: shared/${relative}`, () => {
      throw new Error(`${path} is missing; in CI it has to be there`);
    });
  } else describe.skip(`${name} (skipped: shared/${relative} is not here)`, body);
}
