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
  extract('url_extract_path', 'The path.', ({ path }) => (path === null ? null : decodeLoose(path))),
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
  readonly path: string | null;
  readonly query: string | null;
  readonly fragment: string | null;
}

/** The generic syntax of a URI; characters that none may hold are refused. */
function withParts<T>(text: string, use: (parts: UrlParts) => T): T {
  if (/[\s"<>\\^`{|}]|%(?![0-9a-fA-F]{2})/.test(text)) throw new RangeError(`URL input has invalid syntax: ${text}`);
  const match = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#([^]*))?$/.exec(text);
  if (match === null) throw new RangeError(`URL input has invalid syntax: ${text}`);
  const [, scheme = null, authority, path = '', query = null, fragment = null] = match;
  if (scheme !== null && authority === undefined && path === '')
    throw new RangeError(`URL input has invalid syntax: ${text}`);
  if (/[[\]]/.test(path)) throw new RangeError(`URL input has invalid syntax: ${text}`);
  // Opaque, like mailto:a@b: what follows the scheme has no parts.
  if (scheme !== null && authority === undefined && !path.startsWith('/'))
    return use({ scheme, host: null, port: null, path: null, query: null, fragment });
  const server = /^(?:[^@]*@)?(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(authority ?? '');
  const named = server?.[1] !== undefined && hostName.test(server[1]);
  const host = named ? (server[1] as string) : null;
  const port = !named || server[2] === undefined || server[2] === '' ? null : Number(server[2]);
  return use({ scheme, host, port, path, query, fragment });
}

/** Names as Java takes them for those of a server, addresses; no underscores. */
const hostName =
  /^(?:\[[0-9a-fA-F:.%]+\]|\d{1,3}(?:\.\d{1,3}){3}|(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.?)$/;

function parameter(query: string | null, name: string): string | null {
  if (query === null) return null;
  // The query is decoded before it is taken apart.
  for (const part of decodeLoose(query).split('&')) {
    const at = part.indexOf('=');
    if ((at < 0 ? part : part.slice(0, at)) === name) return at < 0 ? '' : part.slice(at + 1);
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
