/** What the server says about itself, and the answers that only a cluster of several servers would need. */
import { messageOf } from '../../../core/errors.ts';
import { json } from '../../../http/router.ts';
import type { HttpResponse, RoutedRequest, Router } from '../../../http/router.ts';
import type { KsqlContext } from '../context.ts';
import { KsqlError, ksqlErrorCodes } from '../errors.ts';
import { checkOverridable } from '../properties.ts';

export function addInfoRoutes(router: Router, context: KsqlContext, version: string): void {
  const serviceId = context.settings['ksql.service.id'] ?? 'default_';
  const metadata = async (): Promise<object> => ({
    scope: { path: [], clusters: { 'kafka-cluster': await context.kafka.clusterId(), 'ksql-cluster': serviceId } },
    id: '',
  });
  router
    .on('GET', '/', () => ({ status: 307, headers: { location: '/info' } }))
    .on('GET', '/info', async () =>
      json({
        KsqlServerInfo: {
          version,
          kafkaClusterId: await context.kafka.clusterId(),
          ksqlServiceId: serviceId,
          serverStatus: context.engine.degraded ? 'DEGRADED' : 'RUNNING',
        },
      }),
    )
    .on('GET', '/healthcheck', () => healthcheck(context))
    .on('GET', '/status', () => json({ commandStatuses: commandStatuses(context) }))
    .on('GET', '/status/:type/:entity/:action', (request) => status(context, request))
    .on('GET', '/is_valid_property/:property', ({ params }) => {
      checkOverridable(params['property'] ?? '', context.settings);
      return json(true);
    })
    .on('GET', '/clusterStatus', () => clusterStatus(context))
    .on('GET', '/v1/metadata', async () => json({ version, clusterId: await metadata() }))
    .on('GET', '/v1/metadata/id', async () => json(await metadata()))
    .on('GET', '/chc/ready', () => json({}))
    .on('GET', '/chc/live', () => json({}))
    .on('POST', '/heartbeat', () => json({ ok: true }))
    .on('POST', '/lag', () => json({ ok: true }));
}

async function healthcheck({ engine, kafka, logger }: KsqlContext): Promise<HttpResponse> {
  const reachable = await kafka.admin.describeTopic(engine.commandTopic).then(
    (topic) => topic !== undefined,
    (error: unknown) => {
      logger.warn(`The health check cannot reach Kafka: ${messageOf(error)}`);
      return false;
    },
  );
  const details = {
    metastore: { isHealthy: true },
    kafka: { isHealthy: reachable },
    commandRunner: { isHealthy: !engine.degraded },
  };
  return json({ isHealthy: reachable && !engine.degraded, details, serverState: 'READY' });
}

function commandStatuses({ engine }: KsqlContext): Readonly<Record<string, string>> {
  return Object.fromEntries([...engine.statuses].map(([id, one]) => [id, one.status]));
}

/** The entity may be written with its back-ticks or without. */
function status({ engine }: KsqlContext, { params }: RoutedRequest): HttpResponse {
  const { type, entity, action } = params;
  const found =
    engine.statuses.get(`${type}/${entity}/${action}`) ?? engine.statuses.get(`${type}/\`${entity}\`/${action}`);
  if (found === undefined) throw new KsqlError(ksqlErrorCodes.notFound, 'Command not found');
  return json(found);
}

function clusterStatus(context: KsqlContext): HttpResponse {
  const host = {
    hostAlive: true,
    lastStatusUpdateMs: context.clock.now(),
    activeStandbyPerQuery: {},
    hostStoreLags: { stateStoreLags: {}, updateTimeMs: 0 },
  };
  return json({ clusterStatus: { [context.host]: host } });
}
