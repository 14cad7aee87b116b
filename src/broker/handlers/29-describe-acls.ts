/** DescribeAcls, versions 1–3, as a broker without authorizer answers. */
import { errorCode } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';

export const describeAcls: ApiHandler<'DescribeAcls'> = apiHandler('DescribeAcls', [1, 3], () => ({
  errorCode: errorCode('SECURITY_DISABLED'),
  errorMessage: 'No Authorizer is configured on the broker',
}));
