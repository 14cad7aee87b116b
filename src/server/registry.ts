/** The Schema Registry of a stack: ours, behind a port and for callers in this process, or another one at a URL. */
import { httpRegistry, registryClient } from '../client/schema-registry.ts';
import type { SchemaRegistryClient } from '../client/schema-registry.ts';
import { systemClock } from '../core/clock.ts';
import { nodeHttp } from '../core/http.ts';
import type { Logger } from '../core/logger.ts';
import { systemRandom } from '../core/random.ts';
import { serveHttp } from '../http/server.ts';
import type { Router } from '../http/router.ts';
import { createRegistry } from '../registry/registry.ts';
import type { StackCluster } from './cluster.ts';
import { inProcessHttp } from './in-process-http.ts';
import { httpListenerOf, listenAs } from './ports.ts';
import type { StackOptions, Undo } from './stack.ts';
import { shownVersions } from './version.ts';

export interface StackRegistry {
  readonly url: string;
  readonly embedded: boolean;
  readonly client: SchemaRegistryClient;
}

export async function startRegistry(
  options: StackOptions,
  { kafka, embedded }: StackCluster,
  logger: Logger,
  undo: Undo,
): Promise<StackRegistry> {
  const level = options.registry?.['schema.compatibility.level'];
  const registry = await createRegistry({
    kafka,
    clock: systemClock,
    random: systemRandom,
    logger: logger.child({ part: 'registry' }),
    shared: !embedded,
    version: shownVersions.schemaRegistry,
    ...(level === undefined ? {} : { defaultLevel: level }),
  });
  undo.push(() => registry.close());
  const { router } = registry;
  const at = httpListenerOf('Schema Registry', options.registry, options);
  const { port, close } = await listenAs('Schema Registry', at.port, () =>
    serveHttp({ router, port: at.port, hosts: at.hosts, allowedNames: ['schema-registry', ...at.names] }),
  );
  undo.push(close);
  return { url: `http://localhost:${port}`, embedded: true, client: inProcess(router) };
}

/** Another registry, over HTTP. */
export function registryAtUrl(url: string): StackRegistry {
  return { url, embedded: false, client: httpRegistry(url, nodeHttp) };
}

/** Asks the routes without a socket. */
function inProcess(router: Router): SchemaRegistryClient {
  const ask = inProcessHttp(router);
  return registryClient(async (method, target, body) => {
    const answer = await ask(method, target, body);
    return { status: answer.status, body: answer.body === '' ? undefined : JSON.parse(answer.body) };
  });
}
