/** The media types of the server, and which of them a request wants. */

export const mediaTypes = {
  ksql: 'application/vnd.ksql.v1+json',
  json: 'application/json',
  delimited: 'application/vnd.ksqlapi.delimited.v1',
  protobuf: 'application/vnd.ksql.v1+protobuf',
} as const;

/**
 * The first of `offered` among those that the Accept header likes best; the first of all without the header; undefined when it wants
 * something else.
 */
export function acceptable(accept: string | undefined, offered: readonly string[]): string | undefined {
  if (accept === undefined || accept.trim() === '') return offered[0];
  const wanted = accept
    .split(',')
    .map((part) => {
      const [type = '', ...parameters] = part.split(';').map((one) => one.trim().toLowerCase());
      const quality = parameters.find((one) => one.startsWith('q='))?.slice(2);
      return { type, quality: quality === undefined ? 1 : Number(quality) };
    })
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality);
  for (const { type } of wanted) {
    const found = offered.find(
      (one) => type === '*/*' || type === one || (type.endsWith('/*') && one.startsWith(type.slice(0, -1))),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}
