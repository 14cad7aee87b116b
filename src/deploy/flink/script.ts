/** A pipeline as a script for Flink's SQL client or gateway: tables over the topics, views for what other queries read, and the inserts. */
import { keyColumns, valueColumns } from '../../sql/catalog/source.ts';
import type { DataSource, SourceColumn } from '../../sql/catalog/source.ts';
import type { LogicalSource } from '../../sql/logical/source.ts';
import type { SqlType } from '../../sql/types.ts';
import { inexpressible } from '../engine-sql.ts';
import type { Scan } from '../engine-sql.ts';
import type { SourceFields } from '../fields.ts';
import type { Note } from '../notes.ts';
import { filtersTable, sourcesOf, windowsOf } from '../pipeline.ts';
import type { Pipeline, PipelineQuery } from '../pipeline.ts';
import { indented, selectOf, selectText } from '../select.ts';
import type { Select } from '../select.ts';
import { flinkInterval, flinkMillis, flinkName, flinkSql, flinkType } from './flink-sql.ts';
import { formatOptions, keyOptions, optionsText } from './table-options.ts';
import type { Options } from './table-options.ts';

export interface FlinkTarget {
  readonly bootstrapServers: string;
  readonly schemaRegistryUrl: string;
  readonly faithful: boolean;
  /** Ends where the topics end when it starts, rather than never. */
  readonly bounded: boolean;
  /** Results in transactions, which Flink commits with its checkpoints. */
  readonly exactlyOnce: boolean;
  readonly groupId: string;
  /** The topic that a query writes. */
  readonly sinkTopic: (query: PipelineQuery) => string;
}

export interface FlinkScript {
  readonly settings: Readonly<Record<string, string>>;
  /** CREATE TABLE and CREATE VIEW. */
  readonly definitions: readonly string[];
  /** One statement that starts the job. */
  readonly start: string;
  readonly notes: readonly Note[];
}

const eventTime = flinkName('event_time');

/** @throws StackError MILLRACE_UNSUPPORTED with what Flink cannot do */
export function flinkScript(
  pipeline: Pipeline,
  fields: ReadonlyMap<string, SourceFields>,
  target: FlinkTarget,
): FlinkScript {
  const notes: Note[] = [];
  const views = new Map<string, Scan>();
  const definitions: string[] = [];
  const inserts: string[] = [];
  const delay = watermarkDelay(pipeline);
  const severalPartitions = [...fields.values()].some(({ partitions }) => partitions > 1);
  const reset = pipeline.queries.flatMap(({ logical }) => sourcesOf(logical.input))[0]?.autoOffsetReset ?? 'latest';
  for (const source of pipeline.sources) {
    const spelling = fields.get(source.name)?.spelling ?? new Map<string, string>();
    definitions.push(sourceTable(source, spelling, reset, delay, target));
    if (source.valueFormat.format === 'AVRO')
      notes.push({
        name: 'bad-records',
        text: `A record of ${source.topic} that is no Avro makes Flink's job fail; the statement skips it.`,
      });
    else if (source.valueFormat.format !== 'KAFKA')
      notes.push({
        name: 'bad-fields',
        text: `A field of ${source.topic} that is not of its type is null in Flink; the statement skips the record.`,
      });
  }
  for (const query of pipeline.queries) {
    const sql = flinkSql({
      faithful: target.faithful,
      watermarkDelay: delay ?? 0,
      scan: (source) =>
        views.get(source.source.name) ?? sourceScan(source, fields.get(source.source.name)?.spelling ?? new Map()),
      note: (name, text) => notes.push({ name, text, query: query.name }),
    });
    const select = selectOf(query.logical.input, sql);
    definitions.push(sinkTable(query, target));
    if (query.sink.kind === 'TABLE' && filtersTable(query.logical.input))
      notes.push({
        name: 'emission-by-batch',
        query: query.name,
        text: `Flink writes the last value of each group of ${query.name} once a second, since old and new values come in pairs.`,
      });
    if (severalPartitions && windowsOf(query.logical.input).length > 0)
      notes.push({
        name: 'order-of-partitions',
        query: query.name,
        text: `Flink reads partitions side by side by their times, so rows of ${query.name} may be counted that are late where one partition is read ahead of another.`,
      });
    inserts.push(insert(query, select, notes));
    const read = pipeline.queries.some((other) =>
      sourcesOf(other.logical.input).some(({ source }) => source.name === query.name),
    );
    if (!read || views.has(query.name)) continue;
    definitions.push(view(query, select));
    views.set(query.name, viewScan(query, select));
  }
  return {
    settings: {
      'table.local-time-zone': 'UTC',
      'pipeline.name': pipeline.queries.map(({ name }) => name).join(', '),
      ...(target.exactlyOnce && { 'execution.checkpointing.mode': 'EXACTLY_ONCE' }),
      // What fails once fails again where the input has an end.
      ...(target.bounded && { 'restart-strategy.type': 'none' }),
    },
    definitions,
    start:
      inserts.length === 1
        ? (inserts[0] ?? '')
        : `EXECUTE STATEMENT SET BEGIN\n${inserts.map((one) => `${one};`).join('\n')}\nEND`,
    notes,
  };
}

