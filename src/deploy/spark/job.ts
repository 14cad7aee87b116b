/**
 * A pipeline as a PySpark job: each source a streaming view over its topic, each query Spark SQL over views, each sink a streaming
 * write with keys and values as ksqlDB lays them out.
 */
import { keyColumns, valueColumns } from '../../sql/catalog/source.ts';
import type { DataSource } from '../../sql/catalog/source.ts';
import type { LogicalNode } from '../../sql/logical/node.ts';
import type { LogicalSource } from '../../sql/logical/source.ts';
import type { SqlType } from '../../sql/types.ts';
import { inexpressible } from '../engine-sql.ts';
import type { Scan } from '../engine-sql.ts';
import type { SourceFields } from '../fields.ts';
import type { DifferenceName, Note } from '../notes.ts';
import { filtersTable, sourcesOf, windowsOf } from '../pipeline.ts';
import type { Pipeline, PipelineQuery } from '../pipeline.ts';
import { selectOf, selectText } from '../select.ts';
import type { Select } from '../select.ts';
import { sparkInterval, sparkName, sparkSql, sparkType } from './spark-sql.ts';

export interface SparkTarget {
  readonly bootstrapServers: string;
  readonly faithful: boolean;
  /** Ends where the topics end when it starts, rather than never. */
  readonly bounded: boolean;
  /** Folder or URL of checkpoints; a run that finds its own goes on from there. */
  readonly checkpoints: string;
  readonly sinkTopic: (query: PipelineQuery) => string;
  /** Of the sink's value, where the format has one: the id under which it is registered, and its text. */
  readonly sinkSchema: (query: PipelineQuery) => { readonly id: number; readonly schema: string } | undefined;
}

export interface SparkJob {
  readonly python: string;
  readonly notes: readonly Note[];
}

const eventTime = 'event_time';
/** The field in which Spark keeps a record of which it could not decode everything. */
const badRecord = '_bad_record';

/** @throws StackError MILLRACE_UNSUPPORTED with what Spark cannot do */
export function sparkJob(pipeline: Pipeline, fields: ReadonlyMap<string, SourceFields>, target: SparkTarget): SparkJob {
  const notes: Note[] = [];
  const views = new Map<string, Scan>();
  const parts: string[] = [];
  const delay = watermarkDelay(pipeline);
  for (const source of pipeline.sources) {
    const own = fields.get(source.name) ?? { spelling: new Map(), schemas: [], partitions: 1 };
    const reset =
      pipeline.queries.flatMap(({ logical }) => sourcesOf(logical.input)).find((one) => one.source.name === source.name)
        ?.autoOffsetReset ?? 'latest';
    parts.push(sourceView(source, own, reset, delay, target));
  }
  for (const query of pipeline.queries) {
    const sql = sparkSql({
      faithful: target.faithful,
      scan: (source) => views.get(source.source.name) ?? sourceScan(source),
      note: (name, text) => notes.push({ name, text, query: query.name }),
    });
    const select = selectOf(query.logical.input, sql);
    parts.push(`# ${query.name}`, rowsView(query, select), sink(query, target));
    views.set(query.name, {
      from: sparkName(`${query.name}_ROWS`),
      columns: query.logical.input.columns.map(({ name }) => sparkName(name)),
      ...(select.time !== undefined && { time: eventTime }),
    });
    addNotes(query, notes);
  }
  return { python: [head(pipeline), ...parts, foot].join('\n\n'), notes };
}

