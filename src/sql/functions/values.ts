/** Equality and order of plain values. */
import { compareDecimals } from './decimal.ts';

/** Do two values of one type have the same content? `types` is the type as function ids write it. */
export function equalValues(a: unknown, b: unknown, types: string): boolean {
  if (types === 'decimal') return compareDecimals(a as string, b as string) === 0;
  return deepEqual(a, b);
}

function deepEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === null || b === null || a === undefined || b === undefined) return (a ?? null) === (b ?? null);
  if (typeof a !== 'object' || typeof b !== 'object')
    return typeof a === 'bigint' || typeof b === 'bigint' ? String(a) === String(b) : false;
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  }
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => deepEqual(item, b[i]));
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => key in b && deepEqual((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]))
  );
}

/** Order as Java's: text by UTF-16 units, bytes as signed numbers, NaN last. */
export function compareValues(a: unknown, b: unknown, types: string): number {
  if (types === 'decimal') return compareDecimals(a as string, b as string);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return compareBytes(a, b);
  if (typeof a === 'number' && typeof b === 'number') {
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    return a - b;
  }
  const [x, y] = [a as string, b as string];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** As Java's ByteBuffer: byte by byte, with their signs; of two of which one begins the other, the shorter is less. */
function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const order = (((a[i] as number) << 24) >> 24) - (((b[i] as number) << 24) >> 24);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/**
 * The entries of a map in the order in which Java's HashMap gives them that was made for so many: functions that go through a map
 * depend on it.
 */
export function mapEntries(map: Readonly<Record<string, unknown>>): [string, unknown][] {
  const entries = Object.entries(map);
  if (entries.length < 2) return entries;
  let capacity = 2;
  while (entries.length > capacity * 0.75) capacity *= 2;
  const bucket = (key: string): number => {
    let hash = 0;
    for (let i = 0; i < key.length; i++) hash = (Math.imul(31, hash) + key.charCodeAt(i)) | 0;
    return (hash ^ (hash >>> 16)) & (capacity - 1);
  };
  return entries
    .map((entry) => ({ entry, at: bucket(entry[0]) }))
    .sort((a, b) => a.at - b.at)
    .map(({ entry }) => entry);
}

export function mapGet(map: Readonly<Record<string, unknown>>, key: unknown): unknown {
  const name = String(key);
  return Object.hasOwn(map, name) ? (map[name] ?? null) : null;
}
