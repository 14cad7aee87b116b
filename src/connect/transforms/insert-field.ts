/** `InsertField`: topic, partition, timestamp or a fixed text as a field of the struct. */
import { DataException, logicalNames } from '../data/schema.ts';
import type { ConnectField, ConnectSchema, ConnectValue } from '../data/schema.ts';
import { invalidValue } from '../config/config-def.ts';
import { fieldValue, halfOf, perSchema, requireStruct, structLike, withHalf } from './record.ts';
import type { ConnectRecord } from './record.ts';
import { key, onBothSides, replaceNullKey, wrongConfiguration } from './transformation.ts';
import type { TransformationPlugin } from './transformation.ts';

const suffix = 'The suffix ! makes the field required, ? (as without one) optional.';

const keys = [
  key('topic.field', 'STRING', 'MEDIUM', `The field for the topic. ${suffix}`, { default: null }),
  key('partition.field', 'STRING', 'MEDIUM', `The field for the partition. ${suffix}`, { default: null }),
  key('offset.field', 'STRING', 'MEDIUM', `The field for the offset, of sinks only. ${suffix}`, { default: null }),
  key('timestamp.field', 'STRING', 'MEDIUM', `The field for the timestamp. ${suffix}`, { default: null }),
  key('static.field', 'STRING', 'MEDIUM', `The field for a fixed text. ${suffix}`, { default: null }),
  key('static.value', 'STRING', 'MEDIUM', 'The fixed text.', { default: null }),
  replaceNullKey,
];

interface Inserted {
  readonly field: ConnectField;
  readonly value: (record: ConnectRecord) => ConnectValue;
}

function inserted(
  text: string | undefined,
  schema: Omit<ConnectSchema, 'optional'>,
  value: Inserted['value'],
): readonly Inserted[] {
  if (text === undefined) return [];
  const required = text.endsWith('!');
  const name = required || text.endsWith('?') ? text.slice(0, -1) : text;
  return [{ field: { name, schema: { ...schema, optional: !required } }, value }];
}

export const insertField: readonly TransformationPlugin[] = onBothSides('InsertField', keys, (values, side) => {
  const staticText = values.optional('static.value');
  const parts = [
    ...inserted(values.optional('topic.field'), { type: 'STRING' }, ({ topic }) => topic),
    ...inserted(values.optional('partition.field'), { type: 'INT32' }, ({ partition }) => partition),
    ...inserted(values.optional('offset.field'), { type: 'INT64' }, () => {
      throw new DataException(
        'Only SinkRecord supported for [field insertion], found: org.apache.kafka.connect.source.SourceRecord',
      );
    }),
    ...inserted(
      values.optional('timestamp.field'),
      { type: 'INT64', name: logicalNames.timestamp, version: 1 },
      ({ timestamp }) => timestamp,
    ),
    ...inserted(values.optional('static.field'), { type: 'STRING' }, () => staticText ?? null),
  ];
  if (parts.length === 0) throw wrongConfiguration('No field insertion configured');
  const staticField = values.optional('static.field');
  if (staticField !== undefined && staticText === undefined)
    throw wrongConfiguration(
      invalidValue('null', 'static.value', `No value specified for static field: ${staticField}`),
    );
  const replaceNull = values.flag('replace.null.with.default');
  const updated = perSchema((schema) =>
    structLike(schema, [...(schema.fields ?? []), ...parts.map(({ field }) => field)]),
  );
  return (record) => {
    if (record.value === null) return record;
    const half = halfOf(record, side);
    const struct = requireStruct(half, 'field insertion');
    const value: Record<string, ConnectValue> = {};
    for (const field of half.schema.fields ?? []) value[field.name] = fieldValue(struct, field, replaceNull);
    for (const { field, value: of } of parts) value[field.name] = of(record);
    return withHalf(record, side, { schema: updated(half.schema), value });
  };
});
