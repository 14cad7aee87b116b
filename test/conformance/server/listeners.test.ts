/** Two listeners, each with an address of its own, as inside and outside of a compose network: every client finds the broker at both. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startStack } from '../../../src/server/stack.ts';
import type { Stack } from '../../../src/server/stack.ts';
import { confluentKafka, describePeer, kafkaTool, kcat } from '../../peers.ts';

const roundTrip = `
import sys
from confluent_kafka import Producer, Consumer, TopicPartition
servers, topic = sys.argv[1], sys.argv[2]
producer = Producer({'bootstrap.servers': servers})
producer.produce(topic, 'by ' + servers, partition=0)
assert producer.flush(20) == 0
consumer = Consumer({'bootstrap.servers': servers, 'group.id': servers})
consumer.assign([TopicPartition(topic, 0, 0)])
message = consumer.poll(20)
print(message.value().decode())
consumer.close()
`;

/** Free ports of this machine. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once('listening', resolve))));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

describePeer('confluent-kafka', 'two Kafka listeners', () => {
  let stack: Stack;
  let inside = '';
  let outside = '';
  beforeAll(async () => {
    const [a = 0, b = 0] = await freePorts(2);
    inside = `127.0.0.1:${a}`;
    outside = `localhost:${b}`;
    stack = await startStack({
      ports: 0,
      broker: {
        listeners: `PLAINTEXT://0.0.0.0:${a},PLAINTEXT_HOST://localhost:${b}`,
        'advertised.listeners': `PLAINTEXT://${inside},PLAINTEXT_HOST://${outside}`,
        'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,PLAINTEXT_HOST:PLAINTEXT',
        'num.partitions': '3',
        'node.id': '7',
      },
    });
  });
  afterAll(() => stack.stop());

  it('tells the address for this machine', () => {
    expect(stack.bootstrapServers).toBe(inside);
  });

  it('kcat is told the address of the listener that it asks', async () => {
    for (const servers of [inside, outside]) {
      const { stdout } = await kcat(['-L', '-b', servers]);
      expect(stdout).toContain(`broker 7 at ${servers} (controller)`);
    }
  });

  it('confluent-kafka and Kafka itself write and read at both; topics have the configured partitions', async () => {
    for (const [i, servers] of [inside, outside].entries()) {
      expect(await confluentKafka(roundTrip, servers, `t${i}`)).toMatchObject({ stdout: `by ${servers}\n` });
      const { stdout } = await kafkaTool('kafka-topics', [
        '--bootstrap-server',
        servers,
        '--describe',
        '--topic',
        `t${i}`,
      ]);
      expect(stdout).toContain('PartitionCount: 3');
      expect(stdout).toMatch(/Leader: 7\b/);
    }
  });
});
