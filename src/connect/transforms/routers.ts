/** What sends records to other topics or nowhere: `RegexRouter`, `TimestampRouter`, `Filter`. */
import { DataException } from '../data/schema.ts';
import { ConnectException } from '../errors.ts';
import { javaText } from '../converters/plain-converters.ts';
import { regex } from './checks.ts';
import { schemaText } from './record.ts';
import type { ConnectRecord } from './record.ts';
import { simpleDateFormat } from './simple-date-format.ts';
import { key, transformation, wrongConfiguration } from './transformation.ts';
import type { TransformationPlugin } from './transformation.ts';

export const filter: TransformationPlugin = transformation('Filter', [], () => () => null);

export const regexRouter: TransformationPlugin = transformation(
  'RegexRouter',
  [
    key('regex', 'STRING', 'HIGH', 'What a topic has to match, as a whole.', { check: regex('regex') }),
    key('replacement', 'STRING', 'HIGH', 'The topic instead; $1 is what the first group matched.'),
  ],
  (values) => {
    const pattern = new RegExp(`^(?:${values.text('regex')})$`);
    const replacement = values.text('replacement');
    return (record) => {
      const match = pattern.exec(record.topic);
      return match === null ? record : { ...record, topic: expand(replacement, match) };
    };
  },
);

/** Java's replacement texts: `$1`, `${name}`, and `\` before a character that is only itself. */
function expand(replacement: string, match: RegExpExecArray): string {
  return replacement.replace(
    /\\(.)|\$\{(\w+)\}|\$(\d+)/gs,
    (_whole, plain: string | undefined, name: string | undefined, digits: string | undefined) => {
      if (plain !== undefined) return plain;
      if (name !== undefined) {
        if (match.groups?.[name] === undefined && !(name in (match.groups ?? {})))
          throw new ConnectException(`No group with name {${name}}`, {
            javaClass: 'java.lang.IllegalArgumentException',
          });
        return match.groups?.[name] ?? '';
      }
      // As many digits as still name a group.
      let length = digits?.length ?? 0;
      while (length > 1 && Number(digits?.slice(0, length)) >= match.length) length--;
      const group = Number(digits?.slice(0, length));
      if (group >= match.length)
        throw new ConnectException(`No group ${group}`, { javaClass: 'java.lang.IndexOutOfBoundsException' });
      return (match[group] ?? '') + (digits?.slice(length) ?? '');
    },
  );
}

export const timestampRouter: TransformationPlugin = transformation(
  'TimestampRouter',
  [
    key('topic.format', 'STRING', 'HIGH', 'The topic instead, with ${topic} and ${timestamp} in it.', {
      default: '${topic}-${timestamp}',
    }),
    key('timestamp.format', 'STRING', 'HIGH', 'The form of the timestamp, as of java.text.SimpleDateFormat, in UTC.', {
      default: 'yyyyMMdd',
    }),
  ],
  (values) => {
    const format = values.text('topic.format');
    const timestamps = simpleDateFormat(values.text('timestamp.format'), wrongConfiguration);
    return (record) => {
      if (record.timestamp === null) throw new DataException(`Timestamp missing on record: ${recordText(record)}`);
      const topic = format
        .replaceAll('${topic}', () => record.topic)
        .replaceAll('${timestamp}', () => timestamps.format(record.timestamp ?? 0));
      return { ...record, topic };
    };
  },
);

/** As Java prints a record. */
function recordText({
  topic,
  partition,
  key: recordKey,
  keySchema,
  value,
  valueSchema,
  timestamp,
}: ConnectRecord): string {
  const text = (of: ConnectRecord['value'], schema: ConnectRecord['valueSchema']): string =>
    of === null ? 'null' : javaText(schema)(of);
  return `ConnectRecord{topic='${topic}', kafkaPartition=${partition}, key=${text(recordKey, keySchema)}, keySchema=${schemaText(keySchema)}, value=${text(value, valueSchema)}, valueSchema=${schemaText(valueSchema)}, timestamp=${timestamp}}`;
}
