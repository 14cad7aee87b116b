/** `ReplaceField`: leaves fields out, keeps some only, renames. */
import type { ConnectValue } from '../data/schema.ts';
import { invalidValue, listOf } from '../config/config-def.ts';
import { fieldValue, halfOf, perSchema, requireStruct, structLike, withHalf } from './record.ts';
import { key, onBothSides, replaceNullKey } from './transformation.ts';
import type { TransformationPlugin } from './transformation.ts';

const keys = [
  key('exclude', 'LIST', 'MEDIUM', 'Fields to leave out, even if they are included.', { default: '' }),
  key('include', 'LIST', 'MEDIUM', 'The only fields to keep; all when empty.', { default: '' }),
  key('renames', 'LIST', 'MEDIUM', 'Pairs OLD:NEW of field names.', {
    default: '',
    check: (value) => {
      const wrong = listOf(value).find((pair) => pair.split(':').length !== 2);
      return wrong === undefined
        ? undefined
        : invalidValue(`[${listOf(value).join(', ')}]`, 'renames', `Invalid rename mapping: ${wrong}`);
    },
  }),
  replaceNullKey,
];

export const replaceField: readonly TransformationPlugin[] = onBothSides('ReplaceField', keys, (values, side) => {
  const exclude = new Set(values.list('exclude'));
  const include = new Set(values.list('include'));
  const renames = new Map(values.list('renames').map((pair) => pair.split(':') as [string, string]));
  const replaceNull = values.flag('replace.null.with.default');
  const updated = perSchema((schema) => {
    const kept = (schema.fields ?? []).filter(
      ({ name }) => !exclude.has(name) && (include.size === 0 || include.has(name)),
    );
    const to = kept.map((field) => ({ ...field, name: renames.get(field.name) ?? field.name }));
    return { kept, names: to.map(({ name }) => name), schema: structLike(schema, to) };
  });
  return (record) => {
    const half = halfOf(record, side);
    if (half.value === null) return record;
    const struct = requireStruct(half, 'field replacement');
    const { kept, names, schema } = updated(half.schema);
    const value: Record<string, ConnectValue> = {};
    for (const [i, field] of kept.entries()) value[names[i] ?? field.name] = fieldValue(struct, field, replaceNull);
    return withHalf(record, side, { schema, value });
  };
});
