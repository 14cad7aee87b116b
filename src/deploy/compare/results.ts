/**
 * What a query's topic holds in the end. A million rows of each engine fit because they stay bytes: most are the same in every engine,
 * byte for byte, and only those that are not, and those that are shown, are decoded.
 */
import type { KafkaClient } from '../../client/kafka-client.ts';
import type { DataSource } from '../../sql/catalog/source.ts';
import type { ResultRow, RowDecoder } from './row-decoder.ts';

/** Rows that a report shows and `--json` writes, at most. */
const shownMax = 1000;

/** Key and value of a record as one text, a character for each byte, with the key's length before it. */
type Bytes = string;

export interface StoredResult {
  /** How often each row is there: in a table, where only the last of a key is left, once. */
  readonly rows: ReadonlyMap<Bytes, number>;
  /** Records written, and those among them that withdraw a row. */
  readonly records: number;
  readonly tombstones: number;
}

/** A result as a report tells of it. */
export interface QueryResult {
  /** Rows that are left in the end. */
  readonly count: number;
  /** All of them, or the first thousand: of a table by its keys' bytes. */
  readonly rows: readonly ResultRow[];
  readonly records: number;
  readonly tombstones: number;
}

/** Rows that only one of two results has. */
export interface UnequalRows {
  readonly expected: readonly ResultRow[];
  readonly actual: readonly ResultRow[];
  /** Of the actual ones those that are expected, but not so often. */
  readonly repeated: readonly ResultRow[];
}

export async function readResult(
  kafka: KafkaClient,
  topic: string,
  kind: DataSource['kind'],
  onProgress: (records: number) => void,
): Promise<StoredResult> {
  const last = new Map<string, Bytes>();
  const rows = new Map<Bytes, number>();
  const add = (row: Bytes): void => void rows.set(row, (rows.get(row) ?? 0) + 1);
  let records = 0;
  let tombstones = 0;
  const description = await kafka.admin.describeTopic(topic);
  for (let partition = 0; partition < (description?.partitions ?? 0); partition++) {
    const { earliest } = await kafka.admin.offsets(topic, partition);
    const { latest } = await kafka.admin.offsets(topic, partition, 'read_committed');
    if (earliest >= latest) continue;
    for await (const batch of kafka.read(topic, partition, {
      from: earliest,
      to: latest,
      isolation: 'read_committed',
    })) {
      records += batch.length;
      for (const { key, value } of batch) {
        const known = keyText(key);
        if (value === null) {
          tombstones++;
          last.delete(known);
        } else if (kind === 'TABLE') last.set(known, known + value.toString('latin1'));
        else add(known + value.toString('latin1'));
      }
      onProgress(records);
    }
  }
  for (const row of last.values()) add(row);
  return { rows, records, tombstones };
}

function keyText(key: Buffer | null): string {
  return key === null ? '-:' : `${key.length}:${key.toString('latin1')}`;
}

function decoded(row: Bytes, decode: RowDecoder): Promise<ResultRow> {
  const colon = row.indexOf(':');
  const bytes = Buffer.from(row.slice(colon + 1), 'latin1');
  if (row.startsWith('-')) return decode(null, bytes);
  const length = Number(row.slice(0, colon));
  return decode(bytes.subarray(0, length), bytes.subarray(length));
}

export async function shownResult(
  { rows, records, tombstones }: StoredResult,
  kind: DataSource['kind'],
  decode: RowDecoder,
): Promise<QueryResult> {
  let count = 0;
  for (const often of rows.values()) count += often;
  const all = [...rows.keys()];
  // Of tables those of the same keys in every engine.
  const first = kind === 'TABLE' && all.length > shownMax ? all.toSorted() : all;
  const shown: ResultRow[] = [];
  for (const row of first) {
    if (shown.length === shownMax) break;
    await addTimes(shown, row, Math.min(rows.get(row) ?? 0, shownMax - shown.length), decode);
  }
  return { count, rows: shown, records, tombstones };
}

/** Takes away what is in both, byte for byte. */
export async function unequalRows(
  expected: StoredResult,
  actual: StoredResult,
  decode: RowDecoder,
): Promise<UnequalRows> {
  const left = { expected: [] as ResultRow[], actual: [] as ResultRow[], repeated: [] as ResultRow[] };
  for (const [row, times] of expected.rows) {
    const more = times - (actual.rows.get(row) ?? 0);
    if (more > 0) await addTimes(left.expected, row, more, decode);
  }
  for (const [row, times] of actual.rows) {
    const known = expected.rows.get(row) ?? 0;
    if (times > known) await addTimes(known > 0 ? left.repeated : left.actual, row, times - known, decode);
  }
  return left;
}

async function addTimes(rows: ResultRow[], row: Bytes, times: number, decode: RowDecoder): Promise<void> {
  const one = await decoded(row, decode);
  for (let i = 0; i < times; i++) rows.push(one);
}
