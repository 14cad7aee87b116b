/**
 * Evaluates a bound expression without compiling it: constants of statements (INSERT VALUES), and the reference against which compiled
 * loops can be compared. BIGINT is computed exactly.
 */
import { StackError } from '../../core/errors.ts';
import type { PlanExpression, PlanLiteral } from '../expression.ts';
import { sameType } from '../types.ts';
import type { SqlType } from '../types.ts';
import type { ResolvedFunction } from './lookup.ts';

export interface Evaluation {
  readonly functions: (id: string) => ResolvedFunction | undefined;
  /** Converts a value that is not null. */
  readonly cast: (value: unknown, from: SqlType, to: SqlType) => unknown;
  /** Values of the columns; none for constants. */
  readonly row?: readonly unknown[];
}

type Parameters = ReadonlyMap<number, unknown>;

/** A plain value; BIGINT is a number when it is safe, otherwise a bigint. @throws what the functions throw */
export function evaluate(
  expression: PlanExpression,
  evaluation: Evaluation,
  parameters: Parameters = new Map(),
): unknown {
  const of = (one: PlanExpression): unknown => evaluate(one, evaluation, parameters);
  switch (expression.kind) {
    case 'literal':
      return literalValue(expression.value, expression.type);
    case 'column':
      return evaluation.row?.[expression.index] ?? null;
    case 'parameter':
      return parameters.get(expression.id) ?? null;
    case 'and':
    case 'or':
      return present(of(expression.left)) === (expression.kind === 'or')
        ? expression.kind === 'or'
        : present(of(expression.right));
    case 'not':
      return !present(of(expression.operand));
    case 'is-null':
      return (of(expression.operand) === null) !== expression.negated;
    case 'case': {
      const branch = expression.branches.find(({ when }) => present(of(when)));
      const result = branch?.then ?? expression.otherwise;
      return result === undefined ? null : of(result);
    }
    case 'field': {
      const struct = of(expression.operand) as Readonly<Record<string, unknown>> | null;
      return struct?.[expression.name] ?? null;
    }
    case 'struct':
      return Object.fromEntries(expression.fields.map(({ name, value }) => [name, of(value)]));
    case 'cast': {
      const value = of(expression.operand);
      const { type } = expression.operand;
      return value === null || sameType(type, expression.type) ? value : evaluation.cast(value, type, expression.type);
    }
    case 'lambda':
      return (...args: unknown[]) =>
        evaluate(
          expression.body,
          evaluation,
          new Map([
            ...parameters,
            ...expression.parameters.map(({ id }, i): [number, unknown] => [id, args[i] ?? null]),
          ]),
        );
    case 'call':
      return call(expression, expression.args.map(of), evaluation);
  }
}

function literalValue(value: PlanLiteral, type: SqlType): unknown {
  if (value === null) return null;
  if (type.kind === 'BIGINT') return long(BigInt(value as number | string));
  return type.kind === 'BYTES' ? Buffer.from(String(value), 'base64') : value;
}

function long(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function call(
  expression: PlanExpression & { kind: 'call' },
  args: readonly unknown[],
  { functions }: Evaluation,
): unknown {
  const fn = functions(expression.function);
  if (fn === undefined)
    throw new StackError('MILLRACE_UNSUPPORTED', `The function ${expression.function} cannot be evaluated here.`);
  const [name = ''] = expression.function.split(':');
  if (fn.nulls === 'propagate' && args.includes(null)) {
    if (name.startsWith('compare-')) return false;
    return needsValues.has(name) ? present(null) : null;
  }
  const given = args.map((arg, i) =>
    expression.args[i]?.type.kind === 'BIGINT' && arg !== null ? BigInt(arg as number) : arg,
  );
  const value =
    fn.call === undefined ? inline(fn, given) : ((fn.call as (...values: unknown[]) => unknown)(...given) ?? null);
  if (value === null && (name === 'divide' || name === 'modulo')) throw failed('/ by zero');
  if (value === null || expression.type.kind !== 'BIGINT') return value;
  return long(BigInt.asIntN(64, BigInt(value as number)));
}

/** Operators that fail where an operand is null. */
const needsValues: ReadonlySet<string> = new Set('add subtract multiply divide modulo negate like'.split(' '));

/** A value that must not be null. */
function present(value: unknown): unknown {
  if (value === null) throw failed('an operand is null');
  return value;
}

function failed(why: string): StackError {
  return new StackError('MILLRACE_EXPRESSION_FAILED', why);
}

function inline(fn: ResolvedFunction, args: readonly unknown[]): unknown {
  const text = fn.inline?.(
    args.map((_, i) => `a[${i}]`),
    true,
  );
  return (new Function('a', `return ${text};`)(args) as unknown) ?? null;
}
