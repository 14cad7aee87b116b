/** `Flatten`: fields of structs within structs become fields of the outermost, their names joined. */
import { DataException } from '../data/schema.ts';
import type { ConnectField, ConnectSchema, ConnectStruct, ConnectValue } from '../data/schema.ts';
import { halfOf, perSchema, requireStruct, structLike, withHalf } from './record.ts';
import { key, onBothSides } from './transformation.ts';
import type { TransformationPlugin } from './transformation.ts';

const keys = [key('delimiter', 'STRING', 'MEDIUM', 'What stands between the names.', { default: '.' })];

interface Leaf {
  readonly field: ConnectField;
  readonly path: readonly string[];
}

export const flatten: readonly TransformationPlugin[] = onBothSides('Flatten', keys, (values, side) => {
  const delimiter = values.text('delimiter');
  const updated = perSchema((schema) => {
    const leaves = leavesOf(schema, [], schema.optional, schema.default as ConnectStruct | undefined, delimiter);
    return {
      leaves,
      schema: structLike(
        schema,
        leaves.map(({ field }) => field),
      ),
    };
  });
  return (record) => {
    const half = halfOf(record, side);
    if (half.value === null) return record;
    const struct = requireStruct(half, 'flattening');
    const { leaves, schema } = updated(half.schema);
    const value: Record<string, ConnectValue> = {};
    for (const { field, path } of leaves) {
      let at: ConnectValue = struct;
      for (const step of path) at = at === null ? null : ((at as ConnectStruct)[step] ?? null);
      value[field.name] = at ?? field.schema.default ?? null;
    }
    return withHalf(record, side, { schema, value });
  };
});

function leavesOf(
  schema: ConnectSchema,
  above: readonly string[],
  optional: boolean,
  defaults: ConnectStruct | undefined,
  delimiter: string,
): Leaf[] {
  return (schema.fields ?? []).flatMap((field): Leaf[] => {
    const path = [...above, field.name];
    const isOptional = optional || field.schema.optional;
    const byDefault = field.schema.default ?? defaults?.[field.name];
    const name = path.join(delimiter);
    if (field.schema.type === 'STRUCT')
      return leavesOf(field.schema, path, isOptional, byDefault as ConnectStruct | undefined, delimiter);
    if (field.schema.type === 'MAP' || field.schema.type === 'ARRAY')
      throw new DataException(
        `Flatten transformation does not support ${field.schema.type} for record with schemas (for field ${name}).`,
      );
    const own = {
      ...field.schema,
      optional: isOptional,
      ...(byDefault === undefined || byDefault === null ? {} : { default: byDefault }),
    };
    return [{ field: { name, schema: own }, path }];
  });
}
