/** What stands behind FROM while a query is lowered: a node, the names of its columns, its key, what `*` means. */
import type { LogicalNode } from '../../logical/node.ts';
import { logicalSource } from '../../logical/source.ts';
import type { SqlType } from '../../types.ts';
import { invalid } from '../../sql-error.ts';
import type { Expression } from '../../syntax/ast.ts';
import { joined } from './names.ts';
import type { NamedSource } from './names.ts';
import { printExpression, printName } from './print.ts';
import { pseudoColumns, windowBounds } from './scope.ts';
import type { ColumnRole, Scope } from './scope.ts';
import type { PlanningSettings } from './settings.ts';

export interface KeyColumn {
  readonly name: string;
  readonly type: SqlType;
  /** Position in the node of the column that holds it. */
  readonly index: number;
}

export interface Relation {
  readonly node: LogicalNode;
  readonly scope: Scope;
  readonly kind: 'STREAM' | 'TABLE';
  readonly keys: readonly KeyColumn[];
  /** Flat names of the columns that `*` or `alias.*` stands for. */
  readonly star: (alias?: string) => readonly string[];
  /** What a SELECT expression is replaced by, if the relation already computed it. */
  readonly resolve?: (flat: Expression) => Expression | undefined;
  /** @throws when a persistent query's projection lacks the key */
  readonly checkKey: (sink: string, projection: Projection) => void;
}

/** The SELECT list as far as key checks care. */
export interface Projection {
  /** Is the expression (qualified) selected, by itself or by a star? */
  contains(qualified: Expression): boolean;
}

export function sourceRelation({ alias, source }: NamedSource, settings: PlanningSettings): Relation {
  const node = logicalSource(source, {
    badRecord: settings.badRecord,
    badTime: settings.badTime,
    autoOffsetReset: settings.autoOffsetReset,
  });
  const role = (name: string, origin: unknown): ColumnRole =>
    origin === 'key' ? 'key' : pseudoColumns.has(name) ? 'pseudo' : windowBounds.has(name) ? 'window' : 'value';
  const columns = node.columns.map(({ name, type, origin }) => ({
    name,
    type,
    role:
      origin === 'value' ? ('value' as const) : typeof origin === 'object' ? ('value' as const) : role(name, origin),
  }));
  const keys = columns.flatMap(({ name, type, role: of }, index) => (of === 'key' ? [{ name, type, index }] : []));
  return {
    node,
    scope: { columns },
    kind: source.kind,
    keys,
    star: (wanted) => (wanted === undefined || wanted === alias ? starOrder({ columns }) : []),
    checkKey: (sink, projection) => {
      const all = keys.every(({ name }) => projection.contains({ kind: 'column', source: alias, name, span: noSpan }));
      if (!all)
        throw keysMissing(
          sink,
          'key column',
          keys.map(({ name }) => printName(name)),
          'all',
        );
    },
  };
}

export const noSpan = { start: 0, end: 0, line: 0, column: 0 } as const;

/** Keys, then the window's bounds, then values; no pseudo columns. */
export function starOrder({ columns }: Scope): string[] {
  const of = (role: ColumnRole): string[] => columns.filter((column) => column.role === role).map(({ name }) => name);
  return [...of('key'), ...of('window'), ...of('value')];
}

/** The error of a projection without key. */
export function keysMissing(
  sink: string,
  what: string,
  required: readonly string[],
  need: 'all' | 'one',
  synthetic = false,
): Error {
  const several = required.length > 1;
  const see = synthetic ? 'See https://cnfl.io/2LV7ouS.' : '';
  const added = synthetic
    ? `\n${required[0]} was added as a synthetic key column because the join criteria did not match any source column. This expression must be included in the projection and may be aliased. `
    : '';
  return invalid(
    `Key${need === 'all' && several ? 's' : ''} missing from projection (ie, SELECT). ${see}\n` +
      `The query used to build \`${sink}\` must include the ${what}${several ? 's' : ''} ${joined(required, need === 'all' ? 'and' : 'or')} in its projection ` +
      `(eg, SELECT ${need === 'all' ? required.join(', ') : required[0]}...).${added}`,
  );
}

/** Two expressions are the same when their texts are. */
export function sameExpression(a: Expression, b: Expression): boolean {
  return printExpression(a) === printExpression(b);
}
