/** The shape of a handler: one file in `handlers/` for each API, named by its key. */
import type { ApiName, Input, RequestBody, ResponseBody } from '../wire/codecs.ts';
import type { RequestContext } from './context.ts';
import type { Services } from './services.ts';

/** A request as a handler gets it. */
export interface ApiRequest<N extends ApiName> {
  readonly version: number;
  readonly body: RequestBody<N>;
  readonly context: RequestContext;
}

export interface ApiHandler<N extends ApiName> {
  readonly api: N;
  /** Lowest and highest version that this broker serves. */
  readonly versions: readonly [min: number, max: number];
  /** Null where Kafka sends no answer. Fields that the answer leaves out are their defaults. */
  handle(
    services: Services,
    request: ApiRequest<N>,
  ): Input<ResponseBody<N>> | null | Promise<Input<ResponseBody<N>> | null>;
}

export type AnyHandler = { [N in ApiName]: ApiHandler<N> }[ApiName];

/** Declares a handler, so that its types are those of the API. */
export function apiHandler<N extends ApiName>(
  api: N,
  versions: readonly [min: number, max: number],
  handle: ApiHandler<N>['handle'],
): ApiHandler<N> {
  return { api, versions, handle };
}

/** Thrown by a handler whose only answer is to end the connection, as Kafka does in some cases. */
export class CloseConnection extends Error {
  override readonly name = 'CloseConnection';
}
