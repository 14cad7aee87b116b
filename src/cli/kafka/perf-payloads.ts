/** The payloads of `kafka-producer-perf-test`: random letters, lines of a file, or the records' numbers. */
import { resolve } from 'node:path';
import { StackError } from '../../core/errors.ts';
import type { Arguments } from './arguments.ts';
import type { ToolEnvironment } from './tool.ts';

const letterA = 65;
const letters = 26;

/** What to send as the record with that number. */
export function payloads(args: Arguments, env: ToolEnvironment): (index: number) => Buffer {
  const size = args.number('record-size');
  if (size !== undefined) return randomLetters(size, env);
  const file = args.value('payload-file');
  if (file === undefined) return (index) => Buffer.from(String(index));
  const all = ofFile(file, args.value('payload-delimiter') ?? '\n', env);
  return () => all[Math.floor(env.random.float() * all.length)] as Buffer;
}

function randomLetters(size: number, env: ToolEnvironment): () => Buffer {
  return () => {
    const payload = env.random.bytes(size);
    for (let i = 0; i < payload.length; i++) payload[i] = letterA + ((payload[i] as number) % letters);
    return payload;
  };
}

function ofFile(path: string, typedDelimiter: string, env: ToolEnvironment): readonly Buffer[] {
  env.out(`Reading payloads from: ${resolve(path)}\n`);
  let text = '';
  try {
    text = env.readFile(path).toString('utf8');
  } catch {
    // As an empty file.
  }
  if (text === '') throw new StackError('MILLRACE_CONFIG_INVALID', 'File does not exist or empty file provided.');
  const delimiter = typedDelimiter === '\\n' ? '\n' : typedDelimiter;
  const parts = text.endsWith(delimiter) ? text.slice(0, -delimiter.length).split(delimiter) : text.split(delimiter);
  env.out(`Number of records read: ${parts.length}\n`);
  return parts.map((part) => Buffer.from(part));
}
