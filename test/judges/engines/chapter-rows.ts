/** Chapters 3 and 4 of the walk-through on real engines: for each row what was typed and what was seen. */
import { consoleBatch, runChapter3, runChapter3Sink } from '../../conformance/engines/chapter-3.ts';
import {
  cells,
  flinkBatch,
  flinkDoubles,
  flinkMeans,
  flinkMetrics,
  flinkRecords,
  flinkSink,
  flinkSource,
  flinkWindows,
  typeIntoFlink,
  windowRows,
} from '../../conformance/engines/chapter-4.ts';
import { produceCommercials } from '../../conformance/engines/commercials.ts';
import { anHourAgo } from '../../conformance/engines/engine-tests.ts';
import type { EngineBench } from '../../conformance/engines/engine-tests.ts';

export interface ChapterRow {
  readonly row: string;
  readonly typed: string;
  /** Empty where nothing of what should be seen was. */
  readonly seen: string;
}

export async function chapterRows(bench: EngineBench): Promise<ChapterRow[]> {
  await bench.createTopic('commercials_avro', 3);
  const startMs = anHourAgo();
  await produceCommercials(bench, { startMs, partitions: 3 });
  // Chapter 3 adds records.
  const flink = await chapter4(bench);
  return [...(await chapter3(bench, startMs)), ...flink];
}

async function chapter3(bench: EngineBench, startMs: number): Promise<ChapterRow[]> {
  const { told, part } = await runChapter3(bench, startMs);
  const number = (row: string): string => JSON.stringify(told.get(row) ?? '').replaceAll('"', '');
  const batches = (row: string): string =>
    [0, 1].map((i) => `batch ${i}: ${consoleBatch(part(row), i).join(', ')}`).join('; ');
  const offsets = [...told].filter(([row]) => row.startsWith('3.2 '));
  const windows = (row: string): string => {
    const triples = (told.get(row) ?? []) as [string, number, number][];
    return triples.length === 0
      ? ''
      : `${triples.length} windows, ${triples.reduce((sum, [, , one]) => sum + one, 0)} records`;
  };
  const first = await runChapter3Sink(bench, 1);
  await produceCommercials(bench, { startMs: startMs + 120_000, partitions: 3 });
  const second = await runChapter3Sink(bench, 2);
  const input = (output: string): string => /^--- 3\.14 (\d+)$/m.exec(output)?.[1] ?? '?';
  const subject = await registered(bench, 'metrics_per_brand_spark222-value');
  const batch = await bench.avroLines('metrics_per_brand_spark222xx');
  const stream = await bench.avroLines('metrics_per_brand_spark222');
  return [
    { row: '3.2', typed: '`spark.read.format("kafka")….load().count()`', seen: number('3.2') },
    {
      row: '3.2',
      typed: 'the same with every option of offsets, partitions and groups',
      seen: offsets.map(([row, value]) => `${row.slice(4)}: ${String(value)}`).join('; '),
    },
    { row: '3.3', typed: '`df.printSchema()`', seen: fields(part('3.3')) },
    { row: '3.4', typed: "`from_avro(…)` by the registry's schema, `printSchema()`", seen: fields(part('3.4')) },
    { row: '3.5', typed: 'the same with `readStream`', seen: fields(part('3.5')) },
    { row: '3.6', typed: '`groupBy("data.brand").count().show()`', seen: shown(part('3.6')) },
    { row: '3.6', typed: 'streaming, `outputMode("complete")`; a record is added', seen: batches('3.6 complete') },
    { row: '3.7', typed: '`outputMode("update")`; a record is added', seen: batches('3.7 update') },
    { row: '3.7', typed: '`startingOffsets=latest`; three records are added', seen: number('3.7 latest') },
    { row: '3.7', typed: '`maxOffsetsPerTrigger=25`, from offsets', seen: number('3.7 limited') },
    { row: '3.9', typed: 'windows of 5 seconds with a watermark, `count > 3`', seen: windows('3.9') },
    { row: '3.9', typed: 'the same, streaming', seen: windows('3.9 streaming') },
    { row: '3.10', typed: 'means of rating and duration', seen: shown(part('3.10')) },
    { row: '3.11', typed: "Spark's own schemas, registered", seen: subject },
    { row: '3.12', typed: '`to_avro` of key and value, `printSchema()`', seen: fields(first.part('3.12')) },
    { row: '3.13', typed: 'batch write to Kafka', seen: code(batch.toSorted()) },
    {
      row: '3.14',
      typed: 'streaming write, `outputMode("update")`',
      seen: `${input(first.output)} records read; ${code(stream.slice(0, 2).toSorted())}`,
    },
    {
      row: '3.14',
      typed: 'the same after 100 more, from its checkpoint',
      seen: `${input(second.output)} records read; ${code(stream.slice(2).toSorted())}`,
    },
  ];
}

