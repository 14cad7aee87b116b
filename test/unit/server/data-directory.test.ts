import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Disk } from '../../../src/core/disk.ts';
import { nodeDisk } from '../../../src/core/disk.ts';
import { isDataDirectory, prepareDataDirectory, removeData } from '../../../src/server/data-directory.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-data-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('makes what is missing', () => {
  prepareDataDirectory(nodeDisk, join(folder, 'a', 'b'));
  expect(nodeDisk.listSync(join(folder, 'a', 'b'))).toEqual([]);
});

it('a file in its place: one sentence that names it', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(() => prepareDataDirectory(nodeDisk, join(folder, 'file'))).toThrow(
    expect.objectContaining({
      code: 'MILLRACE_DATA_DIR_UNUSABLE',
      message: expect.stringContaining(join(folder, 'file')),
    }),
  );
});

it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
  'no right to write (skipped for root, who may)',
  () => {
    mkdirSync(join(folder, 'locked'));
    chmodSync(join(folder, 'locked'), 0o500);
    expect(() => prepareDataDirectory(nodeDisk, join(folder, 'locked'))).toThrow(
      expect.objectContaining({ code: 'MILLRACE_DATA_DIR_UNUSABLE' }),
    );
  },
);

it('a full disk', () => {
  const full: Disk = {
    ...nodeDisk,
    openSync: () => {
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    },
  };
  expect(() => prepareDataDirectory(full, folder)).toThrow(expect.objectContaining({ code: 'MILLRACE_DISK_FULL' }));
});

it('a reset leaves what is not ours', () => {
  const data = join(folder, 'data');
  const fill = (): void => {
    for (const name of ['metadata', 'topics', 'state']) mkdirSync(join(data, name, 'x'), { recursive: true });
    writeFileSync(join(data, 'meta'), '');
  };
  fill();
  expect(removeData(nodeDisk, data)).toEqual([]);
  expect(existsSync(data)).toBe(false);
  fill();
  writeFileSync(join(data, 'thesis.doc'), '');
  expect(removeData(nodeDisk, data)).toEqual(['thesis.doc']);
  expect(nodeDisk.listSync(data)).toEqual(['thesis.doc']);
});

it('only what is ours, or empty, may be reset', () => {
  expect(isDataDirectory(nodeDisk, folder)).toBe(true);
  writeFileSync(join(folder, 'thesis.doc'), '');
  expect(isDataDirectory(nodeDisk, folder)).toBe(false);
  writeFileSync(join(folder, 'meta'), '');
  expect(isDataDirectory(nodeDisk, folder)).toBe(true);
});
