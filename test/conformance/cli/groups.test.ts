/** kafka-consumer-groups and kafka-get-offsets beside Kafka's own; cub, which has no peer here. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectKafka } from '../../../src/client/kafka.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { nodeNetwork } from '../../../src/core/network.ts';
import { systemRandom } from '../../../src/core/random.ts';
import { startStack } from '../../../src/server/stack.ts';
import type { Stack } from '../../../src/server/stack.ts';
import { describePeer } from '../../peers.ts';
import { endJavaTools } from './java-tools.ts';
import { ours, sameOutput } from './side-by-side.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-groups-'));
let stack: Stack;
let at: readonly string[] = [];
beforeAll(async () => {
  stack = await startStack({ ports: 0 });
  at = ['--bootstrap-server', stack.bootstrapServers];
  await ours('kafka-topics', [...at, '--create', '--topic', 'words', '--partitions', '2']);
  await ours('kafka-console-producer', [...at, '--topic', 'words', '--sync'], 'a\nb\nc\nd\ne\nf\n');
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
  rmSync(folder, { recursive: true, force: true });
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

  const same = async (table: string, withErrors = true): Promise<void> => {
    for (const line of table.trim().split('\n')) {
      const words = line
        .trim()
        .split(/\s+/)
        .flatMap((word) => (word === '@' ? at : [word.replace('%', folder)]));
      const normalize = (text: string): string => sorted(trimmed(text));
      await sameOutput('kafka-consumer-groups', words, { normalize, withErrors });
    }
  };

  it('without members', { timeout: 120_000 }, async () => {
    await same(`
      @ --list
      @ --list --state
      @ --list --type --state empty
      @ --list --state nonsense
      @ --list --type nonsense
      @ --describe --group g
      @ --describe --group g --verbose
      @ --describe --group g --offsets --group h
      @ --describe --all-groups
      @ --describe --group g --members
      @ --describe --group g --state
      @ --describe --group g --state --verbose
      @ --describe --group none
      @ --describe
      @ --describe --group g --all-groups
      @ --describe --group g --members --state
      @ --describe --group g --state empty
      @ --describe --group g --topic words
      @ --list --group g
      @ --list --describe
      @
      --list
      @ --validate-regex a.*b
      @ --delete
      @ --delete --group g --topic words
      @ --delete --group none`);
  });

  it('offsets that are set anew', { timeout: 120_000 }, async () => {
    writeFileSync(join(folder, 'plan.csv'), 'words,0,1\nwords,1,0\n');
    writeFileSync(join(folder, 'plans.csv'), 'g,words,0,2\nh,words,0,1\n');
    const options = [
      '--topic words --to-earliest',
      '--topic words --to-latest',
      '--topic words:0 --shift-by -1',
      '--topic words --shift-by 1',
      '--all-topics --shift-by -9',
      '--all-topics --to-offset 99 --export',
      '--all-topics --to-current',
      '--topic words --to-current',
      '--topic words --to-datetime 2020-01-01T00:00:00.000',
      '--topic words --to-datetime 2090-01-01T00:00:00.000+02:00',
      '--topic words --to-datetime yesterday',
      '--topic words --by-duration PT1H',
      '--topic words --by-duration PT0S',
      '--topic words --by-duration 1h',
      '--from-file %/plan.csv',
      '--from-file %/plans.csv --group h',
      '--from-file %/none.csv',
      '--topic none --to-latest',
      '--topic words:7 --to-latest',
      '--topic words: --to-latest',
      '--topic words:x --to-latest',
      '--topic words',
      '--to-latest',
      '--topic words --to-latest --to-earliest',
      '--topic words --to-latest --execute',
    ].map((option) => `@ --reset-offsets --group g --dry-run ${option}`);
    // Kafka's own log says on stderr what it moved into range; without logging it does not.
    await same(options.join('\n'), false);
    await same(`
      @ --reset-offsets --group g --topic words --to-offset 1
      @ --reset-offsets --group g --topic words:0 --to-offset 1 --execute
      @ --reset-offsets --group g --from-file %/plan.csv --execute
      @ --reset-offsets --all-groups --topic words --to-earliest --dry-run --export
      @ --reset-offsets --all-groups --topic words --to-earliest --execute
      @ --describe --all-groups
      @ --reset-offsets --topic words --to-earliest --execute
      @ --delete-offsets --group g
      @ --delete-offsets --topic words
      @ --delete-offsets --group g --topic words:0
      @ --delete-offsets --group g --topic words
      @ --delete-offsets --group g --topic none
      @ --delete-offsets --group none --topic words
      @ --describe --group g`);
  });

  it('with members', { timeout: 120_000 }, async () => {
    const stop = new AbortController();
    const client = await connectKafka({
      bootstrapServers: stack.bootstrapServers,
      network: nodeNetwork,
      clock: systemClock,
      random: systemRandom,
      clientId: 'someone',
    });
    const members = ['', 'seat-1'].map((instanceId) =>
      client.consumer({ group: 'live', topics: ['words'], ...(instanceId === '' ? {} : { instanceId }) }),
    );
    const polls = members.map(async (member) => {
      while (!stop.signal.aborted) await member.poll(100);
    });
    const assigned = (): number => members.filter((member) => member.assignment().length === 1).length;
    while (assigned() < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    await members[0]?.commit();
    await same(`
      @ --list --state
      @ --list --state stable
      @ --describe --group live
      @ --describe --group live --verbose
      @ --describe --group live --members
      @ --describe --group live --members --verbose
      @ --describe --group live --state
      @ --describe --group live --state --verbose
      @ --describe --all-groups --members
      @ --delete --group live
      @ --delete --group live --group none
      @ --delete-offsets --group live --topic words
      @ --reset-offsets --group live --topic words --to-earliest --execute`);
    stop.abort();
    await Promise.all(polls);
    await client.close();
    await same('@ --describe --group live');
  });

  it('the end of groups', async () => {
    expect(await ours('kafka-consumer-groups', [...at, '--delete', '--group', 'g', '--group', 'none'])).toMatchObject({
      code: 0,
      stdout:
        "\nError: Deletion of some consumer groups failed:\n* Group 'none' could not be deleted due to: org.apache.kafka.common.errors.GroupIdNotFoundException: The group id does not exist.\n\nThese consumer groups were deleted successfully: 'g'\n",
    });
    expect(await ours('kafka-consumer-groups', [...at, '--delete', '--all-groups'])).toMatchObject({ code: 0 });
    // The seat of the static member is kept until its session is over.
    expect(await ours('kafka-consumer-groups', [...at, '--list'])).toMatchObject({ stdout: 'live\n' });
  });
});

/** Java's order of maps is not ours. */
function sorted(text: string): string {
  return text.split('\n').sort().join('\n');
}

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
