/** CreateDelegationToken, versions 1–3: delegation tokens need authentication, which this listener has not. */
import { errorCode } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';

export const createDelegationToken: ApiHandler<'CreateDelegationToken'> = apiHandler(
  'CreateDelegationToken',
  [1, 3],
  () => ({
    errorCode: errorCode('DELEGATION_TOKEN_REQUEST_NOT_ALLOWED'),
    principalType: 'User',
    principalName: 'ANONYMOUS',
    tokenRequesterPrincipalType: 'User',
    tokenRequesterPrincipalName: 'ANONYMOUS',
    issueTimestampMs: -1,
    expiryTimestampMs: -1,
    maxTimestampMs: -1,
  }),
);
