/** Trees without their places, for comparing. */

/** Plain data: maps become lists of entries, `span`s are left out. */
export function stripSpans(value: unknown): unknown {
  if (value instanceof Map) return [...value].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)).map(stripSpans);
  if (Array.isArray(value)) return value.map(stripSpans);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (key === 'span' ? [] : [[key, stripSpans(inner)]])),
  );
}
