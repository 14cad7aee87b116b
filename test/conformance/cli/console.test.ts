/** The console tools and kafka-topics beside Kafka's own: the same command line prints the same. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startStack } from '../../../src/server/stack.ts';
import type { Stack } from '../../../src/server/stack.ts';
import { describePeer } from '../../peers.ts';
import { endJavaTools } from './java-tools.ts';
import { ours, sameOutput, theirs } from './side-by-side.ts';

let stack: Stack;
let at: readonly string[] = [];
beforeAll(async () => {
  stack = await startStack({ ports: 0 });
  at = ['--bootstrap-server', stack.bootstrapServers];
});
afterAll(async () => {
  endJavaTools();
  await stack.stop();
});

/** Java prints topics and configurations in the order of a hash table. */
function inOrder(text: string): string {
  const sortConfigs = (_all: string, configs: string): string => `Configs: ${configs.split(',').sort().join(',')}`;
  return text
    .replace(/Configs: (.*)/g, sortConfigs)
    .split('\n')
    .sort()
    .join('\n');
}

/** What is said first: on stderr, past warnings of names that change and of the rebalance protocol. */
function firstLine({ stderr }: { readonly stderr: string }): string | undefined {
  return stderr
    .split('\n')
    .find((line) => !/^The consumer rebalance protocol|^(Warning:|Option) --.* is deprecated/.test(line))
    ?.trim();
}

/** The first records of a topic: a consumer that waits for more takes its time to end. */
const first = (count: number): readonly string[] => ['--from-beginning', '--max-messages', String(count)];
/** All of a topic. */
const all = ['--from-beginning', '--timeout-ms', '3000'];

describePeer('kafka-tools', 'console tools', () => {
  it('the consumer prints what our producer wrote, in each form', async () => {
    const lines = 'h1:a,h2:b\tk1\tvalue one\nh1:c\tNULL\tNULL\nNULL\tk3\tdrei \u00e9\n';
    const properties = ['parse.key=true', 'parse.headers=true', 'null.marker=NULL'].flatMap((p) => ['--property', p]);
    expect(await ours('kafka-console-producer', [...at, '--topic', 'forms', ...properties], lines)).toMatchObject({
      code: 0,
    });
    const forms: readonly (readonly string[])[] = [
      [],
      ['print.key=true'],
      ['print.key=true', 'print.value=false', 'key.separator=|'],
      [
        'print.timestamp=true',
        'print.partition=true',
        'print.offset=true',
        'print.epoch=true',
        'print.headers=true',
        'print.key=true',
      ],
      ['print.headers=true', 'headers.separator=;', 'null.literal=-', 'line.separator=|\n'],
    ];
    for (const form of forms) {
      const args = [...at, '--topic', 'forms', ...first(3), ...form.flatMap((p) => ['--formatter-property', p])];
      await sameOutput('kafka-console-consumer', args);
    }
  });

  it('a record that the Java tool wrote', async () => {
    await theirs('kafka-console-producer', [...at, '--topic', 'java', '--compression-codec', 'zstd'], 'a\nb\n\nc\n');
    await ours('kafka-console-producer', [...at, '--topic', 'ours', '--compression-codec', 'zstd'], 'a\nb\n\nc\n');
    for (const topic of ['java', 'ours']) {
      await sameOutput('kafka-console-consumer', [...at, '--topic', topic, ...first(4)]);
      const one = await ours('kafka-console-consumer', [
        ...at,
        '--topic',
        topic,
        '--partition',
        '0',
        '--offset',
        '1',
        '--max-messages',
        '1',
      ]);
      expect(one).toMatchObject({ stdout: 'b\n', code: 0 });
      expect(one.stderr).toBe('Processed a total of 1 messages\n');
    }
    await sameOutput('kafka-console-consumer', [...at, '--include', 'java|no.*', ...first(4)]);
  });

  it('a group goes on where it ended, behind what was printed', async () => {
    const group = (max: string): readonly string[] => [
      ...at,
      '--topic',
      'java',
      '--group',
      'g',
      '--from-beginning',
      '--max-messages',
      max,
    ];
    expect(await ours('kafka-console-consumer', group('2'))).toMatchObject({ stdout: 'a\nb\n' });
    expect(await theirs('kafka-console-consumer', group('1'))).toMatchObject({ stdout: '\n' });
    expect(await ours('kafka-console-consumer', group('1'))).toMatchObject({ stdout: 'c\n' });
  });

  it('what coordinators keep in their topics', { timeout: 120_000 }, async () => {
    const perf = ['--topic', 'kept', '--num-records', '3', '--throughput', '-1', '--record-size', '5'];
    await ours('kafka-producer-perf-test', [...at, ...perf, '--transactional-id', 'ours']);
    await theirs('kafka-producer-perf-test', [...at, ...perf, '--transactional-id', 'java']);
    for (const consume of [ours, theirs])
      await consume('kafka-console-consumer', [...at, '--topic', 'kept', '--group', 'kept', ...all]);
    const sorted = (text: string): string =>
      text
        .split(/(?<=\})(?=\{"key")/)
        .sort()
        .join('\n');
    const groups = ['--topic', '__consumer_offsets', '--isolation-level', 'read_committed'];
    for (const [formatter, ...topic] of [
      ['OffsetsMessageFormatter', ...groups],
      ['TransactionLogMessageFormatter', '--topic', '__transaction_state'],
    ]) {
      const args = [...at, ...topic, ...all, '--formatter', `org.apache.kafka.tools.consumer.${formatter}`];
      await sameOutput('kafka-console-consumer', args, { normalize: sorted });
    }
    // The consumers themselves are in this one.
    const metadata = [
      ...at,
      ...groups,
      ...all,
      '--formatter',
      'org.apache.kafka.tools.consumer.GroupMetadataMessageFormatter',
    ];
    await sameOutput('kafka-console-consumer', metadata, {
      normalize: (text) =>
        sorted(text)
          .split('\n')
          .filter((line) => line.includes('"group":"kept"'))
          .join('\n'),
    });
  });

  it('command lines that make no sense', { timeout: 120_000 }, async () => {
    await ours('kafka-console-producer', [...at, '--topic', 'java'], 'a\n');
    const say = async (tool: string, table: string, input?: string): Promise<void> => {
      for (const line of table.trim().split('\n')) {
        const args = line
          .trim()
          .split(' ')
          .flatMap((word) => (word === '@' ? at : [word]));
        const java = await theirs(tool, args, input);
        const mine = await ours(tool, args, input);
        expect.soft([mine.code, firstLine(mine)], `${tool} ${line}`).toEqual([java.code, firstLine(java)]);
      }
    };
    await say(
      'kafka-console-consumer',
      `
      --topic java
      @
      @ --topic java --include java
      @ --topic java --offset 3
      @ --topic java --partition 0 --offset x
      @ --topic java --partition 0 --offset -3
      @ --topic java --partition 0 --offset 3 --from-beginning
      @ --topic java --nonsense
      @ --topic java --partition 0 --group g
      @ --topic java --partition 0 --from-beginning --max-messages 1
      @ --topic java --group g --command-property group.id=h
      @ --topic java --from-beginning --command-property auto.offset.reset=latest
      @ --topic java --consumer-property a=b --command-property c=d
      @ --topic java --property a=b --formatter-property c=d
      @ --topic java --include [`,
    );
    await say(
      'kafka-console-producer',
      `
      --topic java
      @
      @ --topic p --property a=b --reader-property c=d
      @ --topic p --producer-property a=b --command-property c=d
      @ --topic p --reader-property parse.key=true
      @ --topic p --reader-property parse.key=true --reader-property key.separator=,
      @ --topic p --reader-property parse.headers=true
      @ --topic p --reader-property parse.headers=true --reader-property headers.delimiter=,
      @ --topic p --reader-property parse.headers=true --reader-property headers.separator=:
      @ --topic p --reader-property null.marker=, --reader-property headers.separator=,
      @ --topic p --command-property acks=7
      @ --topic p --request-required-acks 5
      @ --topic p --compression-codec nonsense
      @ --topic p --batch-size x
      @ --topic p --nonsense`,
      'h:1,i no tab\n',
    );
  });
});

