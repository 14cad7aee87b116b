/** The kinds of schemas that can be registered. */
import { avroType } from './avro.ts';
import { jsonType } from './json.ts';
import { protobufType } from './protobuf.ts';
import type { SchemaType } from './schema-type.ts';

export const schemaTypes: ReadonlyMap<string, SchemaType> = new Map(
  [jsonType, protobufType, avroType].map((type) => [type.name, type]),
);
