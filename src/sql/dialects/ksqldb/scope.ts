/** Names that an expression may use: the columns of the node below. */
import type { SqlType } from '../../types.ts';

export type ColumnRole = 'key' | 'value' | 'pseudo' | 'window';

export interface ScopeColumn {
  readonly name: string;
  readonly type: SqlType;
  readonly role: ColumnRole;
}

/** Columns stand at the positions at which the node puts them out. */
export interface Scope {
  readonly columns: readonly ScopeColumn[];
}

export function findColumn(
  scope: Scope,
  name: string,
): { readonly index: number; readonly column: ScopeColumn } | undefined {
  const index = scope.columns.findIndex((column) => column.name === name);
  const column = scope.columns[index];
  return column && { index, column };
}

export const pseudoColumns: ReadonlySet<string> = new Set(['ROWTIME', 'ROWPARTITION', 'ROWOFFSET']);
export const windowBounds: ReadonlySet<string> = new Set(['WINDOWSTART', 'WINDOWEND']);

export function isSystemColumn(name: string): boolean {
  return pseudoColumns.has(name) || windowBounds.has(name);
}
