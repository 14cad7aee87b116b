/** DescribeDelegationToken, versions 1–3: delegation tokens need authentication, which this listener has not. */
import { errorCode } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';

export const describeDelegationToken: ApiHandler<'DescribeDelegationToken'> = apiHandler(
  'DescribeDelegationToken',
  [1, 3],
  () => ({
    errorCode: errorCode('DELEGATION_TOKEN_REQUEST_NOT_ALLOWED'),
  }),
);
