/** The tools for brokers, topics, transactions beside Kafka's own: the same command line says the same, on stdout and on stderr. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, it } from 'vitest';
import { startStack } from '../../../src/server/stack.ts';
import type { Stack } from '../../../src/server/stack.ts';
import { describePeer } from '../../peers.ts';
import { endJavaTools } from './java-tools.ts';
import { ours, sameOutput } from './side-by-side.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-tools-'));
let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ ports: 0 });
  await ours('kafka-topics', ['--bootstrap-server', stack.bootstrapServers, '--create', '--topic', 'words']);
  const produce = ['--bootstrap-server', stack.bootstrapServers, '--topic', 'words'];
  await ours('kafka-console-producer', produce, 'one\ntwo\nthree\n');
});
afterAll(async () => {
  endJavaTools();
  await stack.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Java's order of maps is not ours, nor what changes from call to call. */
function unordered(text: string): string {
  return text
    .replace(/\{"partition":[^}]*\}/g, '\n$&\n')
    .replace(/ \[usable: \d+\]/g, '')
    .replace(/,$/gm, '')
    .replace(/^\t\w+\((93|94)\): .*\n/gm, '') // newer than Kafka 4.3
    .replace(/\b1[78]\d{11}\b/g, 'TIME')
    .split('\n')
    .sort()
    .join('\n');
}

/** `@` stands for where the broker is, `%` for the folder of the files. A command line may be said twice: to change, and to see that it has. */
async function sameSayings(tool: string, table: string): Promise<void> {
  for (const line of table.trim().split('\n')) {
    const args = line.trim() === '-' ? [] : line.trim().split(/\s+/);
    const words = args.flatMap((word) =>
      word === '@' ? ['--bootstrap-server', stack.bootstrapServers] : [word.replace('%', folder)],
    );
    await sameOutput(tool, words, { normalize: unordered, withErrors: true });
  }
}