describePeer('kafka-tools', 'kafka-topics', () => {
  it('creates, lists, describes, alters, deletes', async () => {
    const same = (...args: string[]): Promise<void> =>
      sameOutput('kafka-topics', [...at, ...args], { normalize: inOrder });
    const create = [
      '--create',
      '--partitions',
      '2',
      '--config',
      'retention.ms=1000',
      '--config',
      'cleanup.policy=compact',
    ];
    const both = async (...args: string[]): Promise<void> => {
      const java = await theirs('kafka-topics', [...at, ...args.map((arg) => arg.replace('NAME', 't-java'))]);
      const mine = await ours('kafka-topics', [...at, ...args.map((arg) => arg.replace('NAME', 't-ours'))]);
      const stdout = mine.stdout.replaceAll('t-ours', 't-java');
      expect({ stdout, code: mine.code }, args.join(' ')).toEqual({ stdout: java.stdout, code: java.code });
    };
    await both(...create, '--topic', 'NAME');
    await both(...create, '--topic', 'NAME');
    await both(...create, '--topic', 'NAME', '--if-not-exists');
    await both('--create', '--topic', 'NAME.with_both');
    await both('--create', '--topic', 'NAME!');
    await both('--create', '--topic', 'NAME-x', '--config', 'no.such=1');
    await both('--create', '--topic', 'NAME-x', '--config', 'retention.ms=x');
    await both('--create', '--topic', 'NAME-x', '--replication-factor', '3');
    await both('--create', '--topic', 'NAME-x', '--partitions', '0');
    await both('--alter', '--topic', 'NAME', '--partitions', '4');
    await both('--alter', '--topic', 'NAME', '--partitions', '1');
    await both('--alter', '--topic', 'NAME-none', '--partitions', '4');
    await same('--list');
    await same('--list', '--exclude-internal', '--topic', 't-.*');
    await same('--describe');
    await same('--describe', '--topic', 't-ours');
    await same('--describe', '--topic', 't-ours', '--topic', 't-ours');
    await same('--describe', '--topics-with-overrides');
    await same('--describe', '--unavailable-partitions');
    await same('--describe', '--under-replicated-partitions');
    await same('--describe', '--at-min-isr-partitions');
    await same('--describe', '--topic', 'none');
    await same('--describe', '--topic', 'none', '--if-exists');
    await both('--delete', '--topic', 'NAME');
    await both('--delete', '--topic', 'NAME');
    await same('--list', '--create');
    await same('--create');
  });
});
