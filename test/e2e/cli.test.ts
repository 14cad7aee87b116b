/** The command line as a user types it: what goes wrong is one clear sentence and exit code 1. */
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cli, freePortOffset, startProcess } from './stack-process.ts';

const run = promisify(execFile);

async function millrace(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    return { code: 0, ...(await run(process.execPath, [cli, ...args], { timeout: 30_000 })) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

describe('the command line', () => {
  let folder = '';
  let dataDir = '';
  let offset = 0;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-cli-'));
    dataDir = join(folder, 'data');
    offset = await freePortOffset();
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('starts in the background, tells its status, stops, and forgets when asked to', async () => {
    const flags = ['--data-dir', dataDir];
    const up = await millrace('up', '-d', ...flags, '--port-offset', String(offset));
    expect(up).toMatchObject({ code: 0, stderr: '' });
    expect(up.stdout).toContain(`localhost:${9092 + offset}`);
    try {
      const status = await millrace('status', '--json', ...flags);
      expect(JSON.parse(status.stdout)).toMatchObject({ ready: true, bootstrapServers: `localhost:${9092 + offset}` });
      const second = await millrace('up', '-d', ...flags, '--port-offset', String(offset));
      expect(second).toMatchObject({ code: 1 });
      expect(second.stderr).toMatch(/is running already on .*process \d+/);
      expect((await millrace('reset', '--yes', ...flags)).stderr).toContain('is held by another Millrace process');
    } finally {
      expect(await millrace('down', ...flags)).toMatchObject({ code: 0, stdout: 'Stopped.\n' });
    }
    expect(await millrace('status', ...flags)).toMatchObject({ code: 1 });
    expect(await millrace('reset', ...flags)).toMatchObject({ code: 1 });
    expect(existsSync(dataDir)).toBe(true);
    expect(await millrace('reset', '--yes', ...flags)).toMatchObject({ code: 0 });
    expect(existsSync(dataDir)).toBe(false);
  });

  it.skipIf(process.platform === 'win32')('can be run by npx, which links the built file as it is', () => {
    expect(statSync(cli).mode & 0o111).toBe(0o111);
  });

  it('takes over the directory of a process that was killed', async () => {
    const first = await startProcess(dataDir, offset);
    await first.kill();
    const second = await startProcess(dataDir, offset);
    expect(await second.interrupt()).toBe(0);
  });

  it('names a port that is in use', async () => {
    const taken = createServer().listen(9092 + offset, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    try {
      const { code, stderr } = await millrace('up', '--data-dir', dataDir, '--port-offset', String(offset));
      expect(code).toBe(1);
      expect(stderr.trim().split('\n')).toHaveLength(1);
      expect(stderr).toContain(`Port ${9092 + offset} (Kafka) is in use`);
    } finally {
      taken.close();
    }
  });

  it('refuses data of a newer version', async () => {
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'meta'), '{"format":999,"clusterId":"x"}\n');
    const { code, stderr } = await millrace('up', '--data-dir', dataDir, '--port-offset', String(offset));
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/newer/);
  });

  it('says that a directory cannot be used', async () => {
    writeFileSync(dataDir, 'a file');
    const { code, stderr } = await millrace('up', '--data-dir', dataDir, '--port-offset', String(offset));
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain(dataDir);
  });

  it.skipIf(process.getuid?.() === 0)('says that a directory is not writable (root can write everywhere)', async () => {
    mkdirSync(dataDir);
    chmodSync(dataDir, 0o500);
    const { code, stderr } = await millrace('up', '--data-dir', dataDir, '--port-offset', String(offset));
    expect(code).toBe(1);
    expect(stderr).toContain('cannot be written');
  });

  it('never deletes what is not its own', async () => {
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'thesis.tex'), 'years of work');
    const { code, stderr } = await millrace('reset', '--yes', '--data-dir', dataDir);
    expect(code).toBe(1);
    expect(stderr).toContain('nothing was deleted');
    expect(existsSync(join(dataDir, 'thesis.tex'))).toBe(true);
  });
});
