/** A tool's environment on a terminal: this process's streams, signals and network. What takes long to load is loaded when it is used. */
import { systemClock } from '../../core/clock.ts';
import { nodeDisk, readFileSync } from '../../core/disk.ts';
import { systemRandom } from '../../core/random.ts';
import { stopSignal } from '../terminal.ts';
import type { ToolEnvironment } from './tool.ts';

/** Addresses as they are reached from here. */
export interface Addresses {
  url(text: string): string;
  bootstrapServers(text: string): string;
}

export const addressesAsTyped: Addresses = { url: (text) => text, bootstrapServers: (text) => text };

export function nodeEnvironment(addresses: Addresses): ToolEnvironment {
  const closed = new AbortController();
  // Who reads our output has seen enough (`| head`): no reason to complain.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    closed.abort();
  });
  return {
    stdin: process.stdin,
    out: (text) => void process.stdout.write(text),
    drained: async () => {
      if (closed.signal.aborted || !process.stdout.writableNeedDrain) return;
      await new Promise<void>((resolve) => {
        process.stdout.once('drain', resolve);
        process.stdout.once('close', resolve);
        closed.signal.addEventListener('abort', () => resolve(), { once: true });
      });
    },
    err: (text) => void process.stderr.write(text),
    showProgress: process.stderr.isTTY === true,
    signal: AbortSignal.any([stopSignal(), closed.signal]),
    clock: systemClock,
    random: systemRandom,
    http: async (request) => (await import('../../core/http.ts')).nodeHttp(request),
    url: addresses.url,
    readFile: (path) => readFileSync(nodeDisk, path),
    connect: async (bootstrapServers, config) => {
      // Help and wrong options are answered without it.
      const [{ connectKafka }, { nodeNetwork }] = await Promise.all([
        import('../../client/kafka.ts'),
        import('../../core/network.ts'),
      ]);
      const number = (name: string): number | undefined => {
        const text = config.get(name);
        return text === undefined ? undefined : Number(text);
      };
      const clientId = config.get('client.id');
      const requestTimeoutMs = number('request.timeout.ms');
      const setupTimeoutMs = number('socket.connection.setup.timeout.ms');
      return connectKafka({
        bootstrapServers: addresses.bootstrapServers(bootstrapServers),
        network: nodeNetwork,
        clock: systemClock,
        random: systemRandom,
        ...(clientId === undefined ? {} : { clientId }),
        ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
        ...(setupTimeoutMs === undefined ? {} : { setupTimeoutMs }),
      });
    },
  };
}
