/**
 * Who may ask. The stack has no passwords; a page of some web site that is open in the user's browser must not be able to reach it
 * (by a request of its own, or by a name that it makes resolve to this machine). So each request has to name one of the hosts that
 * we go by, and come from no page or from a page of such a host.
 */

const own = ['localhost', '127.0.0.1', '[::1]'];

/** True when `Host` (`:authority` in HTTP/2) and `Origin`, if there is one, are ours, at any port. */
export function mayAsk(
  host: string | undefined,
  origin: string | undefined,
  alsoAllowed: readonly string[] = [],
): boolean {
  if (host === undefined || !isOurs(host, alsoAllowed)) return false;
  if (origin === undefined) return true;
  const match = /^https?:\/\/([^/]+)$/i.exec(origin);
  return match?.[1] !== undefined && isOurs(match[1], alsoAllowed);
}

function isOurs(authority: string, alsoAllowed: readonly string[]): boolean {
  const name = authority.replace(/:\d+$/, '').toLowerCase();
  return own.includes(name) || alsoAllowed.includes(name);
}
