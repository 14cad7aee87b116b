/**
 * The aggregates: which fields each keeps, the code that takes a row in, the code that puts the result out.
 *
 * Taking in is two steps, so that a record can still leave to the exact twin: `update` computes new values into locals and
 * may bail out, `store` writes them. Fields are reached as `A3` (the array of field 3) with the slot in `slot`.
 */
import type { PlanAggregate } from '../../sql/physical/plan.ts';
import type { SqlType } from '../../sql/types.ts';
import { sqlTypes } from '../../sql/types.ts';
import type { FieldLayout } from '../state/table.ts';
import { not, or, plainOf } from './code.ts';
import type { Code, CodeMode, CodeValue } from './code.ts';
import { plain, unsupported } from './code.ts';

export interface AggregateCode {
  readonly fields: readonly FieldLayout[];
  /** Emits the computation of the new values; returns the statements that store them. */
  update(code: Code, first: number, args: readonly CodeValue[], mode: CodeMode, bail: string): string[];
  /** The result from the fields at `slot`. */
  result(code: Code, first: number, mode: CodeMode, bail: string): CodeValue;
}

const long: FieldLayout = { kind: 'long', nullable: false };
const double: FieldLayout = { kind: 'double', nullable: false };

const range = '9007199254740991';

/** The aggregate of a plan; ids are `name:type`. */
export function aggregateCode(aggregate: PlanAggregate, type: SqlType): AggregateCode {
  const [name = '', variant = ''] = aggregate.id.toLowerCase().split(':');
  const argument = aggregate.args[0]?.type ?? sqlTypes.bigint;
  switch (name) {
    case 'count':
      return count(variant === 'star' || aggregate.args.length === 0);
    case 'sum':
      if (argument.kind === 'INTEGER') return sum('int', type);
      if (argument.kind === 'BIGINT') return sum('long', type);
      if (argument.kind === 'DOUBLE') return sum('double', type);
      break;
    case 'avg':
      if (type.kind === 'DOUBLE' && ['INTEGER', 'BIGINT', 'DOUBLE'].includes(argument.kind)) return average(argument);
      break;
    case 'min':
    case 'max':
      if (['INTEGER', 'BIGINT', 'DOUBLE', 'DATE', 'TIME', 'TIMESTAMP', 'STRING'].includes(argument.kind)) {
        return extreme(name, argument);
      }
      break;
    default:
  }
  throw unsupported(`the aggregate ${aggregate.id} of ${argument.kind} is not available`);
}

function count(star: boolean): AggregateCode {
  return {
    fields: [long],
    update: (_, first, args) => {
      const nul = star ? 'false' : or(...args.map((arg) => arg.nul));
      return nul === 'true' ? [] : [nul === 'false' ? `A${first}[slot]++;` : `if (${not(nul)}) A${first}[slot]++;`];
    },
    result: (code, first, mode, bail) => readLong(code, first, sqlTypes.bigint, 'false', mode, bail),
  };
}

/** Adds to an exact integer field; the number variant leaves when the result is not exact (or the field is not). */
function addLong(code: Code, field: number, arg: CodeValue, mode: CodeMode, bail: string): string[] {
  if (arg.nul === 'true') return [];
  const next = code.name('t');
  const v = plainOf(arg);
  if (mode.exact) {
    const wide = arg.type.kind === 'BIGINT' ? v : `BigInt(${v})`;
    return [
      `${arg.nul === 'false' ? '' : `if (${not(arg.nul)}) `}F${field}.setLong(slot, BigInt.asIntN(64, BigInt(F${field}.long(slot)) + ${wide}));`,
    ];
  }
  code.line(
    `const ${next} = A${field}[slot] + ${arg.nul === 'false' ? v : `(${arg.nul} ? 0 : ${v})`};`,
    `if (!(${next} <= ${range} && ${next} >= -${range})) ${bail}`,
  );
  return [`A${field}[slot] = ${next};`];
}

function sum(kind: 'int' | 'long' | 'double', type: SqlType): AggregateCode {
  return {
    fields: [kind === 'double' ? double : long],
    update(code, first, args, mode, bail) {
      const arg = args[0] as CodeValue;
      if (kind === 'long' || (kind === 'int' && type.kind === 'BIGINT')) return addLong(code, first, arg, mode, bail);
      if (arg.nul === 'true') return [];
      // Java's int wraps; a double just adds.
      const next =
        kind === 'int'
          ? `A${first}[slot] = (A${first}[slot] + ${plainOf(arg)}) | 0;`
          : `A${first}[slot] += ${plainOf(arg)};`;
      return [arg.nul === 'false' ? next : `if (${not(arg.nul)}) ${next}`];
    },
    result: (code, first, mode, bail) =>
      type.kind === 'BIGINT'
        ? readLong(code, first, type, 'false', mode, bail)
        : plain(type, 'false', `A${first}[slot]`),
  };
}

