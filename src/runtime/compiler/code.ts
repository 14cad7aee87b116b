/**
 * Building blocks of generated code: lines, fresh names, constants, and values that live in locals.
 *
 * A value is a null flag and either a JavaScript expression or, for STRING and BYTES as they lie in a batch, a
 * (buffer, offset, length) triple. Flags that are known are the words `true` and `false`, so that tests on them vanish.
 */
import { StackError } from '../../core/errors.ts';
import type { SqlType } from '../../sql/types.ts';

export type CodeValue =
  | { readonly form: 'plain'; readonly type: SqlType; readonly nul: string; readonly v: string }
  | {
      readonly form: 'bytes';
      readonly type: SqlType;
      readonly nul: string;
      readonly buffer: string;
      readonly offset: string;
      readonly length: string;
    };

/** `exact`: BIGINT is a bigint (the twin); otherwise a number, and code bails out where it would not be exact. */
export interface CodeMode {
  readonly exact: boolean;
}

/** Code of one function under construction. Child blocks share names and constants. */
export class Code {
  readonly lines: string[] = [];
  readonly constants: unknown[];
  readonly #counter: { next: number };

  constructor(parent?: Code) {
    this.constants = parent?.constants ?? [];
    this.#counter = parent === undefined ? { next: 0 } : parent.#counter;
  }

  /** A block whose lines are put in place later, with the same names and constants. */
  child(): Code {
    return new Code(this);
  }

  line(...text: string[]): void {
    this.lines.push(...text);
  }

  name(prefix: string): string {
    return `${prefix}${this.#counter.next++}`;
  }

  /** Keeps a value that the code refers to; equal primitive values share one. */
  constant(value: unknown): string {
    let index = this.constants.indexOf(value);
    if (index < 0) index = this.constants.push(value) - 1;
    return `k${index}`;
  }

  /** Brings the constants into scope; stands before the loop, where `K` is the array of them. */
  prelude(): string {
    return this.constants.map((_, i) => `const k${i} = K[${i}];`).join('\n');
  }

  text(): string {
    return this.lines.join('\n');
  }
}

export function or(...flags: readonly string[]): string {
  if (flags.includes('true')) return 'true';
  const left = [...new Set(flags.filter((flag) => flag !== 'false'))];
  return left.length === 0 ? 'false' : left.length === 1 ? (left[0] as string) : `(${left.join(' || ')})`;
}

export function not(flag: string): string {
  return flag === 'true' ? 'false' : flag === 'false' ? 'true' : `!${flag}`;
}

/** A JavaScript expression for a value that is not null: strings become strings, BYTES a Buffer. */
export function plainOf(value: CodeValue): string {
  if (value.form === 'plain') return value.v;
  const end = `${value.offset} + ${value.length}`;
  return value.type.kind === 'STRING'
    ? `${value.buffer}.toString('utf8', ${value.offset}, ${end})`
    : `Buffer.from(${value.buffer}.subarray(${value.offset}, ${end}))`;
}

/** A function as the compiler uses it. Arguments and results are plain values: BIGINT a number, in the exact twin a bigint. */
export interface CompilableFunction {
  /** `propagate`: null in, null out, without a call. `handles`: arguments may be null. */
  readonly nulls: 'propagate' | 'handles';
  /** Never null when its arguments are not. */
  readonly neverNull?: boolean;
  /** An expression over the arguments' expressions. */
  readonly inline?: (args: readonly string[], exact: boolean) => string;
  readonly call?: (...args: never[]) => unknown;
}

export type FunctionLookup = (id: string) => CompilableFunction | undefined;

export interface ExpressionScope {
  readonly columns: readonly CodeValue[];
  readonly mode: CodeMode;
  readonly functions: FunctionLookup;
  /** Statement that leaves the record to the exact twin. */
  readonly bail: string;
  /**
   * The statement that leaves the expression, or the part of it at hand, without a value; `why` is the reason's text. Absent: it is
   * thrown.
   */
  readonly fail?: (why: string) => string;
  /** Where failures of parts are kept that became null by them; absent: a failure leaves the whole expression. */
  readonly failures?: StackError[];
  /** Of the lambdas around. */
  readonly parameters?: ReadonlyMap<number, CodeValue>;
}

/** Runs `statement` unless the flag is set. */
export function guard(nul: string, statement: string): string {
  return nul === 'false' ? statement : nul === 'true' ? '' : `if (${not(nul)}) { ${statement} }`;
}

export function plain(type: SqlType, nul: string, v: string): CodeValue {
  return { form: 'plain', type, nul, v };
}

/** A neutral start for a local of the type, so that V8 sees one representation. */
export function zero(type: SqlType): string {
  switch (type.kind) {
    case 'INTEGER':
    case 'DOUBLE':
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
      return '0';
    case 'BOOLEAN':
      return 'false';
    default:
      return 'null';
  }
}

export function unsupported(what: string): StackError {
  return new StackError('MILLRACE_UNSUPPORTED', `This query cannot run: ${what}.`);
}
