/** Lines as records: what Kafka's LineMessageReader does with its properties. */
import { StackError } from '../../core/errors.ts';
import type { RecordHeader } from '../../client/kafka-client.ts';

export interface LineRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
}

export type LineReader = (line: Buffer, lineNumber: number) => LineRecord;

export function lineReader(properties: ReadonlyMap<string, string>): LineReader {
  const is = (name: string): boolean => properties.get(name)?.trim().toLowerCase() === 'true';
  const text = (name: string, byDefault: string): string => properties.get(name) ?? byDefault;
  const parseKey = is('parse.key');
  const parseHeaders = is('parse.headers');
  const ignoreError = is('ignore.error');
  const keySeparator = text('key.separator', '\t');
  const headersDelimiter = text('headers.delimiter', '\t');
  const headersSeparator = text('headers.separator', ',');
  const headerKeySeparator = text('headers.key.separator', ':');
  const nullMarker = properties.get('null.marker');
  checkDistinct({
    headersDelimiter,
    headersSeparator,
    headerKeySeparator,
    nullMarker,
    keySeparator,
  });
  const marker = nullMarker === undefined || nullMarker === '' ? undefined : Buffer.from(nullMarker);
  const orNull = (bytes: Buffer): Buffer | null => (marker?.equals(bytes) === true ? null : bytes);

  const cut = (line: Buffer, separator: string, what: string, where: string): readonly [Buffer | undefined, Buffer] => {
    const at = line.indexOf(separator);
    if (at >= 0) return [line.subarray(0, at), line.subarray(at + Buffer.byteLength(separator))];
    if (ignoreError) return [undefined, line];
    throw refused(`No ${what} found on line number ${where}`);
  };
  const headersOf = (bytes: Buffer, where: string): RecordHeader[] => {
    if (orNull(bytes) === null) return [];
    return bytes
      .toString('utf8')
      .split(headersSeparator)
      .filter((pair) => pair !== '' || !ignoreError)
      .flatMap((pair) => {
        const at = pair.indexOf(headerKeySeparator);
        if (at >= 0) {
          const key = pair.slice(0, at);
          if (nullMarker !== undefined && key === nullMarker)
            throw refused(`Header keys should not be equal to the null marker '${nullMarker}' as they can't be null`);
          return [{ key, value: orNull(Buffer.from(pair.slice(at + headerKeySeparator.length))) }];
        }
        if (ignoreError) return [{ key: pair, value: null }];
        throw refused(`No header key separator found in pair '${pair}' on line number ${where}`);
      });
  };

  return (line, lineNumber) => {
    let rest = line;
    let headers: RecordHeader[] = [];
    let key: Buffer | null = null;
    if (parseHeaders) {
      const [found, after] = cut(
        rest,
        headersDelimiter,
        'headers delimiter',
        `${lineNumber}: '${line.toString('utf8')}'`,
      );
      if (found !== undefined) headers = headersOf(found, `${lineNumber}`);
      rest = after;
    }
    if (parseKey) {
      const [found, after] = cut(rest, keySeparator, 'key separator', `${lineNumber}: '${line.toString('utf8')}'`);
      if (found !== undefined) key = orNull(found);
      rest = after;
    }
    return { key, value: orNull(rest), headers };
  };
}

function checkDistinct(named: Readonly<Record<string, string | undefined>>): void {
  const { headersDelimiter, headersSeparator, headerKeySeparator, nullMarker, keySeparator } = named;
  const pairs: readonly (readonly [string, string | undefined, string, string | undefined])[] = [
    ['headers.delimiter', headersDelimiter, 'headers.separator', headersSeparator],
    ['headers.delimiter', headersDelimiter, 'headers.key.separator', headerKeySeparator],
    ['headers.separator', headersSeparator, 'headers.key.separator', headerKeySeparator],
    ['null.marker', nullMarker, 'key.separator', keySeparator],
    ['null.marker', nullMarker, 'headers.separator', headersSeparator],
    ['null.marker', nullMarker, 'headers.delimiter', headersDelimiter],
    ['null.marker', nullMarker, 'headers.key.separator', headerKeySeparator],
  ];
  for (const [a, first, b, second] of pairs) {
    if (first !== undefined && first === second) throw refused(`${a} and ${b} may not be equal`);
  }
}

function refused(message: string): StackError {
  return new StackError('MILLRACE_DECODE_FAILED', `org.apache.kafka.common.KafkaException: ${message}`);
}
