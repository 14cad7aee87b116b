/** A real Apache Kafka, one node, in a folder of its own. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '../../src/client/connection.ts';
import { sleep, systemClock } from '../../src/core/clock.ts';
import { nodeNetwork } from '../../src/core/network.ts';
import { javaClasspath, javaMain } from '../peers.ts';

export const realClusterId = 'AAAAAAAAAAAAAAAAAAAAAQ';

export interface RealKafka {
  readonly port: number;
  /** Opens a connection of ours. */
  connect(): Promise<Connection>;
  stop(): Promise<void>;
}

/**
 * Resolves when it answers. `features`: levels of the new cluster (`transaction.version=1`); `properties`: more lines of its configuration.
 */
export async function startRealKafka(
  features: readonly string[] = [],
  properties: readonly string[] = [],
): Promise<RealKafka> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-kafka-'));
  const [port, controllerPort] = [await freePort(), await freePort()];
  const config = join(folder, 'server.properties');
  writeFileSync(
    config,
    [
      'process.roles=broker,controller',
      'node.id=1',
      `controller.quorum.bootstrap.servers=127.0.0.1:${controllerPort}`,
      `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
      'controller.listener.names=CONTROLLER',
      `log.dirs=${join(folder, 'logs')}`,
      'offsets.topic.replication.factor=1',
      'offsets.topic.num.partitions=2',
      'transaction.state.log.replication.factor=1',
      'transaction.state.log.min.isr=1',
      'transaction.state.log.num.partitions=2',
      'group.initial.rebalance.delay.ms=0',
      // New ones are made by requests only, as tests name topics that must not exist.
      'auto.create.topics.enable=false',
      ...properties,
    ].join('\n'),
  );
  const formatted = await javaMain('kafka.tools.StorageTool', [
    'format',
    '-t',
    realClusterId,
    '-c',
    config,
    '--standalone',
    ...features.flatMap((feature) => ['--feature', feature]),
  ]);
  if (formatted.code !== 0) throw new Error(`format: ${formatted.stdout}${formatted.stderr}`);
  const broker = spawn('java', ['-Xmx512m', '-cp', javaClasspath, 'kafka.Kafka', config], { stdio: 'ignore' });
  const stop = async (): Promise<void> => {
    const ended = new Promise((resolve) => broker.once('exit', resolve));
    if (broker.exitCode === null && broker.kill('SIGKILL')) await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const connect = (): Promise<Connection> =>
    Connection.open({
      network: nodeNetwork,
      clock: systemClock,
      host: '127.0.0.1',
      port,
      clientId: 'judge',
      requestTimeoutMs: 20_000,
    });
  for (let attempt = 0; ; attempt++) {
    try {
      (await connect()).close();
      return { port, connect, stop };
    } catch (error) {
      if (attempt > 600) {
        await stop();
        throw error;
      }
      await sleep(systemClock, 100);
    }
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
