/** Programs of the walk-through's chapter 3, run as PySpark over a bench's `commercials_avro`. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { EngineBench } from './engine-tests.ts';
import { runPySpark } from './pyspark.ts';

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');

/** What a program told, by row. */
export interface Chapter3Output {
  readonly told: ReadonlyMap<string, unknown>;
  /** What was shown under a row's title. */
  part(row: string): string;
  readonly output: string;
}

/** Rows 3.2 to 3.10, with the time of the topic's first record. */
export function runChapter3(bench: EngineBench, startMs: number): Promise<Chapter3Output> {
  return runOverCommercials(bench, 'chapter-3.py', read('chapter-3.py'), String(startMs));
}

/** Rows 3.11 to 3.14, for the first or for the second time. */
export function runChapter3Sink(bench: EngineBench, time: 1 | 2): Promise<Chapter3Output> {
  return run(bench, 'chapter-3-sink.py', read('chapter-3-sink.py'), String(time));
}

/** A program that begins as commercials-source.py does. */
export function runOverCommercials(
  bench: EngineBench,
  name: string,
  program: string,
  ...args: string[]
): Promise<Chapter3Output> {
  return run(bench, name, `${read('commercials-source.py')}\n\n${program}`, ...args);
}

async function run(bench: EngineBench, name: string, program: string, ...args: string[]): Promise<Chapter3Output> {
  const { bootstrapServers, schemaRegistryUrl, folder } = bench;
  const at = join(folder, basename(name, '.py'));
  const output = await runPySpark(at, program, [bootstrapServers, schemaRegistryUrl, folder, ...args]);
  const lines = output.split('\n').filter((line) => line.startsWith('["3.'));
  return {
    told: new Map(lines.map((line) => JSON.parse(line) as [string, unknown])),
    part: (row) => output.split(`--- ${row}\n`)[1]?.split('--- ')[0] ?? '',
    output,
  };
}

/** The rows of a batch on Spark's console, sorted. */
export function consoleBatch(console: string, number: number): string[] {
  const [, text = ''] = console.split(`Batch: ${number}\n`);
  const [table = ''] = text.split('Batch: ');
  return table
    .split('\n')
    .flatMap((line) => /^\|(?!brand)(\w+) *\|(\d+) *\|$/.exec(line)?.slice(1).join(' ') ?? [])
    .toSorted();
}
