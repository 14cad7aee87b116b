/** Every transformation that a connector may have: those that come with Apache Kafka. */
import { cast } from './cast.ts';
import { flatten } from './flatten.ts';
import { dropHeaders, headerFrom, insertHeader } from './headers.ts';
import { insertField } from './insert-field.ts';
import { extractField, hoistField, valueToKey } from './key-fields.ts';
import { maskField } from './mask-field.ts';
import { replaceField } from './replace-field.ts';
import { filter, regexRouter, timestampRouter } from './routers.ts';
import { setSchemaMetadata } from './set-schema-metadata.ts';
import { timestampConverter } from './timestamp-converter.ts';
import type { TransformationPlugin } from './transformation.ts';

export const transformations: readonly TransformationPlugin[] = [
  ...cast,
  dropHeaders,
  ...extractField,
  filter,
  ...flatten,
  ...headerFrom,
  ...hoistField,
  ...insertField,
  insertHeader,
  ...maskField,
  regexRouter,
  ...replaceField,
  ...setSchemaMetadata,
  ...timestampConverter,
  timestampRouter,
  valueToKey,
];
