/** The ports' own implementations: what everybody else relies on. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sleep, systemClock } from '../../../src/core/clock.ts';
import { nodeDisk, readFileSync, replaceFileSync } from '../../../src/core/disk.ts';
import { nodeNetwork } from '../../../src/core/network.ts';
import { randomBelow, randomUuid, seededRandom, systemRandom } from '../../../src/core/random.ts';

it('a seed gives the same numbers again, another seed others', () => {
  const numbers = (seed: number): number[] => {
    const random = seededRandom(seed);
    return [random.uint32(), random.float(), ...random.bytes(8), randomBelow(random, 10)];
  };
  expect(numbers(1)).toEqual(numbers(1));
  expect(numbers(1)).not.toEqual(numbers(2));
});

it('both sources are uniform enough: each of ten buckets gets its share', () => {
  for (const random of [seededRandom(3), systemRandom]) {
    const buckets = new Array<number>(10).fill(0);
    for (let i = 0; i < 20_000; i++) {
      const bucket = randomBelow(random, 10);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    // Five standard deviations (42) around 2000: fails once in a million runs by chance.
    for (const count of buckets) expect(Math.abs(count - 2000)).toBeLessThan(215);
  }
});

it('a uuid is of version 4', () => {
  expect(randomUuid(seededRandom(5)).toString('hex')).toMatch(/^.{12}4.{3}[89ab].{15}$/);
});

it('sleep ends early when it is aborted', async () => {
  const controller = new AbortController();
  const waiting = sleep(systemClock, 3_600_000, controller.signal);
  controller.abort();
  await waiting;
  await sleep(systemClock, 0);
});

it('a file is replaced as a whole', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-disk-'));
  try {
    const path = join(folder, 'file');
    replaceFileSync(nodeDisk, path, Buffer.from('a longer content'));
    replaceFileSync(nodeDisk, path, Buffer.from('short'));
    expect(readFileSync(nodeDisk, path).toString()).toBe('short');
    expect(nodeDisk.listSync(folder)).toEqual(['file']);
    expect(() => nodeDisk.openSync(join(folder, 'none'))).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it('listens on both loopback addresses at one port, and says when it is taken', async () => {
  const listener = await nodeNetwork.listen(['127.0.0.1', '::1'], 0, ({ stream }) => stream.pipe(stream));
  try {
    const { stream, remotePort } = await nodeNetwork.connect('127.0.0.1', listener.port);
    expect(remotePort).toBe(listener.port);
    stream.write('echo');
    expect(String(await new Promise((resolve) => stream.once('data', resolve)))).toBe('echo');
    stream.destroy();
    await expect(nodeNetwork.listen(['127.0.0.1'], listener.port, () => {})).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  } finally {
    await listener.close();
  }
  await expect(nodeNetwork.connect('127.0.0.1', listener.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