const cases: Readonly<Record<string, string>> = {
  'kafka-log-dirs': `
    @
    @ --describe
    @ --describe --broker-list 1 --topic-list words
    @ --describe --topic-list none
    @ --describe --broker-list 7
    -`,
  'kafka-delete-records': `
    @
    @ --offset-json-file %/none.json
    @ --offset-json-file %/twice.json
    @ --offset-json-file %/nonsense.json
    @ --offset-json-file %/type.json
    @ --offset-json-file %/version.json
    @ --offset-json-file %/too-far.json
    @ --offset-json-file %/one.json
    @ --offset-json-file %/end.json`,
  'kafka-acls': `
    -
    @
    @ --list
    @ --list --topic words --principal User:bob
    @ --add --allow-principal User:bob --operation Read --topic words
    @ --add --topic words
    @ --add --allow-principal User:bob
    @ --add --allow-principal User:bob --producer
    @ --add --allow-principal User:bob --producer --topic t --operation All
    @ --add --allow-principal User:bob --consumer --topic t
    @ --add --allow-principal User:bob --topic t --resource-pattern-type match
    @ --remove --allow-principal User:bob --topic words --force
    @ --list --add
    --list`,
  'kafka-broker-api-versions': `
    -
    @`,
  'kafka-cluster': `
    -
    cluster-id @
    list-endpoints @
    list-endpoints @ --include-fenced-brokers
    unregister @ --id 3
    unregister @ --id x
    unregister @
    cluster-id
    nonsense
    cluster-id --nonsense`,
  'kafka-features': `
    @ describe
    @ describe --node-id -4
    @ upgrade
    @ upgrade --feature x
    @ upgrade --feature x=y
    @ upgrade --feature none=1
    @ upgrade --metadata 4.0
    @ upgrade --metadata 1.0
    @ upgrade --release-version 3.9 --dry-run
    @ downgrade --feature transaction.version=7 --dry-run
    @ disable --feature none
    version-mapping
    version-mapping --release-version 3.9
    version-mapping --release-version 1.0
    feature-dependencies --feature transaction.version=2
    feature-dependencies --feature eligible.leader.replicas.version=1 --feature group.version=0
    feature-dependencies --feature none=1
    feature-dependencies --feature group.version=7
    feature-dependencies --feature metadata.version=7
    feature-dependencies --feature metadata.version=99
    describe
    nonsense-before @`,
  'kafka-metadata-quorum': `
    @ describe --status
    @ describe --replication
    @ describe
    @ describe --status --human-readable
    @ describe --status --replication
    describe --status`,
  'kafka-leader-election': `
    -
    @
    @ --election-type preferred
    @ --election-type preferred --all-topic-partitions
    @ --election-type preferred --topic words --partition 0
    @ --election-type preferred --topic words
    @ --election-type preferred --partition 0
    @ --election-type unclean --topic words --partition 9
    @ --election-type nonsense --topic words --partition 0
    @ --election-type preferred --path-to-json-file %/one.json`,
  'kafka-reassign-partitions': `
    @
    @ --list
    --list`,
  'kafka-transactions': `
    -
    @
    @ list
    @ list --duration-filter 5
    @ list --transactional-id-pattern a.*
    @ describe
    @ describe --transactional-id none
    @ describe-producers --topic words --partition 0
    @ describe-producers --topic words
    @ find-hanging
    @ find-hanging --broker-id 1
    @ find-hanging --topic words
    @ find-hanging --partition 0 --broker-id 1
    @ abort --topic words --partition 0
    @ abort --topic words --partition 0 --start-offset 0
    @ abort --topic words --partition 0 --producer-id 5
    @ abort --topic words --partition x
    @ forceTerminateTransaction --transactionalId mine
    @ list
    @ describe --transactional-id mine
    @ nonsense
    list
    --version`,
  'kafka-configs': `
    -
    @ --describe
    @ --describe --alter
    --describe --topic words
    @ --describe --topic words
    @ --describe --entity-type topics --entity-name words --all
    @ --alter --topic words --add-config retention.ms=1000,cleanup.policy=[compact,delete]
    @ --describe --entity-type topics
    @ --alter --topic words --delete-config retention.ms,cleanup.policy
    @ --alter --topic words --delete-config none
    @ --alter --topic words --add-config none=1
    @ --alter --topic words --add-config retention.ms=x
    @ --alter --topic words --add-config retention.ms
    @ --alter --topic none --add-config retention.ms=1
    @ --describe --topic none
    @ --alter --broker 1 --add-config log.cleaner.threads=2
    @ --describe --entity-type brokers
    @ --describe --broker 1
    @ --describe --broker 1 --all
    @ --alter --broker 1 --delete-config log.cleaner.threads
    @ --alter --broker-defaults --add-config log.cleaner.threads=2
    @ --describe --entity-type brokers --entity-default
    @ --alter --broker-defaults --delete-config log.cleaner.threads
    @ --describe --broker 7
    @ --describe --broker x
    @ --alter --user bob --add-config producer_byte_rate=1000,consumer_byte_rate=2e7
    @ --alter --user bob --client app --add-config request_percentage=50
    @ --alter --client-defaults --add-config producer_byte_rate=7
    @ --alter --user bob --add-config none=1
    @ --alter --user bob --add-config producer_byte_rate=x
    @ --alter --client app --delete-config producer_byte_rate
    @ --describe --entity-type users
    @ --describe --entity-type users --entity-name bob
    @ --describe --entity-type clients
    @ --describe --entity-type users --entity-type clients
    @ --alter --ip 127.0.0.1 --add-config connection_creation_rate=5
    @ --alter --ip 127.0.0.1 --add-config producer_byte_rate=5
    @ --describe --entity-type ips
    @ --describe --entity-type groups
    @ --describe --group none
    @ --alter --group g --add-config consumer.session.timeout.ms=50000
    @ --describe --group g
    @ --alter --client-metrics m --add-config interval.ms=1000
    @ --describe --entity-type client-metrics
    @ --describe --client-metrics none
    @ --describe --entity-type broker-loggers --entity-name 1
    @ --describe --entity-type broker-loggers
    @ --describe --entity-type nonsense
    @ --describe --entity-type topics --entity-default
    @ --alter --topic words
    @ --alter --entity-type topics --add-config a=b
    @ --alter --entity-type users --add-config a=b
    @ --describe --topic words --entity-type topics
    @ --describe --topic words --entity-type brokers
    @ --describe --topic words --add-config a=b
    @ --describe --topic words --user bob`,
};

const files: Readonly<Record<string, string>> = {
  one: '{"partitions":[{"topic":"words","partition":0,"offset":1}],"version":1}',
  end: '{"partitions":[{"topic":"words","partition":0,"offset":-1}]}',
  twice: '{"partitions":[{"topic":"words","partition":0,"offset":1},{"topic":"words","partition":0,"offset":2}]}',
  nonsense: 'nonsense',
  type: '{"partitions":[{"topic":"words","partition":"x"}],"version":1}',
  version: '{"partitions":[],"version":2}',
  'too-far': '{"partitions":[{"topic":"words","partition":0,"offset":99}]}',
};

describePeer('kafka-tools', 'tools for administrators', () => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, `${name}.json`), text);
  for (const [tool, table] of Object.entries(cases)) it(tool, { timeout: 120_000 }, () => sameSayings(tool, table));
});
