/**
 * Plain values as JSON text, exact: what JSON has no word for is an object with one member whose name begins with `$`
 * (`$long`, `$bytes`, `$double`), and objects of users that look like one are wrapped in `$object`.
 */

export function storedText(value: unknown): string {
  return JSON.stringify(toStored(value));
}

/** A text that is equal for equal values: also for maps whose members came in another order. */
export function valueKey(value: unknown): string {
  // Keys are nearly always a few texts and whole numbers, which JSON writes as they are.
  if (Array.isArray(value) && value.every(isSimple)) return JSON.stringify(value);
  return JSON.stringify(toStored(value), (_, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}

function isSimple(value: unknown): boolean {
  return (
    typeof value === 'string' || (typeof value === 'number' && Number.isInteger(value) && value !== 0) || value === null
  );
}

export function parseStored(text: string): unknown {
  return fromStored(JSON.parse(text));
}

function toStored(value: unknown): unknown {
  if (value === undefined) return null;
  if (typeof value === 'bigint') {
    return Number.isSafeInteger(Number(value)) ? Number(value) : { $long: String(value) };
  }
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return Object.is(value, -0) ? { $double: '-0' } : value;
    return { $double: String(value) };
  }
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return value.map(toStored);
  const entries = Object.entries(value);
  const stored = Object.fromEntries(entries.map(([name, one]) => [name, toStored(one)]));
  return entries.length === 1 && entries[0]?.[0].startsWith('$') ? { $object: stored } : stored;
}

function fromStored(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(fromStored);
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first !== undefined) {
    const [name, one] = first as [string, unknown];
    if (name === '$long') return BigInt(one as string);
    if (name === '$double') return Number(one);
    if (name === '$bytes') return Buffer.from(one as string, 'base64');
    if (name === '$object') return plainObject(one as object);
  }
  return plainObject(value);
}

function plainObject(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, fromStored(one)]));
}
