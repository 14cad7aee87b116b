/** JSON files that name partitions, as several tools take them: `{"partitions": [{"topic": "t", "partition": 0, …}], "version": 1}`. */
import { StackError } from '../../core/errors.ts';
import type { ToolEnvironment } from './tool.ts';

export interface NamedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number | undefined;
}

/** @throws StackError MILLRACE_CONFIG_INVALID when the file is not there or not such JSON; `field`: a number that has to be there. */
export function readPartitionFile(env: ToolEnvironment, path: string, field?: 'offset'): readonly NamedPartition[] {
  const root = parsed(textOf(env, path));
  const { version = 1, partitions } = object(root);
  if (version !== 1) throw invalid(`Not supported version field value ${String(version)}`);
  if (partitions === undefined) throw invalid('Missing partitions field');
  if (!Array.isArray(partitions)) throw invalid('Expected JSON array, received another value for partitions');
  return partitions.map((entry: unknown) => {
    const fields = object(entry);
    const { topic } = fields;
    if (topic === undefined) throw invalid('No such field exists: `topic`');
    if (typeof topic !== 'string') throw invalid(`Expected \`String\` value, received ${JSON.stringify(topic)}`);
    const number = (name: string): number => {
      const value = fields[name];
      if (value === undefined) throw invalid(`No such field exists: \`${name}\``);
      if (!Number.isSafeInteger(value))
        throw invalid(
          `Expected \`${name === 'partition' ? 'Integer' : 'Long'}\` value, received ${JSON.stringify(value)}`,
        );
      return value as number;
    };
    return { topic, partition: number('partition'), offset: field === undefined ? undefined : number(field) };
  });
}

function textOf(env: ToolEnvironment, path: string): string {
  try {
    return env.readFile(path).toString('utf8');
  } catch (error) {
    throw new StackError('MILLRACE_CONFIG_INVALID', `Unable to read file ${path}`, { cause: error });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw invalid('The input string is not a valid JSON');
  }
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw invalid(`Expected JSON object, received ${JSON.stringify(value)}`);
}

function invalid(message: string): StackError {
  return new StackError('MILLRACE_CONFIG_INVALID', message);
}
