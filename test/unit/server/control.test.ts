import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { nodeDisk } from '../../../src/core/disk.ts';
import { nodeNetwork } from '../../../src/core/network.ts';
import { systemRandom } from '../../../src/core/random.ts';
import { askHolder, holdDirectory } from '../../../src/server/control.ts';
import type { HeldDirectory } from '../../../src/server/control.ts';

const ports = { disk: nodeDisk, network: nodeNetwork, random: systemRandom };
let directory = '';
let held: HeldDirectory[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-control-'));
  held = [];
});
afterEach(async () => {
  for (const one of held) await one.release();
  rmSync(directory, { recursive: true, force: true });
});

const hold = async (): Promise<void> => {
  held.push(
    await holdDirectory(directory, ports, async (command) => {
      if (command !== 'status') throw new Error(`no command ${command}`);
      return { status: { pid: 7 } };
    }),
  );
};

it('answers commands, and refuses those that it does not know', async () => {
  await hold();
  expect(await askHolder(directory, 'status', nodeNetwork)).toEqual({ ok: true, status: { pid: 7 } });
  expect(await askHolder(directory, 'dance', nodeNetwork)).toEqual({ ok: false, message: 'no command dance' });
});

it('nobody answers for a directory that nobody holds', async () => {
  expect(await askHolder(directory, 'status', nodeNetwork)).toBeNull();
});

it('a second holder is refused, and the first one goes on', async () => {
  await hold();
  await expect(hold()).rejects.toMatchObject({ code: 'MILLRACE_DATA_DIR_HELD' });
  expect(await askHolder(directory, 'status', nodeNetwork)).toMatchObject({ ok: true });
});

it('of many that start at once one gets it', async () => {
  const results = await Promise.allSettled(Array.from({ length: 8 }, hold));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

it('can be held again after its release', async () => {
  await hold();
  await held.pop()?.release();
  await hold();
  expect(await askHolder(directory, 'status', nodeNetwork)).toMatchObject({ ok: true });
});

it('the socket of a process that was killed is in nobody’s way', async () => {
  const path = join(directory, 'control.sock');
  const child = spawn(process.execPath, [
    '-e',
    `require('node:net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`,
  ]);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  await expect(hold()).rejects.toMatchObject({ code: 'MILLRACE_DATA_DIR_HELD' });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
  await hold();
  expect(await askHolder(directory, 'status', nodeNetwork)).toMatchObject({ ok: true });
});

it('garbage on the socket hurts nobody', async () => {
  await hold();
  const stream = await nodeNetwork.connectLocal(join(directory, 'control.sock'));
  stream.write('not json\n');
  await new Promise((resolve) => stream.once('data', resolve));
  stream.destroy();
  expect(await askHolder(directory, 'status', nodeNetwork)).toMatchObject({ ok: true });
});
