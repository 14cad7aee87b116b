/**
 * ApiVersions, versions 0–5: what this broker serves, and the feature levels. An unknown version is answered in the shape of
 * version 0 by the one who reads the frames (`listener.ts`), as the answer's shape must not depend on it.
 */
import { errorCode } from '../../wire/error-codes.ts';
import { apis } from '../../wire/apis.ts';
import type { ApiName } from '../../wire/apis.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { supportedFeatures } from '../features.ts';

/** Served, but told to nobody, as a broker without a receiver of telemetry does (KIP-714). */
const unsaid: ReadonlySet<ApiName> = new Set(['GetTelemetrySubscriptions', 'PushTelemetry']);

/** Builds the handler for a broker that serves the given APIs. */
export function apiVersionsHandler(
  served: () => Iterable<{ readonly api: ApiName; readonly versions: readonly [number, number] }>,
): ApiHandler<'ApiVersions'> {
  return apiHandler('ApiVersions', [0, 5], ({ catalog, clusterId, metadata, nodeId }, { version, body }) => {
    if (version >= 3 && !(validName(body.clientSoftwareName) && validName(body.clientSoftwareVersion)))
      return { errorCode: errorCode('INVALID_REQUEST') };
    if (version >= 5 && (body.clusterId ?? clusterId) !== clusterId)
      return { errorCode: errorCode('REBOOTSTRAP_REQUIRED') };
    if (version >= 5 && body.nodeId !== -1 && body.nodeId !== nodeId)
      return { errorCode: errorCode('REBOOTSTRAP_REQUIRED') };
    return {
      apiKeys: [...served()]
        .filter(({ api }) => !unsaid.has(api))
        .map(({ api, versions: [minVersion, maxVersion] }) => ({
          apiKey: apis[api].key,
          // Older librdkafka turns compression off unless it sees Produce 0 (KAFKA-18659); requests below 3 are refused all the same.
          minVersion: api === 'Produce' ? 0 : minVersion,
          maxVersion,
        }))
        .sort((a, b) => a.apiKey - b.apiKey),
      // Until version 4 a level of 0 could not be said (KIP-584): features that begin there stay unsaid.
      supportedFeatures: Object.entries(supportedFeatures)
        .filter(([, [minVersion]]) => version >= 4 || minVersion > 0)
        .map(([name, [minVersion, maxVersion]]) => ({ name, minVersion, maxVersion })),
      finalizedFeaturesEpoch: metadata.endOffset,
      finalizedFeatures: Array.from(catalog.features, ([name, level]) => ({
        name,
        minVersionLevel: level,
        maxVersionLevel: level,
      })),
    };
  });
}

function validName(text: string): boolean {
  return /^[A-Za-z0-9](?:[A-Za-z0-9\-.]*[A-Za-z0-9])?$/.test(text);
}
