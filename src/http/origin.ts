/**
 * Who may ask. The stack has no passwords; a page of some web site that is open in the user's browser must not be able to reach it
 * (by a request of its own, or by a name that it makes resolve to this machine). So each request has to name one of the hosts that
 * we go by, or an address in numbers, which nobody can make resolve to anything; and come from no page, or from a page of a host that we go by.
 */

const own = ['localhost', '127.0.0.1', '[::1]'];

/** True when `Host` (`:authority` in HTTP/2) and `Origin`, if there is one, are ours, at any port. */
export function mayAsk(
  host: string | undefined,
  origin: string | undefined,
  alsoAllowed: readonly string[] = [],
): boolean {
  if (host === undefined) return false;
  const name = nameOf(host);
  if (!isOurs(name, alsoAllowed) && !isNumeric(name)) return false;
  if (origin === undefined) return true;
  const match = /^https?:\/\/([^/]+)$/i.exec(origin);
  if (match?.[1] === undefined) return false;
  const page = nameOf(match[1]);
  return isOurs(page, alsoAllowed) || (page === name && isNumeric(page));
}

function nameOf(authority: string): string {
  return authority.replace(/:\d+$/, '').toLowerCase();
}

function isOurs(name: string, alsoAllowed: readonly string[]): boolean {
  return own.includes(name) || alsoAllowed.includes(name);
}

function isNumeric(name: string): boolean {
  return /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/.test(name);
}
