/** CREATE OR REPLACE: what may change of a stream or table that exists. */
import type { DataSource, FormatSpec, SourceColumn } from '../../catalog/source.ts';
import { invalid } from '../../sql-error.ts';
import { sameType, typeText } from '../../types.ts';

/** @throws with ksqlDB's list of what cannot change */
export function checkReplaceable(existing: DataSource, next: DataSource): void {
  const issues: string[] = [];
  const property = (name: string, of: (source: DataSource) => string): void => {
    const [was, is] = [of(existing), of(next)];
    if (was !== is)
      issues.push(`DataSource '\`${existing.name}\`' has ${name} = ${was} which is not upgradeable to ${is}`);
  };
  property('type', (source) => (source.kind === 'STREAM' ? 'KSTREAM' : 'KTABLE'));
  property('topicName', (source) => source.topic);
  property('keyFormat', (source) => `KeyFormat{${formatText(source.keyFormat)}, window=${windowText(source)}}`);
  property('valueFormat', (source) => `ValueFormat{${formatText(source.valueFormat)}}`);
  const changed = schemaChange(existing, next);
  if (changed !== undefined) {
    issues.push(
      `DataSource '\`${existing.name}\`' has schema = ${schemaText(existing.columns)} which is not upgradeable to ${schemaText(next.columns)}. (${changed})`,
    );
  }
  if (issues.length > 0) throw invalid(`Cannot upgrade data source: ${issues.join('\n\tAND ')}`);
}

function formatText({ format, ...settings }: FormatSpec): string {
  const parts = Object.entries(settings).map(([name, value]) => `${name}=${String(value)}`);
  return `format=${format}, properties={${parts.join(', ')}}`;
}

function windowText({ window }: DataSource): string {
  return window === undefined ? 'none' : `${window.type}${window.sizeMs === undefined ? '' : ` ${window.sizeMs}`}`;
}

/** Keys must stay; every column must stay where it is; new ones may follow. */
function schemaChange(existing: DataSource, next: DataSource): string | undefined {
  const keys = (source: DataSource): SourceColumn[] => source.columns.filter((column) => column.place === 'key');
  const values = (source: DataSource): SourceColumn[] => source.columns.filter((column) => column.place !== 'key');
  const missing = (was: readonly SourceColumn[], is: readonly SourceColumn[]): SourceColumn[] =>
    was.filter((column, i) => {
      const other = is[i];
      return (
        other === undefined ||
        other.name !== column.name ||
        !sameType(other.type, column.type) ||
        other.place !== column.place
      );
    });
  const list = (columns: readonly SourceColumn[]): string => `[${columns.map(columnText).join(', ')}]`;
  const lostKeys = missing(keys(existing), keys(next));
  if (lostKeys.length > 0 || keys(existing).length !== keys(next).length) {
    return `Key columns must be identical. The following key columns are changed, missing or reordered: ${list(lostKeys.length > 0 ? lostKeys : keys(existing))}`;
  }
  const lost = missing(values(existing), values(next));
  return lost.length === 0 ? undefined : `The following columns are changed, missing or reordered: ${list(lost)}`;
}

/** A schema in one line: `` `ID` STRING KEY, `COUNT` BIGINT``. */
export function schemaText(columns: readonly SourceColumn[]): string {
  return columns.map(columnText).join(', ');
}

function columnText({ name, type, place, header }: SourceColumn): string {
  const mark =
    place === 'key' ? ' KEY' : place === 'headers' ? (header === undefined ? ' HEADERS' : ` HEADER('${header}')`) : '';
  return `\`${name}\` ${typeText(type)}${mark}`;
}
