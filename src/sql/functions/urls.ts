/** URL functions. */
import type { ScalarFunction } from './declaration.ts';
import { overload, scalar } from './declaration.ts';

const extract = (name: string, description: string, call: (parts: UrlParts) => string | null): ScalarFunction =>
  scalar(
    'URL',
    name,
    description,
    overload('(input: STRING) STRING', { call: (text: string) => withParts(text, call) }),
  );

export const urlFunctions: readonly ScalarFunction[] = [
  scalar(
    'URL',
    'url_encode_param',
    'Text as a parameter of a URL.',
    overload('(input: STRING) STRING', { neverNull: true, call: encode }),
  ),
  scalar(
    'URL',
    'url_decode_param',
    'A parameter of a URL as text.',
    overload('(input: STRING) STRING', { neverNull: true, call: decode }),
  ),
  extract('url_extract_fragment', 'The part behind #.', ({ fragment }) =>
    fragment === null ? null : decodeLoose(fragment),
  ),
  extract('url_extract_host', 'The host.', ({ host }) => host),
  extract('url_extract_path', 'The path.', ({ path }) => decodeLoose(path)),
  extract('url_extract_protocol', 'The protocol.', ({ scheme }) => scheme),
  extract('url_extract_query', 'The part behind the question mark.', ({ query }) =>
    query === null ? null : decodeLoose(query),
  ),
  scalar(
    'URL',
    'url_extract_port',
    'The port.',
    overload('(input: STRING) INTEGER', { call: (text: string) => withParts(text, ({ port }) => port) }),
  ),
  scalar(
    'URL',
    'url_extract_parameter',
    'A parameter of the query.',
    overload('(input: STRING, paramToFind: STRING) STRING', {
      call: (text: string, name: string) => withParts(text, ({ query }) => parameter(query, name)),
    }),
  ),
];

interface UrlParts {
  readonly scheme: string | null;
  readonly host: string | null;
  readonly port: number | null;
  readonly path: string;
  readonly query: string | null;
  readonly fragment: string | null;
}

/** The generic syntax of a URI; characters that none may hold are refused. */
function withParts<T>(text: string, use: (parts: UrlParts) => T): T {
  if (/[\s"<>\\^`{|}]|%(?![0-9a-fA-F]{2})/.test(text)) throw new RangeError(`URL input has invalid syntax: ${text}`);
  const match = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#([^]*))?$/.exec(text);
  if (match === null) throw new RangeError(`URL input has invalid syntax: ${text}`);
  const [, scheme = null, authority, path = '', query = null, fragment = null] = match;
  const server = /^(?:[^@]*@)?(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(authority ?? '');
  const host = server?.[1] === undefined || server[1] === '' ? null : server[1];
  const port = server?.[2] === undefined || server[2] === '' ? null : Number(server[2]);
  return use({ scheme, host, port, path, query, fragment });
}

function parameter(query: string | null, name: string): string | null {
  if (query === null) return null;
  for (const part of query.split('&')) {
    const at = part.indexOf('=');
    const own = decodeLoose(at < 0 ? part : part.slice(0, at));
    if (own === name) return at < 0 ? '' : decodeLoose(part.slice(at + 1));
  }
  return null;
}

function encode(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}

function decode(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}

function decodeLoose(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
