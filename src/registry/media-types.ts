/** Which form a request and its answer are in: the registry's own types or plain JSON, all the same text. */
import type { HttpRequest } from '../http/router.ts';
import { contentType } from './errors.ts';

/** In the order in which they are preferred. */
const answered = [contentType, 'application/vnd.schemaregistry+json', 'application/json'] as const;
/** octet-stream stands for "not said". */
const understood: readonly string[] = [...answered, 'application/octet-stream'];

/** False for a body of a form that the registry does not take (curl's `-d` says that it sends a form). */
export function isUnderstood({ headers, body }: HttpRequest): boolean {
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  return body.length === 0 || type === undefined || type === '' || understood.includes(type);
}

/** The form that the asker wants most of those there are; undefined when it takes none of them. */
export function acceptedType({ headers }: HttpRequest): string | undefined {
  const accept = headers['accept'];
  if (accept === undefined || accept.trim() === '') return contentType;
  let best: { readonly type: string; readonly quality: number } | undefined;
  for (const type of answered) {
    const quality = Math.max(0, ...accept.split(',').map((range) => qualityOf(range, type)));
    if (quality > (best?.quality ?? 0)) best = { type, quality };
  }
  return best?.type;
}

function qualityOf(range: string, type: string): number {
  const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
  if (name !== type && name !== '*/*' && name !== 'application/*') return 0;
  const quality = Number(parameters.find((part) => part.startsWith('q='))?.slice(2) ?? 1);
  return Number.isNaN(quality) ? 0 : quality;
}
