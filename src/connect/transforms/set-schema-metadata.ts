/** `SetSchemaMetadata`: name and version of the schema. */
import { halfOf, perSchema, requireFields, withHalf } from './record.ts';
import { key, onBothSides, replaceNullKey } from './transformation.ts';
import type { TransformationPlugin } from './transformation.ts';

const keys = [
  key('schema.name', 'STRING', 'HIGH', 'The name to give.', { default: null }),
  key('schema.version', 'INT', 'HIGH', 'The version to give.', { default: null }),
  replaceNullKey,
];

export const setSchemaMetadata: readonly TransformationPlugin[] = onBothSides(
  'SetSchemaMetadata',
  keys,
  (values, side) => {
    const name = values.optional('schema.name');
    const version = values.optional('schema.version');
    const updated = perSchema((schema) => {
      requireFields(schema);
      return {
        ...schema,
        ...(name === undefined ? {} : { name }),
        ...(version === undefined ? {} : { version: Number(version) }),
      };
    });
    return (record) => {
      const { schema, value } = halfOf(record, side);
      return withHalf(record, side, { schema: updated(schema), value });
    };
  },
);
