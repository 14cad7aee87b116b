/** Streams and tables as the catalogue knows them. Plain data: a catalogue can be stored and compared. */
import type { SqlType } from '../types.ts';

export type FormatName = 'NONE' | 'KAFKA' | 'JSON' | 'DELIMITED' | 'AVRO' | 'JSON_SR' | 'PROTOBUF' | 'PROTOBUF_NOSR';

/** A format with its settings. */
export interface FormatSpec {
  readonly format: FormatName;
  /** DELIMITED; absent = a comma. */
  readonly delimiter?: string;
  /** AVRO, PROTOBUF: full name of the record that is written. */
  readonly schemaFullName?: string;
  /** The registered schema to use (`KEY_SCHEMA_ID`, `VALUE_SCHEMA_ID`). */
  readonly schemaId?: number;
  /** PROTOBUF: how fields tell null from their default; absent: not at all. */
  readonly nullableRepresentation?: 'OPTIONAL' | 'WRAPPER';
  /** A single column is a bare value (`UNWRAP_SINGLES`) or a record of one field (`WRAP_SINGLES`); absent = the format's habit. */
  readonly wrapSingle?: boolean;
}

export interface SourceColumn {
  readonly name: string;
  readonly type: SqlType;
  readonly place: 'key' | 'value' | 'headers';
  /** `HEADER('k')`: the value of this header; absent with place `headers`: all of them. */
  readonly header?: string;
}

export interface SourceWindow {
  readonly type: 'TUMBLING' | 'HOPPING' | 'SESSION';
  /** Absent for sessions. */
  readonly sizeMs?: number;
}

export interface DataSource {
  readonly kind: 'STREAM' | 'TABLE';
  readonly name: string;
  /** Keys first, then values and headers in declared order. */
  readonly columns: readonly SourceColumn[];
  readonly topic: string;
  readonly keyFormat: FormatSpec;
  readonly valueFormat: FormatSpec;
  /** The keys carry windows. */
  readonly window?: SourceWindow;
  readonly timestamp?: { readonly column: string; readonly format?: string };
  /** `CREATE SOURCE …`: nothing may be written to it. */
  readonly readOnly: boolean;
  /** The statement that made it. */
  readonly sqlText: string;
  /** The persistent query that made it, if one did. */
  readonly queryId?: string;
}

/** The name of a schema's subject in the registry. */
export function subjectOf(topic: string, side: 'key' | 'value'): string {
  return `${topic}-${side}`;
}

export function keyColumns(source: DataSource): SourceColumn[] {
  return source.columns.filter((column) => column.place === 'key');
}

export function valueColumns(source: DataSource): SourceColumn[] {
  return source.columns.filter((column) => column.place === 'value');
}
