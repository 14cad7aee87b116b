import { expect, it } from 'vitest';
import { mayAsk } from '../../../src/http/origin.ts';

it.each<[string, string | undefined, string | undefined, boolean]>([
  ['our own name', 'localhost:8081', undefined, true],
  ['from a page of ours, at another port', 'localhost:8081', 'http://localhost:9021', true],
  ['a name that we were told of', 'Registry:8081', undefined, true],
  ['from a page of such a name', 'localhost:8081', 'http://registry', true],
  ['an address in numbers: nobody can make it resolve to us', '192.168.1.5:8081', undefined, true],
  ['from a page of the same address', '192.168.1.5:8081', 'http://192.168.1.5:9021', true],
  ['from a page of another address', '192.168.1.5:8081', 'http://192.168.1.6', false],
  ['ours, from a page of some address', 'localhost:8081', 'http://192.168.1.6', false],
  ['IPv6', '[fd00::1]:8081', undefined, true],
  ['a foreign name, which may resolve to us', 'evil.example:8081', undefined, false],
  ['a name that only looks like an address', '1.2.3.4.evil.example', undefined, false],
  ['from a foreign page', 'localhost:8081', 'https://evil.example', false],
  ['from a page without a name (a file)', 'localhost:8081', 'null', false],
  ['no name at all', undefined, undefined, false],
])('%s', (_what, host, origin, allowed) => {
  expect(mayAsk(host, origin, ['registry'])).toBe(allowed);
});
