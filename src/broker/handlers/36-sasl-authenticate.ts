/** SaslAuthenticate, versions 0–2, as a listener without authentication answers. */
import { errorCode } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';

export const saslAuthenticate: ApiHandler<'SaslAuthenticate'> = apiHandler('SaslAuthenticate', [0, 2], () => ({
  errorCode: errorCode('ILLEGAL_SASL_STATE'),
  errorMessage: 'SaslAuthenticate request received after successful authentication',
}));
