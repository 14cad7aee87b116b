/** Where a query's rows go. */
import type { FormatSpec } from '../catalog/source.ts';
import type { LogicalColumn, LogicalNode } from './node.ts';

export interface LogicalSinkColumn extends LogicalColumn {
  /** Position in the input. */
  readonly column: number;
}

/** A registered schema of a sink; the id is −1 until it is known. */
export interface LogicalWriter {
  readonly schemaId: number;
  readonly schema: string;
  readonly references?: readonly { readonly name: string; readonly schema: string }[];
}

export type LogicalSink =
  | {
      readonly node: 'topic-sink';
      readonly input: LogicalNode;
      readonly topic: string;
      readonly keyFormat: FormatSpec;
      readonly valueFormat: FormatSpec;
      readonly keyWriter?: LogicalWriter;
      readonly valueWriter?: LogicalWriter;
      readonly key: readonly LogicalSinkColumn[];
      readonly value: readonly LogicalSinkColumn[];
      readonly timestamp?: number;
      readonly timestampFormat?: string;
      /** Positions of the window's bounds, when keys carry windows. */
      readonly windowBounds?: { readonly start: number; readonly end: number };
    }
  | {
      readonly node: 'result-sink';
      readonly input: LogicalNode;
      readonly columns: readonly LogicalSinkColumn[];
      readonly limit?: number;
    };