/** What Spark's micro-batches make different whatever the query is. */
function addNotes({ name, logical }: PipelineQuery, notes: Note[]): void {
  const note = (difference: DifferenceName, text: string): void =>
    void notes.push({ name: difference, text, query: name });
  if (logical.input.window?.type === 'SESSION')
    note('emission-on-close', `Spark writes a session of ${name} once, when it closes.`);
  else if (aggregates(logical.input)) {
    note('emission-by-batch', `Spark writes a group of ${name} that changed once for each micro-batch.`);
    if (filtersTable(logical.input))
      note(
        'no-withdrawal',
        `A group of ${name} that HAVING lets through no more stays in the topic: Spark withdraws nothing.`,
      );
  }
  if (windowsOf(logical.input).length > 0)
    note(
      'late-rows',
      `Spark's watermark moves between micro-batches, so rows of ${name} that the statement drops as late may be counted.`,
    );
  note('at-least-once', `Spark's Kafka sink is at-least-once: the rows of ${name} may come twice after a failure.`);
}

function aggregates(node: LogicalNode): boolean {
  if (node.node === 'source') return false;
  return (
    node.node === 'aggregate' ||
    (node.node === 'join' ? aggregates(node.left) || aggregates(node.right) : aggregates(node.input))
  );
}

function head({ queries }: Pipeline): string {
  const title = queries.map(({ name }) => name).join(', ');
  return `"""${title}: written by "millrace deploy".

Needs the packages spark-sql-kafka-0-10 and spark-avro of this version of Spark.
"""
from pyspark.sql import SparkSession, functions as F
from pyspark.sql.avro.functions import from_avro, to_avro


def from_registered(schemas):
    """Decodes values that begin with the id of one of these schemas, as the last of them says."""
    options = {"mode": "PERMISSIVE", "avroSchema": list(schemas.values())[-1]}
    return F.coalesce(*[
        F.when(F.expr(f"hex(substring(value, 1, 5)) = '{id:010X}'"), from_avro(F.expr("substring(value, 6)"), schema, options))
        for id, schema in schemas.items()
    ])


def to_registered(columns, id, schema):
    """Encodes columns as Avro behind the id under which the schema is registered."""
    return F.concat(F.unhex(F.lit(f"{id:010X}")), to_avro(columns, schema))


spark = SparkSession.builder.appName(${python(title)}).getOrCreate()
spark.conf.set("spark.sql.session.timeZone", "UTC")
# As in ksqlDB: overflow wraps, division by zero is null.
spark.conf.set("spark.sql.ansi.enabled", "false")
spark.conf.set("spark.sql.caseSensitive", "true")`;
}

/** Printed by a job once its queries run. */
export const sparkJobRuns = 'The queries run.';

const foot = `print(${python(sparkJobRuns)}, flush=True)
for query in spark.streams.active:
    query.awaitTermination()`;

/** A text as a Python literal: JSON's escapes are Python's. */
function python(text: string): string {
  return JSON.stringify(text);
}