/** The whole as text that `sql-client.sh -f` takes. */
export function flinkScriptText({ settings, definitions, start }: FlinkScript): string {
  const sets = Object.entries(settings).map(([name, value]) => `SET '${name}' = '${value.replaceAll("'", "''")}'`);
  return [...sets, ...definitions, start].map((one) => `${one};\n`).join('\n');
}

/**
 * How far watermarks stay behind the latest row: the grace of windows that come out when they close, 0 for windows that come out with
 * every change, undefined without windows.
 */
function watermarkDelay({ queries }: Pipeline): number | undefined {
  const delays = queries.flatMap(({ logical }) =>
    windowsOf(logical.input).map(({ window, emission }) =>
      emission === 'final' || window.type === 'SESSION' ? window.graceMs : 0,
    ),
  );
  return delays.length === 0 ? undefined : Math.max(...delays);
}

// ---- tables over sources

function sourceTable(
  source: DataSource,
  spelling: SourceFields['spelling'],
  reset: 'earliest' | 'latest',
  delay: number | undefined,
  target: FlinkTarget,
): string {
  if (source.window !== undefined) throw inexpressible('Flink SQL', `Reading the windowed keys of ${source.name}`);
  if (source.timestamp !== undefined) throw inexpressible('Flink SQL', `The TIMESTAMP property of ${source.name}`);
  const keys = keyColumns(source);
  const table = source.kind === 'TABLE';
  const watermark = delay !== undefined && !table;
  const columns = [
    ...keys.map(({ name, type }) => `${flinkName(keyField(name))} ${flinkType(type)}${table ? ' NOT NULL' : ''}`),
    ...valueColumns(source).map(
      (column) => `${flinkName(spelling.get(column.name) ?? column.name)} ${valueType(source, column)}`,
    ),
    ...source.columns
      .filter(({ place }) => place === 'headers')
      .map(() => '`headers` MAP<STRING, BYTES> METADATA VIRTUAL'),
    `${eventTime} TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL`,
    ...(table
      ? []
      : [
          "`row_partition` INT METADATA FROM 'partition' VIRTUAL",
          "`row_offset` BIGINT METADATA FROM 'offset' VIRTUAL",
        ]),
    ...(watermark
      ? [`WATERMARK FOR ${eventTime} AS ${eventTime}${delay > 0 ? ` - ${flinkInterval(delay)}` : ''}`]
      : []),
    ...(table ? [`PRIMARY KEY (${keys.map(({ name }) => flinkName(keyField(name))).join(', ')}) NOT ENFORCED`] : []),
  ];
  const options: Options = {
    connector: table ? 'upsert-kafka' : 'kafka',
    topic: source.topic,
    'properties.bootstrap.servers': target.bootstrapServers,
    'properties.group.id': target.groupId,
    ...(!table && { 'scan.startup.mode': `${reset}-offset` }),
    ...(target.bounded && { 'scan.bounded.mode': 'latest-offset' }),
    ...(watermark && { 'scan.watermark.emit.strategy': 'on-event' }),
    ...keyOptions(
      source.keyFormat,
      keys.map(({ name }) => keyField(name)),
      table,
    ),
    ...formatOptions('value', source.valueFormat, target.schemaRegistryUrl),
  };
  return `CREATE TABLE ${flinkName(source.name)} (\n${columns.map(indented).join(',\n')}\n) WITH (\n${optionsText(options)}\n)`;
}

/** Key fields have a prefix, so that a value may have a field of the same name. */
function keyField(name: string): string {
  return `key_${name}`;
}

function valueType(source: DataSource, { name, type }: SourceColumn): string {
  if (containsStruct(type)) throw inexpressible('Flink SQL', `The structure in column ${name} of ${source.name}`);
  return flinkType(type);
}

function containsStruct(type: SqlType): boolean {
  if (type.kind === 'STRUCT') return true;
  if (type.kind === 'ARRAY') return containsStruct(type.element);
  return type.kind === 'MAP' && containsStruct(type.value);
}

function sourceScan({ source, columns }: LogicalSource, spelling: ReadonlyMap<string, string>): Scan {
  return {
    from: flinkName(source.name),
    columns: columns.map(({ name, origin }) => {
      switch (origin) {
        case 'key':
          return flinkName(keyField(name));
        case 'value':
          return flinkName(spelling.get(name) ?? name);
        case 'rowtime':
          return flinkMillis(eventTime);
        case 'partition':
          return flinkName('row_partition');
        case 'offset':
          return flinkName('row_offset');
        default:
          return flinkName('headers');
      }
    }),
    time: eventTime,
  };
}

// ---- what queries make

