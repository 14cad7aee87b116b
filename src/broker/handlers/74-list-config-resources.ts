/** ListConfigResources, versions 0–1: what has a configuration; version 0 knows client metrics subscriptions only. */
import { errorCode } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { resourceTypes } from '../config/definition.ts';

export const listConfigResources: ApiHandler<'ListConfigResources'> = apiHandler(
  'ListConfigResources',
  [0, 1],
  ({ catalog, nodeId }, { version, body }) => {
    const known = new Map<number, () => Iterable<string>>([
      [resourceTypes.group, () => catalog.groupConfigs.keys()],
      [resourceTypes.clientMetrics, () => catalog.clientMetricsConfigs.keys()],
      [resourceTypes.brokerLogger, () => [String(nodeId)]],
      [resourceTypes.broker, () => [String(nodeId)]],
      [resourceTypes.topic, () => catalog.topics.keys()],
    ]);
    const asked: readonly number[] =
      version === 0
        ? [resourceTypes.clientMetrics]
        : body.resourceTypes.length === 0
          ? [...known.keys()]
          : body.resourceTypes;
    if (asked.some((type) => !known.has(type))) return { errorCode: errorCode('UNSUPPORTED_VERSION') };
    return {
      configResources: asked.flatMap((resourceType) =>
        Array.from(known.get(resourceType)?.() ?? [], (resourceName) => ({ resourceName, resourceType })),
      ),
    };
  },
);