/** A JSON text as a Python literal, without escapes where that can be. */
function rawPython(text: string): string {
  return /['\\\n]/.test(text) ? python(text) : `'${text}'`;
}

/** The latest that a row may come, over all windows; undefined without windows. */
function watermarkDelay({ queries }: Pipeline): number | undefined {
  const graces = queries.flatMap(({ logical }) => windowsOf(logical.input).map(({ window }) => window.graceMs));
  return graces.length === 0 ? undefined : Math.max(...graces);
}

// ---- sources

function sourceView(
  source: DataSource,
  fields: SourceFields,
  reset: string,
  delay: number | undefined,
  target: SparkTarget,
): string {
  if (source.kind === 'TABLE') throw inexpressible('Spark SQL', `Reading ${source.name} as a table`);
  if (source.window !== undefined) throw inexpressible('Spark SQL', `Reading the windowed keys of ${source.name}`);
  if (source.timestamp !== undefined) throw inexpressible('Spark SQL', `The TIMESTAMP property of ${source.name}`);
  const columns = [
    ...keyColumns(source).map(({ name, type }) => `${keyDecoder(source, type)}.alias(${python(name)})`),
    ...valueColumns(source).map(
      ({ name, type }) =>
        `F.col(${python(`v.${sparkName(fields.spelling.get(name) ?? name)}`)}).cast(${python(sparkType(type))}).alias(${python(name)})`,
    ),
    `F.col("timestamp").alias("${eventTime}")`,
    'F.unix_millis("timestamp").alias("ROWTIME")',
    'F.col("partition").alias("ROWPARTITION")',
    'F.col("offset").alias("ROWOFFSET")',
  ];
  const watermark = delay === undefined ? '' : `.withWatermark("${eventTime}", ${python(sparkInterval(delay))})`;
  return `# ${source.name}
(
    spark.readStream.format("kafka")
    .option("kafka.bootstrap.servers", ${python(target.bootstrapServers)})
    .option("subscribe", ${python(source.topic)})
    .option("startingOffsets", ${python(reset)})
    .load()
    .where("value IS NOT NULL")
    .withColumn("v", ${valueDecoder(source, fields)})
    .where("${source.valueFormat.format === 'AVRO' ? 'v IS NOT NULL' : `v IS NOT NULL AND v.${badRecord} IS NULL`}")
    .select(
${columns.map((column) => `        ${column},`).join('\n')}
    )${watermark}
    .createOrReplaceTempView(${python(source.name)})
)`;
}

function keyDecoder({ keyFormat, name }: DataSource, type: SqlType): string {
  if (keyFormat.format === 'KAFKA') {
    if (type.kind === 'STRING') return 'F.col("key").cast("string")';
    if (type.kind === 'INTEGER' || type.kind === 'BIGINT')
      return `F.conv(F.hex("key"), 16, 10).cast("decimal(20, 0)").cast("bigint").cast(${python(sparkType(type))})`;
  }
  throw inexpressible('Spark SQL', `The key of ${name}, ${type.kind} in the format ${keyFormat.format},`);
}

function valueDecoder(source: DataSource, { spelling, schemas }: SourceFields): string {
  const { format, delimiter } = source.valueFormat;
  const spelled = valueColumns(source).map(
    ({ name, type }) => `${sparkName(spelling.get(name) ?? name)} ${sparkType(type)}`,
  );
  switch (format) {
    case 'AVRO': {
      if (schemas.length === 0) throw inexpressible('Spark SQL', `Avro of ${source.topic} without a registered schema`);
      return `from_registered({${schemas.map(({ id, schema }) => `${id}: ${rawPython(schema)}`).join(', ')}})`;
    }
    case 'JSON':
      return `F.from_json(F.col("value").cast("string"), ${python([...spelled, `${badRecord} STRING`].join(', '))}, {"columnNameOfCorruptRecord": "${badRecord}"})`;
    case 'DELIMITED':
      return `F.from_csv(F.col("value").cast("string"), ${python([...spelled, `${badRecord} STRING`].join(', '))}, {"sep": ${python(delimiter ?? ',')}, "columnNameOfCorruptRecord": "${badRecord}"})`;
    default:
      throw inexpressible('Spark SQL', `The format ${format}`);
  }
}

function sourceScan({ source, columns }: LogicalSource): Scan {
  return {
    from: sparkName(source.name),
    columns: columns.map(({ name, origin }) => {
      if (typeof origin === 'object') throw inexpressible('Spark SQL', `The headers of ${source.name}`);
      return sparkName(name);
    }),
    time: eventTime,
  };
}

// ---- queries and sinks

function rowsView({ name, logical }: PipelineQuery, select: Select): string {
  const outputs = logical.input.columns.map((column, i) => ({
    text: select.columns[i] ?? '',
    name: sparkName(column.name),
  }));
  const time = select.time === undefined || select.groupBy.length > 0 ? [] : [{ text: select.time, name: eventTime }];
  return `spark.sql("""\n${selectText(select, [...outputs, ...time]).replaceAll('\\', '\\\\')}\n""").createOrReplaceTempView(${python(`${name}_ROWS`)})`;
}

function sink(query: PipelineQuery, target: SparkTarget): string {
  const { name, sink: source } = query;
  const mode = outputMode(query, target.bounded);
  const topic = target.sinkTopic(query);
  const trigger = target.bounded ? '\n    .trigger(availableNow=True)' : '';
  const columns = [
    ...(source.columns.some(({ place }) => place === 'key') ? [`${keyEncoder(query)}.alias("key")`] : []),
    `${valueEncoder(query, target)}.alias("value")`,
  ];
  return `(
    spark.table(${python(`${name}_ROWS`)})
    .select(
${columns.map((column) => `        ${column},`).join('\n')}
    )
    .writeStream.format("kafka")
    .queryName(${python(name)})
    .option("kafka.bootstrap.servers", ${python(target.bootstrapServers)})
    .option("topic", ${python(topic)})
    .option("checkpointLocation", ${python(`${target.checkpoints}/${name}`)})
    .outputMode("${mode}")${trigger}
    .start()
)`;
}

/** Spark has no updates of sessions: all of them once, where the topics end, or each when it closes. */
function outputMode({ logical }: PipelineQuery, bounded: boolean): 'append' | 'update' | 'complete' {
  if (logical.input.changelog === 'append' || isFinal(logical.input)) return 'append';
  if (logical.input.window?.type !== 'SESSION') return 'update';
  return bounded ? 'complete' : 'append';
}

function isFinal(node: LogicalNode): boolean {
  if (node.node === 'aggregate') return node.emission === 'final';
  return node.node !== 'source' && node.node !== 'join' && isFinal(node.input);
}

function keyEncoder({ logical }: PipelineQuery): string {
  const [key] = logical.key;
  if (key === undefined || logical.key.length > 1 || logical.keyFormat.format !== 'KAFKA')
    throw inexpressible('Spark SQL', 'A key other than one column in the format KAFKA');
  const column = (index: number): string => sparkName(logical.input.columns[index]?.name ?? '');
  const bytes = (millis: string): string => `lpad(hex(${millis}), 16, '0')`;
  const own = column(key.column);
  const { windowBounds } = logical;
  if (windowBounds !== undefined) {
    if (key.type.kind !== 'STRING') throw inexpressible('Spark SQL', 'A windowed key other than one STRING');
    const start = bytes(column(windowBounds.start));
    const bounds = logical.input.window?.type === 'SESSION' ? `${bytes(column(windowBounds.end))}, ${start}` : start;
    return `F.expr(${python(`unhex(concat(hex(${own}), ${bounds}))`)})`;
  }
  switch (key.type.kind) {
    case 'STRING':
      return `F.expr(${python(`CAST(${own} AS BINARY)`)})`;
    case 'INTEGER':
      return `F.expr(${python(`unhex(right(lpad(hex(${own}), 16, '0'), 8))`)})`;
    case 'BIGINT':
      return `F.expr(${python(`unhex(lpad(hex(${own}), 16, '0'))`)})`;
    default:
      throw inexpressible('Spark SQL', `A key of ${key.type.kind}`);
  }
}

function valueEncoder(query: PipelineQuery, target: SparkTarget): string {
  const { logical } = query;
  const struct = `F.struct(${logical.value
    .map(
      ({ name, column }) =>
        `F.col(${python(sparkName(logical.input.columns[column]?.name ?? ''))}).alias(${python(name)})`,
    )
    .join(', ')})`;
  switch (logical.valueFormat.format) {
    case 'AVRO': {
      const schema = target.sinkSchema(query);
      if (schema === undefined) throw inexpressible('Spark SQL', 'An Avro sink without a registered schema');
      return `to_registered(${struct}, ${schema.id}, ${rawPython(schema.schema)})`;
    }
    case 'JSON':
      return `F.to_json(${struct}, {"ignoreNullFields": "false"}).cast("binary")`;
    case 'DELIMITED':
      return `F.to_csv(${struct}, {"sep": ${python(logical.valueFormat.delimiter ?? ',')}}).cast("binary")`;
    default:
      throw inexpressible('Spark SQL', `The format ${logical.valueFormat.format}`);
  }
}
