/** The ksqlDB cases beside the clone, as planning sees them: expanded, with the topics and schemas that exist beforehand. */
import { readFileSync, readdirSync } from 'node:fs';
import { LosslessNumber, parse } from 'lossless-json';
import { sharedPath } from '../../shared.ts';

export interface KsqlCase {
  readonly file: string;
  readonly name: string;
  readonly statements: readonly string[];
  readonly properties: Readonly<Record<string, string>>;
  /** Schemas registered before the statements, by subject. */
  readonly schemas: readonly {
    readonly references?: readonly { readonly name: string; readonly schema: string }[];
    readonly subject: string;
    readonly id: number;
    readonly schemaType: string;
    readonly schema: string;
  }[];
  readonly expected: { readonly message: string } | undefined;
  readonly hasInputs: boolean;
  readonly json: Json;
}

export type Json = Readonly<Record<string, unknown>>;

export const casesPath = 'conformance/ksql/cases';

/** Every enabled case of a folder, once for each format and configuration. */
export function readCases(folder: 'query' | 'rest'): KsqlCase[] {
  const path = sharedPath(`${casesPath}/${folder}`);
  return readdirSync(path)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .flatMap((file) => {
      const { tests } = parse(readFileSync(`${path}/${file}`, 'utf8')) as { tests: Json[] };
      return tests
        .filter((test) => test['enabled'] !== false)
        .flatMap((test) => expand(file.replace('.json', ''), test));
    });
}

function expand(file: string, test: Json): KsqlCase[] {
  const formats = (test['format'] as readonly string[] | undefined) ?? [undefined];
  const configs = (test['config'] as readonly unknown[] | undefined) ?? [undefined];
  return formats.flatMap((format) =>
    configs.map((config) => {
      const statements = (test['statements'] as readonly string[]).map((text) =>
        format === undefined ? text : text.replaceAll('{FORMAT}', format),
      );
      const properties = Object.fromEntries(
        Object.entries((test['properties'] ?? {}) as Json).map(([name, value]) => [
          name,
          String(value === '{CONFIG}' ? config : value),
        ]),
      );
      const expected = (test['expectedException'] ?? test['expectedError']) as Json | undefined;
      const suffix = [format, config].filter((one) => one !== undefined).map(String);
      return {
        file,
        name: [String(test['name']), ...suffix].join(' - '),
        statements,
        properties,
        schemas: schemasOf(test),
        expected: expected && { message: String(expected['message'] ?? expected['causeMessage'] ?? '') },
        hasInputs: ((test['inputs'] as unknown[] | undefined) ?? []).length > 0,
        json: test,
      };
    }),
  );
}

function schemasOf(test: Json): KsqlCase['schemas'][number][] {
  const topics = (test['topics'] ?? []) as readonly (Json | string)[];
  let next = 1;
  return topics.flatMap((topic) =>
    typeof topic === 'string'
      ? []
      : ['key', 'value'].flatMap((side) => {
          const schema = topic[`${side}Schema`];
          if (schema === undefined || schema === null) return [];
          const format = String(topic[`${side}Format`] ?? 'AVRO').toUpperCase();
          const id = topic[`${side}SchemaId`];
          return [
            {
              subject: `${String(topic['name'])}-${side}`,
              id: id === undefined ? next++ : Number(String(id)),
              references: ((topic[`${side}SchemaReferences`] ?? []) as readonly Json[]).map((one) => ({
                name: String(one['name']),
                schema: String(one['schema']),
              })),
              schemaType: format === 'JSON_SR' ? 'JSON' : format,
              schema: typeof schema === 'string' && format !== 'AVRO' ? schema : jsonText(schema),
            },
          ];
        }),
  );
}

/** JSON text with numbers as they were written. */
export function jsonText(value: unknown): string {
  if (value instanceof LosslessNumber) return value.toString();
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([name, one]) => `${JSON.stringify(name)}:${jsonText(one)}`)
      .join(',')}}`;
  }
  return JSON.stringify(value);
}
