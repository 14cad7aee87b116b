/** Two results of the same query, row by row: where they differ, and which known difference of the engines explains it. */
import type { DifferenceName } from '../notes.ts';
import type { Cell, QueryResult, ResultRow } from './results.ts';

export interface Difference {
  /** `unexplained`: nothing that is known of the engine gives it. */
  readonly name: DifferenceName | 'unexplained';
  readonly key: Readonly<Record<string, Cell>>;
  /** Absent where a whole row is on one side only. */
  readonly column?: string;
  readonly expected: Cell | undefined;
  readonly actual: Cell | undefined;
}

/** `known`: what the engine does otherwise for this query, as its translation said. */
export function differences(
  expected: QueryResult,
  actual: QueryResult,
  table: boolean,
  known: ReadonlySet<DifferenceName>,
): Difference[] {
  const explain = (...names: DifferenceName[]): Difference['name'] =>
    names.find((name) => known.has(name)) ?? 'unexplained';
  const found: Difference[] = [];
  const others = byIdentity(actual.rows, table);
  for (const [id, rows] of byIdentity(expected.rows, table)) {
    const matching = others.get(id) ?? [];
    others.delete(id);
    rows.forEach((row, i) => {
      const other = matching[i];
      if (other === undefined)
        found.push({ name: explain('late-rows'), key: row.key, expected: rowText(row), actual: undefined });
      else found.push(...inRow(row, other, explain));
    });
    for (const row of matching.slice(rows.length))
      found.push({ name: explain('at-least-once'), key: row.key, expected: undefined, actual: rowText(row) });
  }
  for (const rows of others.values())
    for (const row of rows) {
      const nullKey = Object.values(row.key).includes(null) || Object.keys(row.key).length === 0;
      const name = nullKey ? explain('null-keys') : explain('no-withdrawal', 'late-rows');
      found.push({ name, key: row.key, expected: undefined, actual: rowText(row) });
    }
  return found;
}

/** A table's rows are known by their key; a stream's by all of their values, which may come more than once. */
function byIdentity(rows: readonly ResultRow[], table: boolean): Map<string, ResultRow[]> {
  const found = new Map<string, ResultRow[]>();
  for (const row of rows) {
    const id = table ? JSON.stringify(row.key) : JSON.stringify([row.key, Object.values(row.value).map(rounded)]);
    const same = found.get(id);
    if (same === undefined) found.set(id, [row]);
    else same.push(row);
  }
  return found;
}

function inRow(
  row: ResultRow,
  other: ResultRow,
  explain: (...names: DifferenceName[]) => Difference['name'],
): Difference[] {
  return Object.entries(row.value).flatMap(([column, expected]) => {
    const actual = other.value[column] ?? null;
    if (sameCell(expected, actual)) return [];
    return [{ name: explain(...reasons(expected, actual)), key: row.key, column, expected, actual }];
  });
}

function reasons(expected: Cell, actual: Cell): DifferenceName[] {
  if (typeof expected !== 'number') return ['late-rows'];
  if (actual === null) return ['division-by-zero'];
  if (typeof actual !== 'number') return [];
  // Sums that differ by 2^32 move a mean far.
  if (Math.abs(expected - actual) > 1 && !Number.isInteger(actual)) return ['mean-overflow', 'late-rows'];
  const cut: DifferenceName[] = Math.trunc(expected) === actual ? ['average-of-integers'] : [];
  return Math.trunc(actual) === expected ? ['integer-division', ...cut] : [...cut, 'late-rows'];
}

/** Sums of fractions depend on their order: 12 digits count. */
export function sameCell(a: Cell, b: Cell): boolean {
  return a === b || rounded(a) === rounded(b);
}

function rounded(cell: Cell): Cell {
  return typeof cell === 'number' && !Number.isInteger(cell) ? Number(cell.toPrecision(12)) : cell;
}

function rowText({ value }: ResultRow): string {
  return Object.entries(value)
    .map(([name, cell]) => `${name}=${String(cell)}`)
    .join(' ');
}
