/** GetTelemetrySubscriptions, version 0: this broker wants no metrics, so that a subscription never asks for any. */
import { randomUuid } from '../../core/random.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';

const zeroId = 'AAAAAAAAAAAAAAAAAAAAAA';
/** The one subscription there is, to nothing. */
export const emptySubscriptionId = 1;
const pushIntervalMs = 300_000;

export const getTelemetrySubscriptions: ApiHandler<'GetTelemetrySubscriptions'> = apiHandler(
  'GetTelemetrySubscriptions',
  [0, 0],
  ({ random }, { body }) => ({
    clientInstanceId:
      body.clientInstanceId === zeroId ? randomUuid(random).toString('base64url') : body.clientInstanceId,
    subscriptionId: emptySubscriptionId,
    acceptedCompressionTypes: [4, 3, 1, 2],
    pushIntervalMs,
    telemetryMaxBytes: 1_048_576,
    deltaTemporality: true,
    requestedMetrics: [],
  }),
);