function average(argument: SqlType): AggregateCode {
  return {
    fields: [argument.kind === 'DOUBLE' ? double : long, long],
    update(code, first, args, mode, bail) {
      const arg = args[0] as CodeValue;
      if (arg.nul === 'true') return [];
      const counted = arg.nul === 'false' ? `A${first + 1}[slot]++;` : `if (${not(arg.nul)}) A${first + 1}[slot]++;`;
      if (argument.kind !== 'DOUBLE') return [...addLong(code, first, arg, mode, bail), counted];
      const add = `A${first}[slot] += ${plainOf(arg)};`;
      return [arg.nul === 'false' ? add : `if (${not(arg.nul)}) ${add}`, counted];
    },
    result(code, first) {
      const total =
        argument.kind === 'DOUBLE'
          ? `A${first}[slot]`
          : `(A${first}[slot] === A${first}[slot] ? A${first}[slot] : Number(F${first}.long(slot)))`;
      const value = code.name('v');
      code.line(`const ${value} = A${first + 1}[slot] === 0 ? 0 : ${total} / A${first + 1}[slot];`);
      return plain(sqlTypes.double, 'false', value);
    },
  };
}

function extreme(name: 'min' | 'max', type: SqlType): AggregateCode {
  const less = name === 'min' ? '<' : '>';
  if (type.kind === 'STRING') {
    return {
      fields: [{ kind: 'text', nullable: true }],
      update(code, first, args) {
        const arg = args[0] as CodeValue;
        if (arg.nul === 'true') return [];
        const text = code.name('t');
        code.line(`const ${text} = ${arg.nul === 'false' ? '' : `${arg.nul} ? null : `}${plainOf(arg)};`);
        return [
          `{ const was = O${first}[slot] ?? null; if (${text} !== null && (was === null || ${text} ${less} was)) O${first}[slot] = ${text}; }`,
        ];
      },
      result(code, first) {
        const value = code.name('v');
        code.line(`const ${value} = O${first}[slot] ?? null;`);
        return plain(type, `(${value} === null)`, value);
      },
    };
  }
  if (type.kind === 'BIGINT') {
    return {
      fields: [{ kind: 'long', nullable: true }],
      update(code, first, args, mode, bail) {
        const arg = args[0] as CodeValue;
        if (arg.nul === 'true') return [];
        const v = plainOf(arg);
        const test = arg.nul === 'false' ? '' : `${not(arg.nul)} && `;
        if (mode.exact) {
          return [
            `if (${test}(P${first}[slot] === 0 || ${v} ${less} F${first}.long(slot))) { F${first}.setLong(slot, ${v}); P${first}[slot] = 1; }`,
          ];
        }
        code.line(`if (A${first}[slot] !== A${first}[slot]) ${bail}`);
        return [
          `if (${test}(P${first}[slot] === 0 || ${v} ${less} A${first}[slot])) { A${first}[slot] = ${v}; P${first}[slot] = 1; }`,
        ];
      },
      result: (code, first, mode, bail) => readLong(code, first, type, `(P${first}[slot] === 0)`, mode, bail),
    };
  }
  return {
    fields: [{ kind: 'double', nullable: true }],
    update(_, first, args) {
      const arg = args[0] as CodeValue;
      if (arg.nul === 'true') return [];
      const v = plainOf(arg);
      // As Java's Math.min and Math.max would, a NaN wins.
      const test = `P${first}[slot] === 0 || ${v} ${less} A${first}[slot]${type.kind === 'DOUBLE' ? ` || ${v} !== ${v}` : ''}`;
      return [
        `if (${arg.nul === 'false' ? '' : `${not(arg.nul)} && `}(${test})) { A${first}[slot] = ${v}; P${first}[slot] = 1; }`,
      ];
    },
    result: (_, first) => plain(type, `(P${first}[slot] === 0)`, `A${first}[slot]`),
  };
}

/** An exact integer field as a BIGINT. The number variant leaves when it is not exact. */
function readLong(code: Code, field: number, type: SqlType, nul: string, mode: CodeMode, bail: string): CodeValue {
  const value = code.name('v');
  if (mode.exact) code.line(`const ${value} = BigInt(F${field}.long(slot) ?? 0);`);
  else code.line(`const ${value} = A${field}[slot];`, `if (${value} !== ${value}) ${bail}`);
  return plain(type, nul, value);
}
