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
import type { Router } from '../http/router.ts';
import type { StackCluster } from './cluster.ts';
import { listenAs } from './ports.ts';
import type { StackRegistry } from './registry.ts';
import type { StackOptions, Undo } from './stack.ts';

export interface StackConnect {
  readonly url: string;
  readonly router: Router;
}

export async function startConnect(
  options: StackOptions,
  { kafka }: StackCluster,
  registry: StackRegistry,
  logger: Logger,
  undo: Undo,
): Promise<StackConnect> {
  const connect = await createConnect({
    kafka,
    registryAt: registriesByUrl(registry),
    clock: systemClock,
    random: systemRandom,
    disk: nodeDisk,
    logger: logger.child({ part: 'connect' }),
    ...(options.connect === undefined ? {} : { config: options.connect }),
  });
  undo.push(() => connect.close());
  const { router } = connect;
  const { port, close } = await listenAs('Kafka Connect', options, (at) =>
    serveHttp({ router, port: at, allowedNames: ['connect'] }),
  );
  undo.push(close);
  return { url: `http://localhost:${port}`, router };
}

/** Our own registry under its address and its names in compose files, any other one over HTTP; one client for each. */
function registriesByUrl({ url: ownUrl, embedded, client }: StackRegistry): (url: string) => SchemaRegistryClient {
  const aliases = createUrlAliases(embedded ? { schemaRegistry: new URL(ownUrl).host } : {});
  const clients = new Map([[ownUrl, client]]);
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
