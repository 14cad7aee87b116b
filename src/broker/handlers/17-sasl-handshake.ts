/** SaslHandshake, versions 0–1, as a listener without authentication answers. */
import { errorCode } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';

export const saslHandshake: ApiHandler<'SaslHandshake'> = apiHandler('SaslHandshake', [0, 1], () => ({
  errorCode: errorCode('ILLEGAL_SASL_STATE'),
}));
