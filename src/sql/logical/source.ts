/** A stream or table of the catalogue. */
import type { DataSource } from '../catalog/source.ts';
import { sqlTypes } from '../types.ts';
import type { LogicalBase, LogicalColumn } from './node.ts';

export type LogicalOrigin =
  | 'key'
  | 'value'
  | 'rowtime'
  | 'partition'
  | 'offset'
  | 'window-start'
  | 'window-end'
  | { readonly header: string | undefined };

export interface LogicalSource extends LogicalBase {
  readonly node: 'source';
  readonly source: DataSource;
  readonly columns: readonly (LogicalColumn & { readonly origin: LogicalOrigin })[];
  readonly badRecord: 'skip' | 'fail';
  readonly badTime: 'skip' | 'fail';
  readonly autoOffsetReset: 'earliest' | 'latest';
}

/** Declared columns, then the window's bounds (windowed keys), then ROWTIME, ROWPARTITION, ROWOFFSET. */
export function logicalSource(
  source: DataSource,
  options: Pick<LogicalSource, 'badRecord' | 'badTime' | 'autoOffsetReset'>,
): LogicalSource {
  const declared = source.columns.map(({ name, type, place, header }) => ({
    name,
    type,
    origin: place === 'headers' ? { header } : place,
  }));
  const bounds =
    source.window === undefined
      ? []
      : [
          { name: 'WINDOWSTART', type: sqlTypes.bigint, origin: 'window-start' as const },
          { name: 'WINDOWEND', type: sqlTypes.bigint, origin: 'window-end' as const },
        ];
  return {
    node: 'source',
    source,
    columns: [
      ...declared,
      ...bounds,
      { name: 'ROWTIME', type: sqlTypes.bigint, origin: 'rowtime' },
      { name: 'ROWPARTITION', type: sqlTypes.integer, origin: 'partition' },
      { name: 'ROWOFFSET', type: sqlTypes.bigint, origin: 'offset' },
    ],
    changelog: source.kind === 'TABLE' ? 'upsert' : 'append',
    key: source.columns.flatMap((column, i) => (column.place === 'key' ? [i] : [])),
    ...(source.window && { window: source.window }),
    ...options,
  };
}
