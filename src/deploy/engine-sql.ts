/** What a translator has to know of an engine's SQL; `select.ts` and `expression.ts` do the rest. */
import type { PlanExpression, PlanLiteral } from '../sql/expression.ts';
import type { LogicalAggregate, LogicalWindow } from '../sql/logical/aggregate.ts';
import type { LogicalSource } from '../sql/logical/source.ts';
import type { SqlType } from '../sql/types.ts';
import { StackError } from '../core/errors.ts';
import type { DifferenceName } from './notes.ts';

export type CallExpression = Extract<PlanExpression, { kind: 'call' }>;

/** Rows to read: what stands behind FROM, and the text of each column. */
export interface Scan {
  readonly from: string;
  readonly columns: readonly string[];
  /** The column of event time, where rows have one. */
  readonly time?: string;
}

/** What an aggregation in windows is over. */
export interface WindowInput {
  readonly from: string;
  readonly time: string;
  /** The texts of the group's keys. */
  readonly keys: readonly string[];
  /** A condition stands before the aggregation. */
  readonly filtered: boolean;
}

/** The windows of an aggregation, as text. */
export interface WindowSql {
  readonly from: string;
  readonly where: readonly string[];
  readonly groupBy: readonly string[];
  /** The bounds in milliseconds since the epoch, BIGINT. */
  readonly start: string;
  readonly end: string;
}

export interface EngineSql {
  /** For messages. */
  readonly title: string;
  /** The answers are those of the statement; otherwise functions are taken by their names, with what the engine makes of them. */
  readonly faithful: boolean;
  /** An identifier, quoted. */
  name(text: string): string;
  type(type: SqlType): string;
  literal(value: PlanLiteral, type: SqlType): string;
  cast(text: string, from: SqlType, to: SqlType): string;
  /** Undefined: there is no such function. */
  call(name: string, args: readonly string[], call: CallExpression): string | undefined;
  aggregate(
    name: string,
    args: readonly string[],
    aggregate: LogicalAggregate['aggregates'][number],
  ): string | undefined;
  scan(source: LogicalSource): Scan;
  window(input: WindowInput, window: LogicalWindow, emission: LogicalAggregate['emission']): WindowSql;
  note(name: DifferenceName, text: string): void;
}

/** @returns the error of what an engine cannot do: thrown before anything is submitted */
export function inexpressible(engine: string, what: string): StackError {
  return new StackError('MILLRACE_UNSUPPORTED', `${what} cannot be expressed in ${engine}.`);
}
