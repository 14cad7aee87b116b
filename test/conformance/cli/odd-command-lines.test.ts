/** Command lines that go wrong in ways that nobody means to type, beside Kafka's own tools: the same words, at the same place, and the same code. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startStack } from '../../../src/server/stack.ts';
import type { Stack } from '../../../src/server/stack.ts';
import { describePeer } from '../../peers.ts';
import { endJavaTools } from './java-tools.ts';
import { ours, sameOutput } from './side-by-side.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ ports: 0 });
  for (const topic of ['words', 'more'])
    await ours('kafka-topics', ['--bootstrap-server', stack.bootstrapServers, '--create', '--topic', topic]);
});
afterAll(async () => {
  endJavaTools();
  await stack.stop();
});

const words = (line: string): string[] =>
  line
    .split(' ')
    .filter((word) => word !== '')
    .flatMap((word) => (word === '@' ? ['--bootstrap-server', stack.bootstrapServers] : [word]));

const normalize = (text: string): string =>
  text.replace(/Configs: (.*)$/gm, (_all, configs: string) => `Configs: ${configs.split(',').sort().join(',')}`);

describePeer('kafka-tools', 'odd command lines', () => {
  it('kafka-topics', { timeout: 120_000 }, async () => {
    for (const line of [
      '',
      '@ --list --topic none',
      '@ --list --topic [',
      '@ --describe --topic [',
      '@ --describe --partition-size-limit-per-response x',
      '@ --create --topic x --partitions x',
      '@ --create --topic x --replication-factor 0',
      '@ --create --topic x --replication-factor 99999',
      '@ --create --topic x --replica-assignment x',
      '@ --create --topic x --replica-assignment 1,1:1',
      '@ --create --topic x --replica-assignment 1 --partitions 1',
      '@ --alter --topic more --partitions 4 --replica-assignment 1:1:1',
      '@ --alter --topic more --partitions 4 --replication-factor 1',
      '@ --create --topic x --partitions 2147483648',
      '@ --describe --topic words --delete-config retention.ms',
      '@ --alter --topic words --delete-config retention.ms',
    ])
      await sameOutput('kafka-topics', words(line), { normalize, withErrors: true });
    // Java's set has no order.
    const { stderr, code } = await ours('kafka-topics', words('@ --alter --topic more --config a=b'));
    expect([code, stderr.split('\n')[0]]).toEqual([1, expect.stringMatching(/^Option combination .* can't be used /)]);
  });

  it('kafka-get-offsets', { timeout: 120_000 }, async () => {
    for (const line of [
      '@ --topic words --time x',
      '@ --topic words --time 99999999999999999999',
      '@ --topic words --time 9223372036854775807',
      '@ --topic more --partitions x',
      '@ --topic-partitions words:0 --topic words',
    ])
      await sameOutput('kafka-get-offsets', words(line), { withErrors: true });
    for (const line of ['@ --topic [', '@ --topic-partitions [:0']) {
      await sameOutput('kafka-get-offsets', words(line));
      expect((await ours('kafka-get-offsets', words(line))).stderr).toBe('Error occurred: [ is an invalid regex.\n');
    }
  });

  it('kafka-consumer-groups', { timeout: 120_000 }, async () => {
    for (const line of [
      '@ --reset-offsets --group g --topic words --to-offset x --dry-run',
      '@ --reset-offsets --group g --topic words --shift-by x --dry-run',
      '@ --describe --group g --timeout x',
      '@ --reset-offsets --group g --topic words --to-offset 9223372036854775808 --dry-run',
    ])
      await sameOutput('kafka-consumer-groups', words(line));
  });

  it('numbers that are too large, and an empty transactional id', { timeout: 120_000 }, async () => {
    for (const filter of ['99999999999999999999', '9223372036854775807'])
      await sameOutput('kafka-transactions', words(`@ list --duration-filter ${filter}`), { withErrors: true });
    const produce = words('@ --topic words --num-records 1 --record-size 1 --throughput -1 --transactional-id');
    const { code, stderr } = await ours('kafka-producer-perf-test', [...produce, '']);
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('configuration transactional.id: String must be non-empty'),
    ]);
    const timeout = words('@ --topic words --timeout 99999999999999999999');
    expect((await ours('kafka-console-producer', timeout, 'a\n')).stderr).toMatch(
      /^Cannot parse argument '99999999999999999999' of option timeout\n/,
    );
  });
});
