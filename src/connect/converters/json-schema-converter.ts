/**
 * `io.confluent.connect.json.JsonSchemaConverter`: the registry's framing (a zero byte, the schema's id, 4 bytes big-endian) and the value as
 * compact JSON, under a JSON Schema that is registered when the first record of a topic is converted.
 */
import { toJsonSchemaText } from '../data/json-schema-data.ts';
import { ByteSink } from './byte-sink.ts';
import type { Converter, ConverterContext } from './converter.ts';
import { valueText } from './json-converter.ts';
import type { ValueTextOptions } from './json-converter.ts';
import { registeredId } from './registered-schema.ts';
import type { RegistryOptions } from './registered-schema.ts';

export interface JsonSchemaConverterOptions extends RegistryOptions, ValueTextOptions {
  /** `object.additional.properties`. */
  readonly additionalProperties: boolean;
}

export function jsonSchemaConverter(options: JsonSchemaConverterOptions, context: ConverterContext): Converter {
  return {
    async prepare(topic, schema, alwaysNull = false) {
      if (alwaysNull) return () => null;
      const { additionalProperties } = options;
      const text = toJsonSchemaText(schema, {
        additionalProperties,
        textOf: (of, value) => valueText(of, options)(value),
      });
      const id = await registeredId('JSON', text, topic, schema, options, context);
      const sink = new ByteSink();
      sink.byte(0);
      sink.bytes.writeUInt32BE(id, sink.take(4));
      const start = sink.position;
      const textOf = valueText(schema, options);
      return (value) => {
        if (value === null && schema.optional) return null;
        sink.position = start;
        sink.text(textOf(value));
        return sink.view();
      };
    },
  };
}
