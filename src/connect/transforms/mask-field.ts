/** `MaskField`: zero, nothing, or a text of one's own in place of fields. */
import { DataException, javaClassOf, logicalNames } from '../data/schema.ts';
import type { ConnectSchema, ConnectValue } from '../data/schema.ts';
import { nonEmptyText, someOf } from './checks.ts';
import { fieldValue, halfOf, requireStruct, withHalf } from './record.ts';
import { decimalOf } from './decimals.ts';
import { convertedNumber } from './java-numbers.ts';
import { key, onBothSides, replaceNullKey } from './transformation.ts';
import type { TransformationPlugin } from './transformation.ts';

const keys = [
  key('fields', 'LIST', 'HIGH', 'The fields to mask.', { check: someOf('fields') }),
  key('replacement', 'STRING', 'LOW', 'What stands for every value, texts and numbers; nothing and zero when absent.', {
    default: null,
    check: nonEmptyText('replacement'),
  }),
  replaceNullKey,
];

export const maskField: readonly TransformationPlugin[] = onBothSides('MaskField', keys, (values, side) => {
  const masked = new Set(values.list('fields'));
  const replacement = values.optional('replacement');
  const replaceNull = values.flag('replace.null.with.default');
  return (record) => {
    const half = halfOf(record, side);
    const struct = requireStruct(half, 'mask fields');
    const value: Record<string, ConnectValue> = {};
    for (const field of half.schema.fields ?? []) {
      const before = fieldValue(struct, field, replaceNull);
      if (before === null || !masked.has(field.name)) value[field.name] = before;
      else value[field.name] = replacement === undefined ? nothing(field.schema) : replaced(field.schema, replacement);
    }
    return withHalf(record, side, { schema: half.schema, value });
  };
});

function nothing(schema: ConnectSchema): ConnectValue {
  if (schema.name === logicalNames.decimal) return decimalOf('0', schema);
  switch (schema.type) {
    case 'BOOLEAN':
      return false;
    case 'STRING':
      return '';
    case 'ARRAY':
      return [];
    case 'MAP':
      return new Map();
    case 'STRUCT':
    case 'BYTES':
      throw new DataException(`Cannot mask value of type: class ${javaClassOf(schema)}`);
    default:
      return 0;
  }
}

function replaced(schema: ConnectSchema, replacement: string): ConnectValue {
  if (schema.name === logicalNames.decimal) return decimalOf(replacement, schema);
  if (schema.type === 'STRING') return replacement;
  const number = schema.name === undefined ? convertedNumber(replacement, schema.type) : undefined;
  if (number !== undefined) return number;
  if (/^(INT|FLOAT)/.test(schema.type) && !isDate(schema))
    throw new DataException(`Unable to convert ${replacement} (class java.lang.String) to a number`);
  throw new DataException(`Cannot mask value of type class ${javaClassOf(schema)} with custom replacement.`);
}

function isDate({ name }: ConnectSchema): boolean {
  return name === logicalNames.date || name === logicalNames.time || name === logicalNames.timestamp;
}
