/** The keys of the Datagen connector (0.7) and what it says about wrong ones. */
import { StackError } from '../../core/errors.ts';
import { parseAvroSchema } from '../../formats/avro/schema.ts';
import type { AvroSchema } from '../../formats/avro/schema.ts';
import { evaluate } from '../config/config-def.ts';
import type { Config, ConfigKey, DefinedValue } from '../config/config-def.ts';
import { quickstartNames, quickstartOf } from './quickstarts.ts';

export const datagenVersion = '0.7.0';

const schemaSources = ['schema.string', 'schema.filename', 'quickstart'] as const;
const unparseable = 'Unable to parse the provided schema';

/** Keys whose check needs files get it in {@link validateDatagen}. */
export const datagenKeys: readonly ConfigKey[] = [
  { name: 'kafka.topic', type: 'STRING', importance: 'HIGH', documentation: 'The topic that records go to.' },
  {
    name: 'max.interval',
    type: 'LONG',
    default: '500',
    importance: 'HIGH',
    documentation: 'The longest pause before a record, in milliseconds; each is chosen at random. 0 or less: none.',
  },
  {
    name: 'iterations',
    type: 'INT',
    default: '-1',
    importance: 'HIGH',
    documentation: 'How many records each task generates; below 1: without end.',
  },
  {
    name: 'schema.string',
    type: 'STRING',
    default: '',
    importance: 'HIGH',
    documentation: 'The Avro schema of the records, as JSON.',
    check: (value) => (value === null || value === '' || parsed(value) !== undefined ? undefined : unparseable),
  },
  {
    name: 'schema.filename',
    type: 'STRING',
    default: '',
    importance: 'HIGH',
    documentation: 'A file with the Avro schema of the records.',
  },
  {
    name: 'schema.keyfield',
    type: 'STRING',
    default: '',
    importance: 'HIGH',
    documentation: "The field whose value is the record's key.",
  },
  {
    name: 'quickstart',
    type: 'STRING',
    default: '',
    importance: 'HIGH',
    documentation: 'The name of a ready-made schema.',
    check: (value) =>
      value === null || value === '' || quickstartOf(value) !== undefined
        ? undefined
        : `quickstart must be one out of ${quickstartNames.join(',')}`,
  },
  {
    name: 'random.seed',
    type: 'LONG',
    default: null,
    importance: 'LOW',
    documentation: 'Makes what is generated repeatable; each task derives its own seed from it.',
  },
];

export type ReadFile = (path: string) => Buffer;

/** All keys with their errors, also those that only show when keys are seen together. */
export function validateDatagen(config: Config, readFile: ReadFile): DefinedValue[] {
  const values = evaluate(datagenKeys, config);
  const find = (name: string): DefinedValue['value'] | undefined =>
    values.find(({ value }) => value.name === name)?.value;
  const file = find('schema.filename');
  if (file !== undefined && file.value !== null && file.value !== '') {
    const read = schemaOfFile(file.value, readFile);
    if (typeof read === 'string') file.errors.push(read);
  }
  const sources = schemaSources.flatMap((name) => find(name) ?? []);
  const given = sources.filter(({ value }) => value !== '');
  if (given.length !== 1) {
    for (const source of given.length === 0 ? sources : given)
      source.errors.push(`Must set exactly one of ${schemaSources.join(', ')}`);
    return values;
  }
  const keyField = find('schema.keyfield');
  if (keyField?.value && values.every(({ value }) => value.errors.length === 0)) {
    const schema = datagenSchema(config, readFile);
    const fields = schema.kind === 'record' ? schema.fields : [];
    if (!fields.some(({ name }) => name === keyField.value))
      keyField.errors.push("The schema does not contain the field provided in 'schema.keyfield'");
  }
  return values;
}

export interface DatagenConfig {
  readonly topic: string;
  readonly maxIntervalMs: number;
  /** Below 1: no end. */
  readonly iterations: number;
  /** Empty: records have no key. */
  readonly keyField: string;
  readonly seed: bigint | undefined;
  readonly schema: AvroSchema;
}

/** What a valid configuration means. Throws MILLRACE_CONFIG_INVALID when its schema's file is gone or broken by now. */
export function readDatagenConfig(config: Config, readFile: ReadFile): DatagenConfig {
  const values = new Map(evaluate(datagenKeys, config).map(({ value }) => [value.name, value.value]));
  const text = (name: string): string => values.get(name) ?? '';
  const seed = values.get('random.seed') ?? null;
  return {
    topic: text('kafka.topic'),
    maxIntervalMs: Number(text('max.interval')),
    iterations: Number(text('iterations')),
    keyField: text('schema.keyfield') || (quickstartOf(text('quickstart'))?.keyField ?? ''),
    seed: seed === null ? undefined : BigInt(seed),
    schema: datagenSchema(config, readFile),
  };
}

function datagenSchema(config: Config, readFile: ReadFile): AvroSchema {
  const quickstart = quickstartOf(config['quickstart']?.trim() ?? '');
  if (quickstart !== undefined) return parseAvroSchema(JSON.stringify(quickstart.schema));
  const text = config['schema.string']?.trim();
  const schema = text ? (parsed(text) ?? unparseable) : schemaOfFile(config['schema.filename']?.trim() ?? '', readFile);
  if (typeof schema === 'string') throw new StackError('MILLRACE_CONFIG_INVALID', schema);
  return schema;
}

function parsed(text: string): AvroSchema | undefined {
  try {
    return parseAvroSchema(text);
  } catch (error) {
    if (error instanceof StackError) return undefined;
    throw error;
  }
}

function schemaOfFile(path: string, readFile: ReadFile): AvroSchema | string {
  let content: Buffer;
  try {
    content = readFile(path);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'Unable to find the schema file' : unparseable;
  }
  return parsed(content.toString('utf8')) ?? unparseable;
}
