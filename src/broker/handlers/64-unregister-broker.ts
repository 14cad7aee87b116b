/** UnregisterBroker, version 0: there is one broker, and it stays. */
import { errorCode } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';

export const unregisterBroker: ApiHandler<'UnregisterBroker'> = apiHandler(
  'UnregisterBroker',
  [0, 0],
  ({ nodeId }, { body }) =>
    body.brokerId === nodeId
      ? {
          errorCode: errorCode('INVALID_REQUEST'),
          errorMessage: `Broker ID ${nodeId} is the only one and cannot be unregistered`,
        }
      : {
          errorCode: errorCode('BROKER_ID_NOT_REGISTERED'),
          errorMessage: `Broker ID ${body.brokerId} is not currently registered`,
        },
);
