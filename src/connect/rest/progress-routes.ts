/** Offsets and active topics of a connector. */
import { json } from '../../http/router.ts';
import type { HttpResponse, RoutedRequest, Router } from '../../http/router.ts';
import type { Json } from '../data/json-text.ts';
import { ConnectRestError } from '../errors.ts';
import type { Worker } from '../worker.ts';
import { asObject, exactJson, mapOrNull, readBody, refuseUnknown, wrongType } from './body.ts';

const external = (past: string, verb: string): string =>
  `The Connect framework-managed offsets for this connector have been ${past} successfully. However, if this connector manages offsets externally, they will need to be manually ${verb} in the system that the connector uses.`;
const offsetsClass = 'org.apache.kafka.connect.runtime.rest.entities.ConnectorOffsets';

const offsetClass = 'org.apache.kafka.connect.runtime.rest.entities.ConnectorOffset';

export function addProgressRoutes(router: Router, worker: Worker): void {
  const one = '/connectors/:name';
  router
    .on('GET', `${one}/offsets`, ({ params }) => {
      const name = params['name'] ?? '';
      requireConnector(worker, name);
      const offsets = worker.stores.offsets.of(name);
      return exactJson(
        new Map([
          [
            'offsets',
            offsets.map(
              ({ partition, offset }) =>
                new Map<string, Json>([
                  ['partition', partition],
                  ['offset', offset],
                ]),
            ),
          ],
        ]),
      );
    })
    .on('PATCH', `${one}/offsets`, (request) => alter(worker, request))
    .on('DELETE', `${one}/offsets`, ({ params }) => {
      const name = params['name'] ?? '';
      return worker.exclusively(async () => {
        requireStopped(worker, name);
        const { offsets } = worker.stores;
        await Promise.all(offsets.of(name).map(({ partition }) => offsets.put(name, partition, null)));
        return json({ message: external('reset', 'reset') });
      });
    })
    .on('GET', `${one}/topics`, ({ params }) => {
      const name = params['name'] ?? '';
      requireTracking(worker);
      return json({ [name]: { topics: worker.stores.statuses.topicsOf(name) } });
    })
    .on('PUT', `${one}/topics/reset`, async ({ params }) => {
      requireTracking(worker);
      if (!worker.config.topicTrackingReset) throw new ConnectRestError(403, 'Topic tracking reset is disabled.');
      await worker.stores.statuses.resetTopics(params['name'] ?? '');
      return { status: 202 };
    });
}

async function alter(worker: Worker, request: RoutedRequest): Promise<HttpResponse> {
  const name = request.params['name'] ?? '';
  const body = readBody(request);
  const object = body === undefined || body === null ? undefined : asObject(body, offsetsClass);
  if (object !== undefined) refuseUnknown(object, offsetsClass, ['offsets']);
  const given = object?.get('offsets') ?? null;
  if (given !== null && !Array.isArray(given))
    throw wrongType(`java.util.ArrayList<${offsetClass}>`, given, `${offsetsClass}["offsets"]`);
  const entries = (given ?? []) as readonly Json[];
  if (entries.length === 0)
    throw new ConnectRestError(400, 'Partitions / offsets need to be provided for an alter offsets request');
  const parsed = entries.map((entry, i) => {
    const one = asObject(entry, offsetClass);
    refuseUnknown(one, offsetClass, ['offset', 'partition']);
    const chain = (name: string): string =>
      `${offsetsClass}["offsets"]->java.util.ArrayList[${i}]->${offsetClass}["${name}"]`;
    return {
      partition: mapOrNull(one.get('partition'), chain('partition')),
      offset: mapOrNull(one.get('offset'), chain('offset')),
    };
  });
  return worker.exclusively(async () => {
    requireStopped(worker, name);
    await Promise.all(parsed.map(({ partition, offset }) => worker.stores.offsets.put(name, partition, offset)));
    return json({ message: external('altered', 'altered') });
  });
}

function requireConnector(worker: Worker, name: string): void {
  if (worker.stores.configs.config(name) === undefined) throw new ConnectRestError(404, `Connector ${name} not found`);
}

function requireStopped(worker: Worker, name: string): void {
  requireConnector(worker, name);
  if (worker.stores.configs.targetState(name) !== 'STOPPED')
    throw new ConnectRestError(
      400,
      `Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified connector by issuing a 'PUT' request to the '/connectors/${name}/stop' endpoint`,
    );
}

function requireTracking(worker: Worker): void {
  if (!worker.config.topicTracking) throw new ConnectRestError(403, 'Topic tracking is disabled.');
}
