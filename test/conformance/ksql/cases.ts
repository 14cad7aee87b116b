/** The ksqlDB cases, as planning sees them: expanded, with the topics and schemas that exist beforehand. */
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LosslessNumber, parse } from 'lossless-json';

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
    /** The case names the id; otherwise it follows from the order of registration. */
    readonly given: boolean;
    readonly schemaType: string;
    readonly schema: string;
  }[];
  /** The error that is expected: its class (last part of the name, empty when none is named) and a part of its text. */
  readonly expected: { readonly type: string; readonly message: string } | undefined;
  readonly hasInputs: boolean;
  readonly json: Json;
}

export type Json = Readonly<Record<string, unknown>>;

export const casesPath = 'conformance/ksql/cases';

/** Every enabled case of a folder beside the clone, once for each format and configuration. */
export function readCases(folder: 'query' | 'rest'): KsqlCase[] {
  const path = fileURLToPath(new URL(`../../../../shared/${casesPath}/${folder}`, import.meta.url));
  return readdirSync(path)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .flatMap((file) => readCaseFile(join(path, file)).cases);
}

/** What a file of cases holds; `problems` says what could not be read of it. */
export interface CaseFile {
  readonly cases: readonly KsqlCase[];
  readonly disabled: readonly string[];
  readonly problems: readonly string[];
}

/** @throws when the file is no JSON or holds no list of tests */
export function readCaseFile(path: string): CaseFile {
  const json = parse(readFileSync(path, 'utf8')) as Json | null;
  const tests = isObject(json) ? json['tests'] : undefined;
  if (!Array.isArray(tests)) throw new Error('there is no list "tests" in it');
  const cases: KsqlCase[] = [];
  const disabled: string[] = [];
  const problems: string[] = [];
  tests.forEach((test: unknown, i) => {
    const name = isObject(test) && typeof test['name'] === 'string' ? test['name'] : `test ${i}`;
    try {
      const problem = problemOf(test);
      if (problem !== undefined) throw new Error(problem);
      if ((test as Json)['enabled'] === false) disabled.push(name);
      else cases.push(...expand(basename(path, '.json'), test as Json));
    } catch (error) {
      problems.push(`${name}: ${(error as Error).message}`);
    }
  });
  return { cases, disabled, problems };
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof LosslessNumber);
}

const lists = ['format', 'config', 'topics', 'inputs', 'outputs'];
const objects = ['properties', 'expectedException', 'post'];

function problemOf(test: unknown): string | undefined {
  if (!isObject(test)) return 'it is no object';
  const { statements } = test;
  if (!Array.isArray(statements) || !statements.every((one) => typeof one === 'string'))
    return '"statements" is no list of texts';
  const given = (name: string): boolean => test[name] !== undefined && test[name] !== null;
  const noList = lists.find((name) => given(name) && !Array.isArray(test[name]));
  if (noList !== undefined) return `"${noList}" is no list`;
  const noObject = objects.find((name) => given(name) && !isObject(test[name]));
  if (noObject !== undefined) return `"${noObject}" is no object`;
  for (const name of ['inputs', 'outputs']) {
    const records = (test[name] ?? []) as unknown[];
    const wrong = records.findIndex((record) => !isObject(record) || typeof record['topic'] !== 'string');
    if (wrong >= 0) return `record ${wrong} of "${name}" names no topic`;
  }
  return undefined;
}

function expand(file: string, test: Json): KsqlCase[] {
  const formats = (test['format'] as readonly string[] | null | undefined) ?? [undefined];
  const configs = (test['config'] as readonly unknown[] | null | undefined) ?? [undefined];
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
        expected: expected && {
          type: String(expected['type'] ?? '').replace(/^.*\./, ''),
          message: String(expected['message'] ?? expected['causeMessage'] ?? ''),
        },
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
              given: id !== undefined,
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
