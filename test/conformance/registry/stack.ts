/** A broker with its listener and a registry with its port, as the stack puts them together; broker and registry can be started again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Broker } from '../../../src/broker/broker.ts';
import { listenForClients } from '../../../src/broker/listener.ts';
import { connectKafka, embeddedKafka } from '../../../src/client/kafka.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { nodeDisk } from '../../../src/core/disk.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { nodeNetwork } from '../../../src/core/network.ts';
import { systemRandom } from '../../../src/core/random.ts';
import { serveHttp } from '../../../src/http/server.ts';
import { createRegistry } from '../../../src/registry/registry.ts';

export interface RunningRegistry {
  readonly url: string;
  readonly bootstrapServers: string;
  /** Another registry on the same Kafka, over TCP. */
  another(): Promise<string>;
  stop(): Promise<void>;
}

const ports = { clock: systemClock, random: systemRandom };

/** `shared`: the registry speaks to the broker over TCP, and expects others to do so too. */
export async function runRegistry(dataDir: string, shared = false): Promise<RunningRegistry> {
  const undo: (() => Promise<void>)[] = [];
  const broker = await Broker.open({ ...ports, disk: nodeDisk, logger: silentLogger, dataDir });
  undo.push(() => broker.close());
  const listener = await listenForClients(broker, { network: nodeNetwork, port: 0 });
  undo.push(() => listener.close());
  const bootstrapServers = `localhost:${listener.port}`;
  const serve = async (overNetwork: boolean): Promise<string> => {
    const kafka = overNetwork
      ? await connectKafka({ ...ports, network: nodeNetwork, bootstrapServers })
      : embeddedKafka({ ...ports, door: broker });
    undo.push(() => kafka.close());
    const registry = await createRegistry({ ...ports, kafka, logger: silentLogger, shared: overNetwork });
    undo.push(() => registry.close());
    const { port, close } = await serveHttp({ router: registry.router, port: 0 });
    undo.push(close);
    return `http://localhost:${port}`;
  };
  const url = await serve(shared);
  return {
    url,
    bootstrapServers,
    another: () => serve(true),
    async stop() {
      for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
    },
  };
}

export interface Folder {
  readonly path: string;
  remove(): void;
}

export function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'millrace-registry-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
