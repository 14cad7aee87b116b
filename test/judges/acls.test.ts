/** kafka-acls beside Kafka's own on a real Kafka that has an authorizer, which our broker has not. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { endJavaTools } from '../conformance/cli/java-tools.ts';
import { messages, ours, theirs } from '../conformance/cli/side-by-side.ts';
import { describePeer } from '../peers.ts';
import { startRealKafka } from './kafka-process.ts';
import type { RealKafka } from './kafka-process.ts';

/** Each is done to names of its own; `NAME` becomes them. */
const table = `
  --add --allow-principal User:bob --allow-host 1.2.3.4 --operation Read --operation Write --topic NAME
  --add --allow-principal User:bob --allow-host 1.2.3.4 --operation Read --operation Delete --topic NAME
  --add --deny-principal User:eve --topic NAME --topic NAME-2
  --add --allow-principal User:bob --producer --topic NAME --transactional-id NAME
  --add --allow-principal User:bob --consumer --topic NAME --group NAME
  --add --allow-principal User:bob --operation Read --topic NAME-pre --resource-pattern-type prefixed
  --add --allow-principal User:bob --operation Alter --group NAME
  --list --topic NAME
  --list --topic NAME-prefix --resource-pattern-type match
  --list --principal User:eve --topic NAME
  --list --group NAME --transactional-id NAME
  --remove --allow-principal User:bob --operation Read --allow-host 1.2.3.4 --topic NAME --force
  --list --topic NAME
  --remove --topic NAME --force
  --list --topic NAME
  --list --group NAME`;

describePeer('kafka-tools', 'kafka-acls with an authorizer', () => {
  let kafka: RealKafka;
  beforeAll(async () => {
    const authorizer = 'org.apache.kafka.metadata.authorizer.StandardAuthorizer';
    kafka = await startRealKafka([], [`authorizer.class.name=${authorizer}`, 'super.users=User:ANONYMOUS']);
  });
  afterAll(async () => {
    endJavaTools();
    await kafka.stop();
  });

  it('adds, lists and removes the same', async () => {
    const at = ['--bootstrap-server', `127.0.0.1:${kafka.port}`];
    // Java's order of sets is not ours.
    const seen = (text: string, name: string): string[] =>
      messages(text.replaceAll(name, 'NAME'))
        .replace(/\[([A-Z_, ]+)\]/, (_all, list: string) => list.split(', ').sort().join(' '))
        .split('\n')
        .map((line) => line.trim())
        .sort();
    for (const line of table.trim().split('\n')) {
      const words = (name: string): string[] => [...at, ...line.trim().replaceAll('NAME', name).split(' ')];
      const java = await theirs('kafka-acls', words('java'));
      const mine = await ours('kafka-acls', words('mine'));
      expect
        .soft([mine.code, seen(mine.stdout, 'mine'), seen(mine.stderr, 'mine')], line)
        .toEqual([java.code, seen(java.stdout, 'java'), seen(java.stderr, 'java')]);
    }
    // What ours wrote, Java reads as it reads its own.
    const all = await theirs('kafka-acls', [...at, '--list']);
    const half = (name: string): string[] => seen(all.stdout, name).filter((line) => line.includes('NAME'));
    expect(half('mine')).toEqual(half('java'));
    expect(half('mine').length).toBeGreaterThan(2);
  });
});
