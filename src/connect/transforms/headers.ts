/** What works on headers: `InsertHeader`, `DropHeaders`, `HeaderFrom`. */
import type { ConnectValue } from '../data/schema.ts';
import { oneOf } from '../config/config-def.ts';
import { ConnectException } from '../errors.ts';
import { nonEmptyList, nonNullText, someOf } from './checks.ts';
import { literal } from './literal.ts';
import { fieldOf, fieldValue, halfOf, perSchema, requireStruct, structLike, withHalf } from './record.ts';
import { key, onBothSides, replaceNullKey, transformation, wrongConfiguration } from './transformation.ts';
import type { TransformationPlugin } from './transformation.ts';

export const insertHeader: TransformationPlugin = transformation(
  'InsertHeader',
  [
    key('header', 'STRING', 'HIGH', 'The name of the header.', { check: nonNullText('header') }),
    key('value.literal', 'STRING', 'HIGH', 'Its value: a number, a truth value, a date or a text.', {
      check: nonNullText('value.literal'),
    }),
  ],
  (values) => {
    const header = { key: values.text('header'), ...literal(values.text('value.literal')) };
    return (record) => ({ ...record, headers: [...record.headers, header] });
  },
);

export const dropHeaders: TransformationPlugin = transformation(
  'DropHeaders',
  [key('headers', 'LIST', 'HIGH', 'The names of the headers to drop.', { check: someOf('headers') })],
  (values) => {
    const names = new Set(values.list('headers'));
    return (record) => ({ ...record, headers: record.headers.filter((header) => !names.has(header.key)) });
  },
);

/** What the real one says of a field that is not there. */
const noField =
  'Cannot invoke "org.apache.kafka.connect.data.Field.schema()" because the return value of "org.apache.kafka.connect.data.Schema.field(String)" is null';

export const headerFrom: readonly TransformationPlugin[] = onBothSides(
  'HeaderFrom',
  [
    key('fields', 'LIST', 'HIGH', 'The fields that become headers.', { check: nonEmptyList('fields') }),
    key('headers', 'LIST', 'HIGH', 'The names of the headers, in the order of the fields.', {
      check: nonEmptyList('headers'),
    }),
    key('operation', 'STRING', 'HIGH', 'move takes the fields away, copy leaves them.', {
      check: oneOf('operation', ['move', 'copy']),
    }),
    replaceNullKey,
  ],
  (values, side) => {
    const [fields, names] = [values.list('fields'), values.list('headers')];
    if (fields.length !== names.length)
      throw wrongConfiguration("'fields' config must have the same number of elements as 'headers' config.");
    const moves = values.text('operation') === 'move';
    const replaceNull = values.flag('replace.null.with.default');
    const updated = perSchema((schema) =>
      structLike(
        schema,
        (schema.fields ?? []).filter(({ name }) => !fields.includes(name)),
      ),
    );
    return (record) => {
      const half = halfOf(record, side);
      const struct = requireStruct(half, `header ${values.text('operation')}`);
      const added = fields.map((name, i) => {
        const field = fieldOf(half.schema, name);
        if (field === undefined) throw new ConnectException(noField, { javaClass: 'java.lang.NullPointerException' });
        return { key: names[i] ?? '', schema: field.schema, value: fieldValue(struct, field, replaceNull) };
      });
      const changed = { ...record, headers: [...record.headers, ...added] };
      if (!moves) return changed;
      const schema = updated(half.schema);
      const value: Record<string, ConnectValue> = {};
      for (const field of schema.fields ?? []) value[field.name] = fieldValue(struct, field, replaceNull);
      return withHalf(changed, side, { schema, value });
    };
  },
);
