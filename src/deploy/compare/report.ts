/** A comparison as text: figures first, then the answers side by side, then what differs and why. */
import { differenceNames } from '../notes.ts';
import type { Comparison, ComparedQuery, EngineRun } from './comparison.ts';
import { sameCell } from './differences.ts';
import type { Difference } from './differences.ts';
import type { Cell, ResultRow } from './row-decoder.ts';

/** Rows of a result that the text shows. */
const rowsMax = 20;

export function comparisonText(comparison: Comparison): string {
  const { records, runs, failures, queries } = comparison;
  const lines = [`${records.toLocaleString('en-US')} records, ${comparison.machine}`, '', ...figures(comparison)];
  for (const { title, reason } of failures) lines.push('', `${title} did not run it: ${reason}`);
  for (const query of queries) lines.push('', ...queryLines(query, runs));
  const notes = runs.flatMap(({ title, notes: own }) => own.map(({ name, text }) => `  ${title}: ${name}: ${text}`));
  if (notes.length > 0) lines.push('', 'What the engines do otherwise:', ...new Set(notes));
  return `${lines.join('\n')}\n`;
}

function figures({ runs, records }: Comparison): string[] {
  const row = (name: string, value: (run: EngineRun) => string): string[] => [name, ...runs.map(value)];
  return columns([
    ['', ...runs.map(({ title }) => title)],
    row('first result', ({ firstResultMs }) => secondsText(firstResultMs)),
    row('all results', ({ totalMs }) => secondsText(totalMs)),
    row('records/s', ({ totalMs }) => rateText(records, totalMs)),
    row('memory', ({ memoryBytes }) => memoryText(memoryBytes)),
  ]);
}

export function secondsText(ms: number): string {
  return ms < 0 ? 'none' : `${(ms / 1000).toFixed(2)} s`;
}

export function rateText(records: number, ms: number): string {
  return Math.round((records / Math.max(1, ms)) * 1000).toLocaleString('en-US');
}

export function memoryText(bytes: number): string {
  return bytes === 0 ? '-' : `${Math.round(bytes / 2 ** 20).toLocaleString('en-US')} MiB`;
}

function queryLines(query: ComparedQuery, runs: readonly EngineRun[]): string[] {
  const { name, kind } = query;
  const lines = [`${kind} ${name}`];
  const summary = [
    ['', ...runs.map(({ title }) => title)],
    ['rows', ...runs.map(({ results }) => String(results[name]?.count ?? 0))],
    ['records written', ...runs.map(({ results }) => String(results[name]?.records ?? 0))],
    ['answers', ...runs.map(({ engine }) => verdict(query, engine))],
  ];
  lines.push(...columns(summary).map((line) => `  ${line}`));
  if (kind === 'TABLE') lines.push('', ...columns(sideBySide(name, runs)).map((line) => `  ${line}`));
  for (const run of runs) {
    for (const { name: difference, count, example } of namedDifferences(query, run.engine)) {
      const where = `${keyText(example.key)}${example.column === undefined ? '' : `, ${example.column}`}`;
      const meaning =
        difference === 'unexplained' ? 'nothing known of the engine explains it' : differenceNames[difference];
      lines.push(
        `  ${run.title}: ${count} × ${difference} (${meaning}), such as ${where}: ${cellText(example.expected)} here, ${cellText(example.actual)} there`,
      );
    }
  }
  return lines;
}

/** One word and a number for a table's cell. */
export function verdict({ differences }: ComparedQuery, engine: EngineRun['engine']): string {
  const found = differences[engine];
  if (found === undefined) return 'the measure';
  const all = Object.values(found.counts).reduce((sum, count) => sum + count, 0);
  if (all === 0) return 'equal';
  const { unexplained = 0 } = found.counts;
  return unexplained > 0 ? `${unexplained} UNEXPLAINED of ${all}` : `${all} named`;
}

/** The names that explain differences of an engine, each with how often it does and the first of them. */
export function namedDifferences(
  { differences }: ComparedQuery,
  engine: EngineRun['engine'],
): { readonly name: Difference['name']; readonly count: number; readonly example: Difference }[] {
  const { counts, examples } = differences[engine] ?? { counts: {}, examples: [] };
  const seen = new Map<Difference['name'], Difference>();
  for (const example of examples) if (!seen.has(example.name)) seen.set(example.name, example);
  return [...seen].map(([name, example]) => ({ name, count: counts[name] ?? 0, example }));
}

/** The first rows of a table: a line for each key, the values of each engine, a mark where they differ from the first. */
export function sideBySide(name: string, runs: readonly EngineRun[]): string[][] {
  const [first] = runs;
  const rows = sorted(first?.results[name]?.rows ?? []).slice(0, rowsMax);
  const others = runs.map(
    ({ results }) => new Map(results[name]?.rows.map((row) => [JSON.stringify(row.key), row.value])),
  );
  const header = [
    ...Object.keys(rows[0]?.key ?? {}),
    ...Object.keys(rows[0]?.value ?? {}).flatMap((column) =>
      runs.map(({ title }) => `${column} (${title.split(' ')[0]})`),
    ),
  ];
  const body = rows.map(({ key, value }) => [
    ...Object.values(key).map(cellText),
    ...Object.entries(value).flatMap(([column, cell]) =>
      others.map((other) => {
        const found = other.get(JSON.stringify(key))?.[column];
        return `${cellText(found)}${found !== undefined && sameCell(found, cell) ? '' : ' ≠'}`;
      }),
    ),
  ]);
  return [header, ...body];
}

function sorted(rows: readonly ResultRow[]): ResultRow[] {
  return rows.toSorted((a, b) => (keyText(a.key) < keyText(b.key) ? -1 : 1));
}

export function keyText(key: Readonly<Record<string, Cell>>): string {
  const parts = Object.entries(key).map(([name, cell]) => `${name}=${cellText(cell)}`);
  return parts.length === 0 ? 'no key' : parts.join(', ');
}

export function cellText(cell: Cell | undefined): string {
  if (cell === undefined) return 'nothing';
  return typeof cell === 'number' && !Number.isInteger(cell) ? String(Number(cell.toPrecision(9))) : String(cell);
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((text, i) => (i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
