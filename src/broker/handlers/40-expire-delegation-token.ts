/** ExpireDelegationToken, versions 1–2: delegation tokens need authentication, which this listener has not. */
import { errorCode } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';

export const expireDelegationToken: ApiHandler<'ExpireDelegationToken'> = apiHandler(
  'ExpireDelegationToken',
  [1, 2],
  () => ({
    errorCode: errorCode('DELEGATION_TOKEN_REQUEST_NOT_ALLOWED'),
    expiryTimestampMs: -1,
  }),
);
