/** Kafka Connect of a stack, behind its port; its converters find registries by the URLs in their configurations. */
import { httpRegistry } from '../client/schema-registry.ts';
import type { SchemaRegistryClient } from '../client/schema-registry.ts';
import { createUrlAliases } from '../client/url-aliases.ts';
import { createConnect } from '../connect/connect.ts';
import { systemClock } from '../core/clock.ts';
import { nodeDisk } from '../core/disk.ts';
import { nodeHttp } from '../core/http.ts';
import type { Logger } from '../core/logger.ts';
import { systemRandom } from '../core/random.ts';
import { serveHttp } from '../http/server.ts';
import type { StackCluster } from './cluster.ts';
import { inProcessHttp } from './in-process-http.ts';
import type { InProcessHttp } from './in-process-http.ts';
import { httpListenerOf, listenAs } from './ports.ts';
import type { StackRegistry } from './registry.ts';
import type { StackOptions, Undo } from './stack.ts';

export interface StackConnect {
  readonly url: string;
  /** Asks its REST interface. */
  readonly ask: InProcessHttp;
}

export async function startConnect(
  options: StackOptions,
  { kafka }: StackCluster,
  registry: StackRegistry | undefined,
  logger: Logger,
  undo: Undo,
): Promise<StackConnect> {
  const connect = await createConnect({
    kafka,
    registryAt: registriesByUrl(registry, options.hostAliases),
    clock: systemClock,
    random: systemRandom,
    disk: nodeDisk,
    logger: logger.child({ part: 'connect' }),
    ...(options.connect === undefined ? {} : { config: options.connect }),
  });
  undo.push(() => connect.close());
  const { router } = connect;
  const at = httpListenerOf('Kafka Connect', options.connect, options);
  const { port, close } = await listenAs('Kafka Connect', at.port, () =>
    serveHttp({ router, port: at.port, hosts: at.hosts, allowedNames: ['connect', ...at.names] }),
  );
  undo.push(close);
  return { url: `http://localhost:${port}`, ask: inProcessHttp(router) };
}

/** Another Connect, over HTTP. */
export function connectAtUrl(url: string): StackConnect {
  const base = url.replace(/\/+$/, '');
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  return {
    url: base,
    ask: (method, target, body) =>
      nodeHttp({
        method,
        url: base + target,
        headers,
        timeoutMs: requestTimeoutMs,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
  };
}

const requestTimeoutMs = 30_000;

/** Our own registry under its address and its names in compose files, any other one over HTTP; one client for each. */
function registriesByUrl(registry: StackRegistry | undefined, enabled = true): (url: string) => SchemaRegistryClient {
  const embedded = registry?.embedded === true ? { schemaRegistry: new URL(registry.url).host } : {};
  const aliases = createUrlAliases(embedded, { enabled });
  const clients = new Map(registry === undefined ? [] : [[registry.url, registry.client]]);
  return (urls) => {
    const resolved = aliases.url(urls).replace(/\/+$/, '');
    let found = clients.get(resolved);
    if (found === undefined) {
      found = httpRegistry(resolved, nodeHttp);
      clients.set(resolved, found);
    }
    return found;
  };
}
