/** How the console consumer prints records: Kafka's DefaultMessageFormatter with its properties, and the others by class name. */
import { StackError } from '../../core/errors.ts';
import type { IncomingRecord } from '../../client/kafka-client.ts';
import { deserializerOf } from './deserializers.ts';

/** The bytes to print for a record. */
export type MessageFormatter = (record: IncomingRecord) => Uint8Array | Promise<Uint8Array>;

/** Prints a key or value; the record tells its headers. */
export type PrintPart = (bytes: Buffer, record: IncomingRecord) => Uint8Array | string | Promise<Uint8Array | string>;

/** Printers in place of the deserializers that the properties name. */
export interface Printers {
  readonly key?: PrintPart | undefined;
  readonly value?: PrintPart | undefined;
}

const formatterPrefix = /^(?:org\.apache\.kafka\.tools\.consumer\.|kafka\.tools\.)?/;

/** @throws StackError MILLRACE_UNSUPPORTED for a class that is not known */
export async function messageFormatter(
  className: string,
  properties: ReadonlyMap<string, string>,
): Promise<MessageFormatter> {
  const name = className.replace(formatterPrefix, '');
  switch (name) {
    case 'DefaultMessageFormatter':
    case 'LoggingMessageFormatter': // it logs too what it prints
      return defaultFormatter(properties);
    case 'NoOpMessageFormatter':
      return () => new Uint8Array(0);
    default: {
      const { coordinatorFormatter, coordinatorFormatterNames } = await import('./coordinator-formatters.ts');
      const found = coordinatorFormatter(name);
      if (found !== undefined) return found;
      const known = ['DefaultMessageFormatter', 'NoOpMessageFormatter', ...coordinatorFormatterNames];
      throw new StackError(
        'MILLRACE_UNSUPPORTED',
        `Cannot load the formatter ${className}. Known are, of org.apache.kafka.tools.consumer: ${known.join(', ')}.`,
      );
    }
  }
}

export function defaultFormatter(properties: ReadonlyMap<string, string>, printers: Printers = {}): MessageFormatter {
  const is = (name: string, byDefault = false): boolean => {
    const text = properties.get(name)?.trim().toLowerCase();
    return text === undefined ? byDefault : text === 'true';
  };
  const text = (name: string, byDefault: string): Buffer => Buffer.from(properties.get(name) ?? byDefault);
  const printer = (part: string): PrintPart => {
    const className = properties.get(`${part}.deserializer`);
    return className === undefined || className === '' ? (bytes) => bytes : deserializerOf(className);
  };
  const separator = text('key.separator', '\t');
  const line = text('line.separator', '\n');
  const headersSeparator = text('headers.separator', ',');
  const nullLiteral = text('null.literal', 'null');
  const printKey = printers.key ?? printer('key');
  const printValue = printers.value ?? printer('value');
  const printHeader = printer('headers');

  // The columns in the order of their output.
  type Column = (record: IncomingRecord) => readonly Uint8Array[] | Promise<readonly Uint8Array[]>;
  const partLater = async (printed: ReturnType<PrintPart>): Promise<readonly Uint8Array[]> => [asBytes(await printed)];
  const part = (print: PrintPart, bytes: Buffer | null, record: IncomingRecord): ReturnType<Column> => {
    if (bytes === null) return [nullLiteral];
    const printed = print(bytes, record);
    return printed instanceof Promise ? partLater(printed) : [asBytes(printed)];
  };
  const columns: Column[] = [];
  const column = (name: string, print: (record: IncomingRecord) => string): void => {
    if (is(name)) columns.push((record) => [Buffer.from(print(record))]);
  };
  column('print.timestamp', ({ timestamp, timestampType = 'CreateTime' }) =>
    timestamp < 0 ? 'NO_TIMESTAMP' : `${timestampType}:${timestamp}`,
  );
  column('print.partition', ({ partition }) => `Partition:${partition}`);
  column('print.offset', ({ offset }) => `Offset:${offset}`);
  column('print.delivery', () => 'Delivery:NOT_PRESENT');
  // Kafka's tool never knows it.
  column('print.epoch', () => 'Epoch:NOT_PRESENT');
  if (is('print.headers')) {
    columns.push(async (record) => {
      if (record.headers.length === 0) return [Buffer.from('NO_HEADERS')];
      const parts: Uint8Array[] = [];
      for (const { key, value } of record.headers) {
        if (parts.length > 0) parts.push(headersSeparator);
        parts.push(Buffer.from(`${key}:`));
        parts.push(...(await part(printHeader, value === null ? null : Buffer.from(value), record)));
      }
      return parts;
    });
  }
  if (is('print.key')) columns.push((record) => part(printKey, record.key, record));
  if (is('print.value', true)) columns.push((record) => part(printValue, record.value, record));

  return async (record) => {
    const parts: Uint8Array[] = [];
    for (const [i, print] of columns.entries()) {
      if (i > 0) parts.push(separator);
      const printed = print(record);
      parts.push(...(printed instanceof Promise ? await printed : printed));
    }
    parts.push(line);
    return Buffer.concat(parts);
  };
}

function asBytes(printed: Uint8Array | string): Uint8Array {
  return typeof printed === 'string' ? Buffer.from(printed) : printed;
}
