/** DeleteAcls, versions 1–3, as a broker without authorizer answers. */
import { errorCode } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';

export const deleteAcls: ApiHandler<'DeleteAcls'> = apiHandler('DeleteAcls', [1, 3], (_, { body }) => ({
  filterResults: body.filters.map(() => ({
    errorCode: errorCode('SECURITY_DISABLED'),
    errorMessage: 'No Authorizer is configured.',
  })),
}));
