/** Requests to the routes of a service in this process, without a socket. */
import type { Router } from '../http/router.ts';

export type InProcessHttp = (
  method: string,
  target: string,
  body?: unknown,
) => Promise<{ readonly status: number; readonly body: string }>;

/** `target`: the path with its query; `body` is sent as JSON. Streams are not for this door. */
export function inProcessHttp(router: Router): InProcessHttp {
  const signal = new AbortController().signal;
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  return async (method, target, body) => {
    const [path = '', query = ''] = target.split('?');
    const answer = await router.handle({
      method,
      path,
      query: new URLSearchParams(query),
      headers,
      body: Buffer.from(body === undefined ? '' : JSON.stringify(body)),
      signal,
    });
    return { status: answer.status, body: typeof answer.body === 'string' ? answer.body : '' };
  };
}
