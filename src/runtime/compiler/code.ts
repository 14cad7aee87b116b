/**
 * Building blocks of generated code: lines, fresh names, constants, and values that live in locals.
 *
 * A value is a null flag and either a JavaScript expression or, for STRING and BYTES as they lie in a batch, a
 * (buffer, offset, length) triple. Flags that are known are the words `true` and `false`, so that tests on them vanish.
 */
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
