/** Rows of the same query that two engines do not have in common: where they differ, and which known difference of the engines explains it. */
import type { DifferenceName } from '../notes.ts';
import type { UnequalRows } from './results.ts';
import type { Cell, ResultRow } from './row-decoder.ts';

export interface Difference {
  /** `unexplained`: nothing that is known of the engine gives it. */
  readonly name: DifferenceName | 'unexplained';
  readonly key: Readonly<Record<string, Cell>>;
  /** Absent where a whole row is on one side only. */
  readonly column?: string;
  readonly expected: Cell | undefined;
  readonly actual: Cell | undefined;
}

/** Differences in number and by example. */
export interface Differences {
  /** How often each name explains one. */
  readonly counts: Readonly<Partial<Record<Difference['name'], number>>>;
  /** The first hundred of each name. */
  readonly examples: readonly Difference[];
}

const examplesMax = 100;

export function summary(found: readonly Difference[]): Differences {
  const counts: Partial<Record<Difference['name'], number>> = {};
  const examples: Difference[] = [];
  for (const difference of found) {
    const count = (counts[difference.name] ?? 0) + 1;
    counts[difference.name] = count;
    if (count <= examplesMax) examples.push(difference);
  }
  return { counts, examples };
}

/** `known`: what the engine does otherwise for this query, as its translation said. */
export function differences(
  { expected, actual, repeated }: UnequalRows,
  table: boolean,
  known: ReadonlySet<DifferenceName>,
): Difference[] {
  const explain = (...names: DifferenceName[]): Difference['name'] =>
    names.find((name) => known.has(name)) ?? 'unexplained';
  const found: Difference[] = [];
  const again = (rows: readonly ResultRow[]): void => {
    for (const row of rows)
      found.push({
        name: explain('at-least-once', 'bad-fields'),
        key: row.key,
        expected: undefined,
        actual: rowText(row),
      });
  };
  again(repeated);
  const missing: ResultRow[] = [];
  const others = byIdentity(actual, table);
  for (const [id, rows] of byIdentity(expected, table)) {
    const matching = others.get(id) ?? [];
    others.delete(id);
    rows.forEach((row, i) => {
      const other = matching[i];
      if (other === undefined) missing.push(row);
      else found.push(...inRow(row, other, explain));
    });
    again(matching.slice(rows.length));
  }
  const added = [...others.values()].flat();
  const similar = table ? new Map<ResultRow, ResultRow>() : similarRows(missing, added);
  for (const row of missing) {
    const other = similar.get(row);
    if (other === undefined)
      found.push({
        name: explain('late-rows', 'order-of-partitions'),
        key: row.key,
        expected: rowText(row),
        actual: undefined,
      });
    else found.push(...inRow(row, other, explain));
  }
  const paired = new Set(similar.values());
  for (const row of added) {
    if (paired.has(row)) continue;
    const nullKey = table && (Object.values(row.key).includes(null) || Object.keys(row.key).length === 0);
    const name = explain(
      ...(nullKey ? (['null-keys'] as const) : []),
      'no-withdrawal',
      'bad-fields',
      'late-rows',
      'order-of-partitions',
    );
    found.push({ name, key: row.key, expected: undefined, actual: rowText(row) });
  }
  return found;
}

/** Rows looked at to find the one that is most like another. */
const similarMax = 200;

/** Rows of a stream that differ, each with the first of the same key on the other side that has the most columns in common. */
function similarRows(expected: readonly ResultRow[], actual: readonly ResultRow[]): Map<ResultRow, ResultRow> {
  const pairs = new Map<ResultRow, ResultRow>();
  const candidates = byIdentity(actual, true);
  for (const row of expected) {
    const rows = candidates.get(JSON.stringify(row.key)) ?? [];
    let best = -1;
    // A row of one column has none in common with the row that it should be.
    let most = Object.keys(row.value).length > 1 ? 0 : -1;
    rows.slice(0, similarMax).forEach((other, i) => {
      const same = Object.entries(row.value).filter(([name, cell]) => sameCell(cell, other.value[name] ?? null)).length;
      if (same > most) [best, most] = [i, same];
    });
    const [other] = best < 0 ? [] : rows.splice(best, 1);
    if (other !== undefined) pairs.set(row, other);
  }
  return pairs;
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
  const pairs = surrogate.test([row.key, row.value, other.value].flatMap((cells) => Object.values(cells)).join(' '));
  return Object.entries(row.value).flatMap(([column, expected]) => {
    const actual = other.value[column] ?? null;
    if (sameCell(expected, actual)) return [];
    const names = [...(pairs ? (['characters'] as const) : []), ...reasons(expected, actual)];
    return [{ name: explain(...names), key: row.key, column, expected, actual }];
  });
}

/** Of a character that is two UTF-16 units, or half of one, which is written as the replacement character or a question mark. */
const surrogate = /[\ud800-\udfff\ufffd]/;

function reasons(expected: Cell, actual: Cell): DifferenceName[] {
  if (expected === null && actual !== null) return ['decimal-division', 'null-logic', 'late-rows'];
  if (typeof expected !== 'number') return ['null-logic', 'late-rows'];
  if (actual === null) return ['division-by-zero', 'null-logic'];
  if (typeof actual !== 'number') return [];
  // Sums that differ by 2^32 move a mean far.
  if (Math.abs(expected - actual) > 1 && !Number.isInteger(actual))
    return ['mean-overflow', 'late-rows', 'order-of-partitions'];
  const cut: DifferenceName[] = Math.trunc(expected) === actual ? ['average-of-integers'] : [];
  if (Math.trunc(actual) === expected) return ['integer-division', ...cut];
  return [...cut, 'bad-fields', 'late-rows', 'order-of-partitions'];
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