function view({ name, logical }: PipelineQuery, select: Select): string {
  const outputs = logical.input.columns.map((column, i) => ({
    text: select.columns[i] ?? '',
    name: flinkName(column.name),
  }));
  const time = select.time === undefined ? [] : [{ text: select.time, name: eventTime }];
  return `CREATE TEMPORARY VIEW ${flinkName(`${name}_ROWS`)} AS\n${selectText(select, [...outputs, ...time])}`;
}

function viewScan({ name, logical }: PipelineQuery, select: Select): Scan {
  return {
    from: flinkName(`${name}_ROWS`),
    columns: logical.input.columns.map((column) => flinkName(column.name)),
    ...(select.time !== undefined && { time: eventTime }),
  };
}

function sinkTable(query: PipelineQuery, target: FlinkTarget): string {
  const { logical, sink, registrations } = query;
  const table = sink.kind === 'TABLE';
  const windowed = logical.windowBounds !== undefined;
  const keys = windowed
    ? [{ name: 'KEY', type: { kind: 'BYTES' } as SqlType }]
    : logical.key.map(({ name, type }) => ({ name, type }));
  const columns = [
    ...keys.map(({ name, type }) => `${flinkName(keyField(name))} ${flinkType(type)}${table ? ' NOT NULL' : ''}`),
    ...logical.value.map(({ name, type }) => `${flinkName(name)} ${flinkType(type)}`),
    ...(table ? [`PRIMARY KEY (${keys.map(({ name }) => flinkName(keyField(name))).join(', ')}) NOT ENFORCED`] : []),
  ];
  const schema = registrations.find(({ side }) => side === 'value')?.schema;
  const options: Options = {
    connector: table ? 'upsert-kafka' : 'kafka',
    topic: target.sinkTopic(query),
    'properties.bootstrap.servers': target.bootstrapServers,
    ...keyOptions(
      logical.keyFormat,
      keys.map(({ name }) => keyField(name)),
      table,
    ),
    ...formatOptions('value', logical.valueFormat, target.schemaRegistryUrl, schema),
    // Rows that HAVING may withdraw come in pairs of old and new; only the last of a key is written.
    ...(table &&
      filtersTable(logical.input) && { 'sink.buffer-flush.max-rows': '1000', 'sink.buffer-flush.interval': '1s' }),
    ...(target.exactlyOnce && {
      'sink.delivery-guarantee': 'exactly-once',
      'sink.transactional-id-prefix': `${target.groupId}-${query.name}`,
      // Below the broker's transaction.max.timeout.ms.
      'properties.transaction.timeout.ms': '600000',
    }),
  };
  return `CREATE TABLE ${flinkName(sinkName(query))} (\n${columns.map(indented).join(',\n')}\n) WITH (\n${optionsText(options)}\n)`;
}

function sinkName({ name }: PipelineQuery): string {
  return `${name}_SINK`;
}

function insert(query: PipelineQuery, select: Select, notes: Note[]): string {
  const { logical } = query;
  const at = (column: number): string => select.columns[column] ?? '';
  const values = logical.value.map(({ column, name }) => ({ text: at(column), name: flinkName(name) }));
  const into = `INSERT INTO ${flinkName(sinkName(query))}`;
  if (logical.windowBounds === undefined) {
    const keys = logical.key.map(({ column, name }) => ({ text: at(column), name: flinkName(keyField(name)) }));
    return `${into}\n${selectText(select, [...keys, ...values])}`;
  }
  const text = windowedKey(query, select);
  const outputs = [{ text, name: flinkName(keyField('KEY')) }, ...values];
  if (select.groupBy.includes('window_end')) return `${into}\n${selectText(select, outputs)}`;
  // Grouped by the key as it is written, the planner knows it as the key of the rows, and withdraws none before it updates it.
  const later = [...values.map((value) => value.text), ...select.having];
  if (later.every((one) => select.groupBy.every((key) => !one.includes(key))))
    return `${into}\n${selectText({ ...select, groupBy: [text] }, outputs)}`;
  notes.push({
    name: 'tombstones',
    query: query.name,
    text: 'Flink writes a tombstone before each new value of a window whose key stands in the value.',
  });
  return `${into}\n${selectText(select, outputs)}`;
}

/** The key's bytes, then the window's start as 8 bytes, before it the end of a session: as Kafka Streams writes windowed keys. */
function windowedKey({ logical }: PipelineQuery, select: Select): string {
  const [key] = logical.key;
  const { windowBounds, keyFormat } = logical;
  if (
    key === undefined ||
    logical.key.length > 1 ||
    keyFormat.format !== 'KAFKA' ||
    key.type.kind !== 'STRING' ||
    windowBounds === undefined
  )
    throw inexpressible('Flink SQL', 'A windowed key other than one STRING in the format KAFKA');
  const at = (column: number): string => select.columns[column] ?? '';
  const bytes = (millis: string): string => `LPAD(HEX(${millis}), 16, '0')`;
  const start = bytes(at(windowBounds.start));
  const bounds = logical.input.window?.type === 'SESSION' ? `${bytes(at(windowBounds.end))} || ${start}` : start;
  return `UNHEX(HEX(${at(key.column)}) || ${bounds})`;
}
