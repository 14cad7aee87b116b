/**
 * Operators: the ids under which plans name them and what they compute.
 *
 *   add:bigint, divide:double, append:string …      both operands have the type
 *   add:DECIMAL(4, 2),DECIMAL(5, 3)                 each has its own
 *   compare-lt:double, compare-eq:ARRAY<STRING>     both have the type; `decimal` stands for any
 *   element:ARRAY<T> with an INTEGER, element:MAP<STRING, T>, like:string, new-array:…, new-map:…
 *
 * Integers wrap as Java's do. A whole number divided by zero gives null, which is a failure to whoever runs it; a DECIMAL throws.
 */
import { parseTypeList } from '../types.ts';
import type { SqlType } from '../types.ts';
import type { FunctionBody } from './declaration.ts';
import { asDecimalType, decimalOperate, decimalResult } from './decimal.ts';
import type { DecimalOperation, DecimalType } from './decimal.ts';
import { likeMatcher } from './like.ts';
import { compareValues, equalValues, mapGet } from './values.ts';

const symbols = { add: '+', subtract: '-', multiply: '*', divide: '/', modulo: '%' } as const;
const comparisons = { eq: '===', ne: '!==', lt: '<', le: '<=', gt: '>', ge: '>=' } as const;

/** The operator of an id; undefined when the id is none. */
export function operator(name: string, types: string): FunctionBody | undefined {
  if (name in symbols) return arithmetic(name as DecimalOperation, types);
  if (name.startsWith('compare-')) return comparison(name.slice('compare-'.length), types);
  switch (name) {
    case 'negate':
      return negate(types);
    case 'append':
      // A null is the text that Java makes of it.
      return {
        nulls: 'handles',
        neverNull: true,
        inline: ([a, b]) => `((${a} ?? 'null') + (${b} ?? 'null'))`,
      };
    case 'like':
      return like(types);
    case 'element':
      return types.startsWith('ARRAY')
        ? { call: (list: readonly unknown[], index: number | bigint) => elementAt(list, Number(index)) }
        : { call: mapGet };
    case 'new-array':
      return { nulls: 'handles', neverNull: true, call: (...items: unknown[]) => items };
    case 'new-map':
      return { nulls: 'handles', neverNull: true, call: newMap };
    default:
      return undefined;
  }
}

function arithmetic(operation: DecimalOperation, types: string): FunctionBody | undefined {
  const symbol = symbols[operation];
  const divides = operation === 'divide' || operation === 'modulo';
  switch (types) {
    case 'integer':
      if (operation === 'multiply') return { neverNull: true, inline: ([a, b]) => `Math.imul(${a}, ${b})` };
      return divides
        ? { inline: ([a, b]) => `(${b} === 0 ? null : (${a} ${symbol} ${b}) | 0)` }
        : { neverNull: true, inline: ([a, b]) => `((${a} ${symbol} ${b}) | 0)` };
    case 'bigint': {
      if (!divides) return { neverNull: true, inline: ([a, b]) => `(${a} ${symbol} ${b})` };
      const zero = (exact: boolean): string => (exact ? '0n' : '0');
      return {
        inline: ([a, b], exact) =>
          `(${b} === ${zero(exact)} ? null : ${exact || operation === 'modulo' ? `${a} ${symbol} ${b}` : `Math.trunc(${a} / ${b})`})`,
      };
    }
    case 'double':
      return { neverNull: true, inline: ([a, b]) => `(${a} ${symbol} ${b})` };
    default: {
      const [left, right] = (parseTypeList(types) ?? []).map(asDecimalType);
      if (left === undefined || right === undefined) return undefined;
      const result = decimalResult(operation, left, right);
      return { call: (a: string, b: string) => decimalOperate(operation, a, b, result) };
    }
  }
}

function negate(types: string): FunctionBody {
  switch (types) {
    case 'integer':
      return { neverNull: true, inline: ([a]) => `(-${a} | 0)` };
    case 'bigint':
    case 'double':
      // 0 stays 0 for BIGINT: a number has two zeros.
      return {
        neverNull: true,
        inline: ([a], exact) => (types === 'double' ? `(-${a})` : exact ? `(-${a})` : `(0 - ${a})`),
      };
    default:
      return {
        neverNull: true,
        call: (text: string) => (text.startsWith('-') ? text.slice(1) : /[1-9]/.test(text) ? `-${text}` : text),
      };
  }
}

/** Operations whose result has the sign and size of Java's comparison; `distinct` takes nulls for values. */
function comparison(name: string, types: string): FunctionBody | undefined {
  const simple = ['integer', 'bigint', 'double', 'string', 'boolean', 'date', 'time', 'timestamp'].includes(types);
  if (name === 'distinct') {
    return {
      nulls: 'handles',
      neverNull: true,
      call: (a: unknown, b: unknown) => (a === null || b === null ? a !== b : !equalValues(a, b, types)),
    };
  }
  const symbol = comparisons[name as keyof typeof comparisons];
  if (symbol === undefined) return undefined;
  // NaN is neither equal to a number nor different from one.
  if (types === 'double' && name === 'ne')
    return { neverNull: true, inline: ([a, b]) => `(${a} < ${b} || ${a} > ${b})` };
  if (simple && (types !== 'string' || symbol === '===' || symbol === '!==')) {
    return { neverNull: true, inline: ([a, b]) => `(${a} ${symbol} ${b})` };
  }
  if (name === 'eq') return { neverNull: true, call: (a: unknown, b: unknown) => equalValues(a, b, types) };
  if (name === 'ne') return { neverNull: true, call: (a: unknown, b: unknown) => !equalValues(a, b, types) };
  const test: (order: number) => boolean =
    name === 'lt' ? (o) => o < 0 : name === 'le' ? (o) => o <= 0 : name === 'gt' ? (o) => o > 0 : (o) => o >= 0;
  return { neverNull: true, call: (a: unknown, b: unknown) => test(compareValues(a, b, types)) };
}

function like(types: string): FunctionBody {
  const matcher = likeMatcher();
  return types === 'string'
    ? { neverNull: true, call: (text: string, pattern: string) => matcher(text, pattern, undefined) }
    : { neverNull: true, call: (text: string, pattern: string, escape: string) => matcher(text, pattern, escape) };
}

/** Counts from 1; from the end when negative; null outside. */
function elementAt(list: readonly unknown[], index: number): unknown {
  return (index > 0 ? list[index - 1] : index < 0 ? list[list.length + index] : undefined) ?? null;
}

function newMap(...pairs: unknown[]): Record<string, unknown> {
  const map: Record<string, unknown> = {};
  for (let i = 0; i < pairs.length; i += 2) map[String(pairs[i])] = pairs[i + 1];
  return map;
}

/** The type of `left operator right`; undefined when the types do not go together. */
export function arithmeticType(operation: DecimalOperation, left: SqlType, right: SqlType): SqlType | undefined {
  if (operation === 'add' && left.kind === 'STRING' && right.kind === 'STRING') return left;
  const order = ['INTEGER', 'BIGINT', 'DECIMAL', 'DOUBLE'];
  const wider = Math.max(order.indexOf(left.kind), order.indexOf(right.kind));
  if (!order.includes(left.kind) || !order.includes(right.kind)) return undefined;
  if (order[wider] !== 'DECIMAL') return { kind: order[wider] } as SqlType;
  return decimalResult(operation, asDecimalType(left) as DecimalType, asDecimalType(right) as DecimalType);
}
