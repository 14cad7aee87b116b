/** Comparisons by `millrace compare`, and what of them goes into docs/reference/judges.md. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Comparison, ComparedQuery } from '../../../src/deploy/compare/comparison.ts';
import type { EngineBench } from '../../conformance/engines/engine-tests.ts';

/** Compares on Spark and the bench's Flink; all of them have to run it. */
export async function compared(bench: EngineBench, pipeline: string, ...flags: string[]): Promise<Comparison> {
  bench.file('pipeline.ksql', pipeline);
  const where = ['--bootstrap-server', bench.bootstrapServers, '--schema-registry', bench.schemaRegistryUrl];
  const { stdout, stderr } = await bench.millrace(
    ...['compare', 'pipeline.ksql', ...where, '--flink', bench.flinkGateway],
    ...['--json', 'comparison.json', ...flags],
  );
  const comparison = JSON.parse(readFileSync(join(bench.folder, 'comparison.json'), 'utf8')) as Comparison;
  expect(comparison.failures, stdout + stderr).toEqual([]);
  console.log(stdout.split('\n\n').slice(0, 2).join('\n\n'));
  return comparison;
}

/** By query: what each engine does otherwise, and how often. */
export function named({ queries }: Comparison): Record<string, Record<string, Record<string, number>>> {
  return Object.fromEntries(
    queries.map(({ name, differences }) => [
      name,
      Object.fromEntries(Object.entries(differences).map(([engine, { counts }]) => [engine, counts])),
    ]),
  );
}

/** A table of the engines' figures, and one of what each query gave. */
export function comparisonTables({ runs, records, queries }: Comparison): string[] {
  const figures = runs.map(
    ({ title, firstResultMs, totalMs, memoryBytes }) =>
      `| ${title} | ${(firstResultMs / 1000).toFixed(2)} | ${(totalMs / 1000).toFixed(2)} | ${Math.round(records / (totalMs / 1000))} | ${Math.round(memoryBytes / 2 ** 20)} |`,
  );
  const engines = runs.map(({ title }) => title.split(' ')[0] ?? '');
  const answers = queries.map((query) => {
    const written = runs.map(({ results }) => results[query.name]?.records ?? 0);
    const others = runs.slice(1).map(({ engine }) => answerText(query, engine));
    return `| ${[query.name, runs[0]?.results[query.name]?.count ?? 0, ...written, ...others].join(' | ')} |`;
  });
  const columns = [...engines.map((engine) => `written by ${engine}`), ...engines.slice(1)];
  return [
    '| | first result, s | all results, s | records/s | memory, MiB |',
    '| --- | --- | --- | --- | --- |',
    ...figures,
    '',
    `| | rows | ${columns.join(' | ')} |`,
    `| --- | --- | ${columns.map(() => '---').join(' | ')} |`,
    ...answers,
  ];
}

function answerText({ differences }: ComparedQuery, engine: Comparison['runs'][number]['engine']): string {
  const found = Object.entries(differences[engine]?.counts ?? {});
  return found.length === 0 ? 'equal' : found.map(([name, count]) => `${count} × ${name}`).join(', ');
}
