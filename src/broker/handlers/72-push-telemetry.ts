/** PushTelemetry, version 0: there is nothing to push; a push for another subscription is told to ask again. */
import { errorCode } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { emptySubscriptionId } from './71-get-telemetry-subscriptions.ts';

export const pushTelemetry: ApiHandler<'PushTelemetry'> = apiHandler('PushTelemetry', [0, 0], (_, { body }) => ({
  errorCode: body.subscriptionId === emptySubscriptionId ? 0 : errorCode('UNKNOWN_SUBSCRIPTION_ID'),
}));
