/** A real Apache Kafka of three nodes, each a broker and a voter, on free ports in folders of its own. Nodes can be killed and started again. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectKafka } from '../../src/client/kafka.ts';
import type { KafkaClient } from '../../src/client/kafka-client.ts';
import { sleep, systemClock } from '../../src/core/clock.ts';
import { nodeNetwork } from '../../src/core/network.ts';
import { systemRandom } from '../../src/core/random.ts';
import { javaClasspath, javaMain } from '../peers.ts';
import { freePort, realClusterId } from './kafka-process.ts';

const nodeIds = [1, 2, 3] as const;
type NodeId = (typeof nodeIds)[number];

export interface RealCluster {
  readonly bootstrapServers: string;
  connect(): Promise<KafkaClient>;
  /** kill −9; resolves once the process has ended. */
  kill(nodeId: number): Promise<void>;
  /** Starts a killed node again; resolves once the cluster counts it among its brokers. */
  start(nodeId: number): Promise<void>;
  stop(): Promise<void>;
}

/** Resolves when all three are there. */
export async function startRealCluster(): Promise<RealCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-cluster-'));
  const ports = new Map<NodeId, { readonly client: number; readonly controller: number }>();
  for (const id of nodeIds) ports.set(id, { client: await freePort(), controller: await freePort() });
  const running = new Map<number, ChildProcess>();
  const configOf = (id: number): string => join(folder, `${id}.properties`);
  const bootstrapServers = Array.from(ports.values(), ({ client }) => `127.0.0.1:${client}`).join(',');
  const voters = Array.from(ports, ([id, { controller }]) => `${id}@127.0.0.1:${controller}`).join(',');
  for (const [id, { client, controller }] of ports)
    writeFileSync(configOf(id), properties(id, client, controller, voters));

  const connect = (): Promise<KafkaClient> =>
    connectKafka({ clock: systemClock, random: systemRandom, network: nodeNetwork, bootstrapServers });
  const kill = async (id: number): Promise<void> => {
    const process = running.get(id);
    running.delete(id);
    if (process === undefined) return;
    const ended = new Promise((resolve) => process.once('exit', resolve));
    if (process.exitCode === null && process.kill('SIGKILL')) await ended;
  };
  const launch = (id: number): void => {
    running.set(
      id,
      spawn('java', ['-Xmx512m', '-cp', javaClasspath, 'kafka.Kafka', configOf(id)], { stdio: 'ignore' }),
    );
  };
  const stop = async (): Promise<void> => {
    for (const id of running.keys()) await kill(id);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const id of nodeIds) {
      const formatted = await javaMain('kafka.tools.StorageTool', ['format', '-t', realClusterId, '-c', configOf(id)]);
      if (formatted.code !== 0) throw new Error(`format: ${formatted.stdout}${formatted.stderr}`);
    }
    for (const id of nodeIds) launch(id);
    await whenThere(connect, nodeIds);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    ...{ bootstrapServers, connect, kill, stop },
    start: async (id) => {
      launch(id);
      await whenThere(connect, [...running.keys()]);
    },
  };

  function properties(id: number, client: number, controller: number, quorum: string): string {
    return [
      'process.roles=broker,controller',
      `node.id=${id}`,
      `controller.quorum.voters=${quorum}`,
      `listeners=PLAINTEXT://127.0.0.1:${client},CONTROLLER://127.0.0.1:${controller}`,
      'controller.listener.names=CONTROLLER',
      `log.dirs=${join(folder, `logs-${id}`)}`,
      'offsets.topic.replication.factor=3',
      'offsets.topic.num.partitions=3',
      'transaction.state.log.replication.factor=3',
      'transaction.state.log.min.isr=2',
      'transaction.state.log.num.partitions=3',
      'min.insync.replicas=2',
      'group.initial.rebalance.delay.ms=0',
      'auto.create.topics.enable=false',
      // A node that was killed is missed soon.
      'broker.session.timeout.ms=3000',
      'broker.heartbeat.interval.ms=500',
      'controller.quorum.election.timeout.ms=500',
      'controller.quorum.fetch.timeout.ms=1000',
    ].join('\n');
  }
}

async function whenThere(connect: () => Promise<KafkaClient>, ids: readonly number[]): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      const kafka = await connect();
      try {
        const { brokers } = await kafka.request('DescribeCluster', {});
        if (ids.every((id) => brokers.some(({ brokerId }) => brokerId === id))) return;
      } finally {
        await kafka.close();
      }
      if (attempt > 600) throw new Error(`nodes ${ids.join()} did not come`);
    } catch (error) {
      if (attempt > 600) throw error;
    }
    await sleep(systemClock, 200);
  }
}
