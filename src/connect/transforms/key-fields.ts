/** What moves fields between key, value and struct: `ValueToKey`, `ExtractField`, `HoistField`. */
import { DataException } from '../data/schema.ts';
import type { ConnectField, ConnectValue } from '../data/schema.ts';
import { oneOfAnyCase } from '../config/config-def.ts';
import { ConnectException } from '../errors.ts';
import { someOf } from './checks.ts';
import { fieldPath } from './field-path.ts';
import { fieldOf, fieldValue, halfOf, perSchema, requireStruct, requireStructOrNull, withHalf } from './record.ts';
import { key, onBothSides, replaceNullKey, transformation } from './transformation.ts';
import type { TransformationPlugin } from './transformation.ts';

export const valueToKey: TransformationPlugin = transformation(
  'ValueToKey',
  [
    key('fields', 'LIST', 'HIGH', 'The fields of the value that make the key.', { check: someOf('fields') }),
    replaceNullKey,
  ],
  (values) => {
    const names = values.list('fields');
    const replaceNull = values.flag('replace.null.with.default');
    const updated = perSchema((schema) => {
      const fields = names.map((name): ConnectField => {
        const field = fieldOf(schema, name);
        if (field === undefined) throw new DataException(`Field does not exist: ${name}`);
        return field;
      });
      return { type: 'STRUCT' as const, optional: false, fields };
    });
    return (record) => {
      const struct = requireStruct(halfOf(record, 'Value'), 'copying fields from value to key');
      const schema = updated(record.valueSchema);
      const value: Record<string, ConnectValue> = {};
      for (const field of schema.fields) value[field.name] = fieldValue(struct, field, replaceNull);
      return withHalf(record, 'Key', { schema, value });
    };
  },
);

export const extractField: readonly TransformationPlugin[] = onBothSides(
  'ExtractField',
  [
    key('field', 'STRING', 'MEDIUM', 'The field to take out.'),
    replaceNullKey,
    key('field.syntax.version', 'STRING', 'HIGH', 'V1: a name; V2: a path of names with points between them.', {
      default: 'V1',
      check: oneOfAnyCase('field.syntax.version', ['V1', 'V2']),
    }),
  ],
  (values, side) => {
    const name = values.text('field');
    const path = values.text('field.syntax.version').toUpperCase() === 'V2' ? fieldPath(name) : [name];
    const replaceNull = values.flag('replace.null.with.default');
    return (record) => {
      const half = halfOf(record, side);
      let struct = requireStructOrNull(half, 'field extraction');
      let { schema } = half;
      let value: ConnectValue = struct;
      for (const step of path) {
        const field = fieldOf(schema, step);
        if (field === undefined)
          throw new ConnectException(`Unknown field: ${name}`, { javaClass: 'java.lang.IllegalArgumentException' });
        value = struct === null ? null : fieldValue(struct, field, replaceNull);
        ({ schema } = field);
        struct = schema.type === 'STRUCT' ? (value as typeof struct) : null;
      }
      return withHalf(record, side, { schema, value });
    };
  },
);

export const hoistField: readonly TransformationPlugin[] = onBothSides(
  'HoistField',
  [key('field', 'STRING', 'MEDIUM', 'The name of the one field that the struct gets.')],
  (values, side) => {
    const name = values.text('field');
    const updated = perSchema((schema) => ({ type: 'STRUCT' as const, optional: false, fields: [{ name, schema }] }));
    return (record) => {
      const { schema, value } = halfOf(record, side);
      return withHalf(record, side, { schema: updated(schema), value: { [name]: value } });
    };
  },
);
