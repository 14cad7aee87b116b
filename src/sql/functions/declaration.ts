/**
 * How functions are declared: once, for binder, compiler, SHOW FUNCTIONS, DESCRIBE FUNCTION and the reference pages.
 *
 * Values are plain: INTEGER, DOUBLE, DATE (days), TIME and TIMESTAMP (ms) are numbers; BIGINT a number when it is safe, a
 * bigint otherwise (always a bigint in the exact twin of a loop); DECIMAL is text with the scale of its type; BYTES a Buffer;
 * ARRAY an array; MAP and STRUCT objects.
 */
import type { SqlType } from '../types.ts';
import type { Signature } from './signature.ts';
import { parseSignature } from './signature.ts';

/** What functions need of the world; a running query's task gives it, so that a run can be replayed. */
export interface FunctionContext {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly uuid: () => string;
}

/** A function as the compiler uses it. */
export interface FunctionBody {
  /** `propagate` (default): null in, null out, without a call. `handles`: arguments may be null. */
  readonly nulls?: 'propagate' | 'handles';
  /** Never null when its arguments are not. */
  readonly neverNull?: boolean;
  /** A JavaScript expression over the arguments' expressions. */
  readonly inline?: (args: readonly string[], exact: boolean) => string;
  readonly call?: (...args: never[]) => unknown;
}

export type FunctionMake = (args: readonly SqlType[], context: FunctionContext) => FunctionBody;

export interface Overload {
  readonly signature: Signature;
  readonly description: string;
  /** The result's type where the signature cannot say it. */
  readonly returns?: (args: readonly SqlType[]) => SqlType;
  readonly body: FunctionBody | FunctionMake;
}

export interface ScalarFunction {
  readonly kind: 'scalar';
  /** As messages name it; looked up without regard to case. */
  readonly name: string;
  readonly category: string;
  readonly description: string;
  readonly overloads: readonly Overload[];
}

export interface TableFunction {
  readonly kind: 'table';
  readonly name: string;
  readonly category: string;
  readonly description: string;
  /** The signature's result is the type of one row. The body gives an array of rows, null for none. */
  readonly overloads: readonly Overload[];
}

export interface AggregateOverload {
  /** Parameters: the columns, then the constants. */
  readonly signature: Signature;
  /** How many of the last parameters are constants. */
  readonly constants: number;
  readonly description: string;
  readonly returns?: (args: readonly SqlType[]) => SqlType;
  /** A table can be its input: rows can be taken out again. */
  readonly undo: boolean;
  /** What is kept between rows needs a format with structure (ARRAY, MAP, STRUCT): not DELIMITED, not KAFKA. */
  readonly structured: boolean;
}

export interface AggregateFunction {
  readonly kind: 'aggregate';
  readonly name: string;
  readonly category: string;
  readonly description: string;
  readonly overloads: readonly AggregateOverload[];
}

export type AnyFunction = ScalarFunction | TableFunction | AggregateFunction;

/** `overload('(input: STRING) STRING', body)`. */
export function overload(
  signature: string,
  body: FunctionBody | FunctionMake,
  more: { readonly description?: string; readonly returns?: Overload['returns'] } = {},
): Overload {
  return {
    signature: parseSignature(signature),
    description: more.description ?? '',
    ...(more.returns && { returns: more.returns }),
    body,
  };
}

export function scalar(
  category: string,
  name: string,
  description: string,
  ...overloads: readonly Overload[]
): ScalarFunction {
  return { kind: 'scalar', name, category, description, overloads };
}
