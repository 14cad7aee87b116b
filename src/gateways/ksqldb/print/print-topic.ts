/** PRINT: the records of a topic as lines of text, with a guess of their formats that gets better as they come. */
import type { IncomingRecord } from '../../../client/kafka-client.ts';
import type { StatementOf } from '../../../sql/dialects/ksqldb/ast.ts';
import type { KsqlContext } from '../context.ts';
import { badRequest } from '../errors.ts';
import { Feed } from '../feed.ts';
import { FormatGuess } from './formats.ts';

/** After so long without a record an empty line is sent, so that an asker who left is noticed. */
const idleMs = 1000;
const waitingRecordsMax = 250_000;

/** Lines, each with its end; goes on until `signal` aborts or the limit is reached. @throws KsqlError 40000 when there is no such topic */
export async function printTopic(
  context: KsqlContext,
  statement: StatementOf<'print'>,
  signal: AbortSignal,
): Promise<AsyncGenerator<string>> {
  const { topic } = statement;
  const found = await context.kafka.admin.describeTopic(topic);
  if (found === undefined) {
    const alike = (await context.kafka.admin.topics()).filter((one) => one.topic.toLowerCase() === topic.toLowerCase());
    const suggestion = alike.map((one) => `\tprint ${one.topic};`).join('\n');
    throw badRequest(
      `Could not find topic '${topic}', or the KSQL user does not have permissions to list the topic. Topic names are case-sensitive.${alike.length === 0 ? '' : `\nDid you mean:\n${suggestion}`}`,
    );
  }
  return lines(context, statement, found.partitions, signal);
}

async function* lines(
  context: KsqlContext,
  { topic, fromBeginning, limit, interval = 1 }: StatementOf<'print'>,
  partitions: number,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  const feed = new Feed<IncomingRecord>(context.clock, waitingRecordsMax);
  ending.signal.addEventListener('abort', () => feed.end());
  const from = fromBeginning ? 'earliest' : 'latest';
  const readers = Array.from({ length: partitions }, (_, partition) =>
    readInto(context, feed, topic, partition, from, ending.signal),
  );
  const key = new FormatGuess('key', context.registry);
  const value = new FormatGuess('value', context.registry);
  const heading = new Heading();
  let seen = 0;
  let written = 0;
  try {
    for (;;) {
      const step = await feed.next(idleMs);
      if (step.kind === 'idle') {
        yield '\n';
        continue;
      }
      if (step.kind === 'end') {
        if (step.error !== undefined)
          yield `${step.error instanceof Error ? step.error.message : String(step.error)}\n`;
        return;
      }
      const texts = await format(step.items, key, value);
      const shown: string[] = [];
      for (const text of texts) {
        if (seen++ % interval !== 0) continue;
        shown.push(text);
        if (++written === limit) break;
      }
      yield `${heading.changed(key, value)}${shown.map((text) => `${text}\n`).join('')}`;
      if (written === limit) return;
    }
  } finally {
    signal.removeEventListener('abort', end);
    end();
    await Promise.all(readers);
  }
}

async function readInto(
  { kafka }: KsqlContext,
  feed: Feed<IncomingRecord>,
  topic: string,
  partition: number,
  from: 'earliest' | 'latest',
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const records of kafka.read(topic, partition, { from, signal })) feed.push(records);
  } catch (error) {
    feed.end(error);
  }
}

/** Formatted again when a record of the batch ruled out the format that the first ones were printed in. */
async function format(records: readonly IncomingRecord[], key: FormatGuess, value: FormatGuess): Promise<string[]> {
  const before = [key.names()[0], value.names()[0]];
  const texts = await formatAll(records, key, value);
  const same = key.names().includes(before[0] ?? '') && value.names().includes(before[1] ?? '');
  return same ? texts : await formatAll(records, key, value);
}

async function formatAll(records: readonly IncomingRecord[], key: FormatGuess, value: FormatGuess): Promise<string[]> {
  const texts: string[] = [];
  for (const record of records) {
    const keyText = await key.text(record.key);
    const valueText = await value.text(record.value);
    texts.push(
      `rowtime: ${rowtimeText(record.timestamp)}, key: ${keyText}, value: ${valueText}, partition: ${record.partition}`,
    );
  }
  return texts;
}

/** `2022/03/18 15:53:22.989 Z`. */
function rowtimeText(timestamp: number): string {
  if (timestamp === -1) return 'N/A';
  return `${new Date(timestamp).toISOString().replaceAll('-', '/').replace('T', ' ').slice(0, 23)} Z`;
}

/** The lines that name the formats, whenever the guess has changed. */
class Heading {
  #key = '';
  #value = '';

  changed(key: FormatGuess, value: FormatGuess): string {
    const [keyLine, valueLine] = [headingLine('Key', key.names()), headingLine('Value', value.names())];
    const text = `${keyLine === this.#key ? '' : keyLine}${valueLine === this.#value ? '' : valueLine}`;
    this.#key = keyLine;
    this.#value = valueLine;
    return text;
  }
}

function headingLine(side: string, names: readonly string[]): string {
  const none =
    ' does not match any supported format. It may be a STRING with encoding other than UTF8, or some other format.';
  return `${side} format: ${names.length === 0 ? none : names.join(' or ')}\n`;
}