async function chapter4(bench: EngineBench): Promise<ChapterRow[]> {
  const up = await bench.startFlink();
  const { stdout } = await typeIntoFlink(
    bench,
    flinkSource() + flinkDoubles + flinkRecords + flinkBatch + flinkMeans + flinkMetrics + flinkWindows,
  );
  const rows = cells(stdout);
  const windows = windowRows(rows);
  const sink = await typeIntoFlink(bench, flinkSource() + flinkSink);
  const upserts = new Map(
    (await bench.avroLines('metrics_per_brand_flink')).map((line) => line.split('\t') as [string, string]),
  );
  const done = (text: string): string => (text.match(/\[INFO\] Execute statement succeeded/g)?.length ?? 0).toString();
  const found = (text: string, what: RegExp): string => what.exec(text)?.[0] ?? '';
  return [
    {
      row: '4.1–4.3',
      typed: '`millrace engines start flink`',
      seen: found(up.stdout + up.stderr, /Apache Flink \S+ is up\./),
    },
    {
      row: '4.5, 4.6',
      typed: '`CREATE TABLE metrics_brand_stream …`, `CREATE TABLE ms …` with DOUBLE',
      seen: found(stdout, /\[INFO\] Execute statement succeeded\./),
    },
    {
      row: '4.7',
      typed: '`SELECT event_time, partition, offset, brand, … LIMIT 2`',
      seen: tuples(rows.filter((row) => row[0] === '+I' && row.length === 7)),
    },
    {
      row: '4.8',
      typed: '`AVG(duration), AVG(CAST(rating AS DOUBLE))`; both as DOUBLE',
      seen: tuples(rows.filter((row) => row.length === 2 && /^\d/.test(row[0] ?? ''))),
    },
    {
      row: '4.9',
      typed: '`… GROUP BY brand`',
      seen: tuples(rows.filter((row) => row.length === 4 && /^\d/.test(row[1] ?? ''))),
    },
    {
      row: '4.10',
      typed: '`upsert-kafka` with `avro-confluent`, `INSERT INTO metrics_per_brand …`',
      seen: `${found(sink.stdout, /Complete execution of the SQL update statement\./)} ${code([...upserts].map(([key, value]) => `${key} ${value}`))}`,
    },
    {
      row: '4.11',
      typed: '`select * from country_target`',
      seen: found(sink.stdout, /Object 'country_target' not found/),
    },
    {
      row: '4.12',
      typed: 'six settings of checkpoints, among them a folder in HDFS',
      seen: `${done(sink.stdout)} statements of 4.5, 4.10 and 4.12 succeeded`,
    },
    {
      row: '4.13',
      typed: 'windows of 5 seconds, `HAVING COUNT(*) > 3`',
      seen:
        windows.length === 0
          ? ''
          : `${windows.length} windows, ${windows.reduce((sum, [, , one]) => sum + Number(one), 0)} records`,
    },
    {
      row: '4.14',
      typed: '`millrace engines stop flink`',
      seen: (await bench.millrace('engines', 'stop', 'flink')).stdout.trim(),
    },
  ];
}

async function registered(bench: EngineBench, subject: string): Promise<string> {
  const answer = await fetch(`${bench.schemaRegistryUrl}/subjects/${subject}/versions/latest`);
  const { schema } = (await answer.json()) as { schema: string };
  return `${subject}: ${code([schema])}`;
}

/** The lines of `printSchema()`. */
function fields(schema: string): string {
  return [...schema.matchAll(/^ ([| ]*)\|-- (\w+): (\w+) \(nullable = (\w+)\)/gm)]
    .map(([, , name, type, nullable]) => `${name} ${type}${nullable === 'true' ? '' : ' (never null)'}`)
    .join(', ');
}

/** The rows of `show()`. */
function shown(table: string): string {
  return tuples(cells(table).slice(1));
}

function tuples(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => row.join(', ')).join('; ');
}

function code(lines: readonly string[]): string {
  return lines.map((line) => `\`${line.replace('\t', ' ')}\``).join('; ');
}
