/** kafka-consumer-groups and kafka-get-offsets beside Kafka's own; cub, which has no peer here. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStack } from '../../../src/server/stack.ts';
import type { Stack } from '../../../src/server/stack.ts';
import { describePeer } from '../../peers.ts';
import { endJavaTools } from './java-tools.ts';
import { ours, sameOutput } from './side-by-side.ts';

let stack: Stack;
let at: readonly string[] = [];
beforeAll(async () => {
  stack = await startStack({ ports: 0 });
  at = ['--bootstrap-server', stack.bootstrapServers];
  await ours('kafka-console-producer', [...at, '--topic', 'words'], 'a\nb\nc\nd\n');
  await ours('kafka-console-consumer', [
    ...at,
    '--topic',
    'words',
    '--group',
    'g',
    '--from-beginning',
    '--max-messages',
    '3',
  ]);
});
afterAll(async () => {
  endJavaTools();
  await stack.stop();
});

describePeer('kafka-tools', 'groups and offsets', () => {
  it('offsets by time', async () => {
    const same = (...args: string[]): Promise<void> => sameOutput('kafka-get-offsets', [...at, ...args]);
    await same('--topic', 'words');
    await same('--topic', 'words', '--time', 'earliest');
    await same('--topic', 'words', '--time', '-3');
    await same('--topic', 'words', '--time', '99999999999999');
    await same('--topic-partitions', 'words:0-1,none', '--time', '0');
    await same('--topic', 'none');
    await same('--topic', 'words', '--time', 'x');
  });

  it('groups', async () => {
    const same = (...args: string[]): Promise<void> =>
      sameOutput('kafka-consumer-groups', [...at, ...args], { normalize: trimmed });
    await same('--list');
    await same('--list', '--state');
    await same('--describe', '--group', 'g');
    await same('--describe', '--group', 'g', '--members');
    await same('--describe', '--group', 'g', '--state');
    await same('--describe', '--group', 'none');
    await same('--reset-offsets', '--group', 'g', '--topic', 'words', '--to-earliest', '--dry-run');
    await same('--reset-offsets', '--group', 'g', '--topic', 'words:0', '--shift-by', '-1', '--dry-run');
    await same('--reset-offsets', '--group', 'g', '--all-topics', '--to-offset', '99', '--export', '--dry-run');
    await same('--reset-offsets', '--group', 'g', '--topic', 'words', '--to-offset', '1', '--execute');
    await same('--describe', '--group', 'g');
    await same('--delete', '--group', 'none');
    expect(await ours('kafka-consumer-groups', [...at, '--delete', '--group', 'g'])).toMatchObject({
      code: 0,
      stdout: "Deletion of requested consumer groups ('g') was successful.\n",
    });
  });
});

/** Without the blanks that fill the last column of a line. */
const trimmed = (text: string): string => text.replace(/ +$/gm, '');

describe('cub', () => {
  it('tells whether a service is ready', async () => {
    const { bootstrapServers, schemaRegistryUrl } = stack;
    expect(await ours('cub', ['kafka-ready', '-b', bootstrapServers, '1', '5'])).toMatchObject({ code: 0 });
    expect(await ours('cub', ['kafka-ready', '-b', bootstrapServers, '2', '0'])).toMatchObject({
      code: 1,
      stderr: 'Expected 2 brokers but found only 1.\n',
    });
    const port = new URL(schemaRegistryUrl).port;
    expect(await ours('cub', ['sr-ready', 'localhost', port, '5'])).toMatchObject({ code: 0, stderr: '' });
    expect(await ours('cub', ['sr-ready', 'localhost', '1', '0'])).toMatchObject({ code: 1 });
  });
});
