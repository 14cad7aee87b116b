/**
 * The aggregates: which fields each keeps, the code that takes a row in, the code that puts the result out.
 *
 * Taking in is two steps, so that a record can still leave to the exact twin: `update` computes new values into locals and
 * may bail out, `store` writes them. How a field is reached says {@link FieldCode}; the slot is in the local `slot`.
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
  update(code: Code, own: readonly FieldCode[], args: readonly CodeValue[], mode: CodeMode, bail: string): string[];
  /** The result from the fields at `slot`. */
  result(code: Code, own: readonly FieldCode[], mode: CodeMode, bail: string): CodeValue;
}

/** How generated code reaches a field of the row at hand. */
export interface FieldCode {
  /** The cell of a number, as something to read or assign. */
  readonly value: string;
  /** The cell that is 1 where a nullable number has a value. */
  readonly present: string;
  /** The value of JavaScript. */
  readonly object: string;
  /** The `Field` object, for exact integers. */
  readonly field: string;
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
    update: (_, [own], args) => {
      const { value } = own as FieldCode;
      const nul = star ? 'false' : or(...args.map((arg) => arg.nul));
      return nul === 'true' ? [] : [nul === 'false' ? `${value}++;` : `if (${not(nul)}) ${value}++;`];
    },
    result: (code, [own], mode, bail) => readLong(code, own as FieldCode, sqlTypes.bigint, 'false', mode, bail),
  };
}

/** Adds to an exact integer field; the number variant leaves when the result is not exact (or the field is not). */
function addLong(code: Code, { field, value }: FieldCode, arg: CodeValue, mode: CodeMode, bail: string): string[] {
  if (arg.nul === 'true') return [];
  const next = code.name('t');
  const v = plainOf(arg);
  if (mode.exact) {
    const wide = arg.type.kind === 'BIGINT' ? v : `BigInt(${v})`;
    return [
      `${arg.nul === 'false' ? '' : `if (${not(arg.nul)}) `}${field}.setLong(slot, BigInt.asIntN(64, BigInt(${field}.long(slot)) + ${wide}));`,
    ];
  }
  code.line(
    `const ${next} = ${value} + ${arg.nul === 'false' ? v : `(${arg.nul} ? 0 : ${v})`};`,
    `if (!(Math.abs(${next}) <= ${range})) ${bail}`,
  );
  return [`${value} = ${next};`];
}

function sum(kind: 'int' | 'long' | 'double', type: SqlType): AggregateCode {
  return {
    fields: [kind === 'double' ? double : long],
    update(code, [own], args, mode, bail) {
      const arg = args[0] as CodeValue;
      const { value } = own as FieldCode;
      if (kind === 'long' || (kind === 'int' && type.kind === 'BIGINT'))
        return addLong(code, own as FieldCode, arg, mode, bail);
      if (arg.nul === 'true') return [];
      // Java's int wraps; a double just adds.
      const next = kind === 'int' ? `${value} = (${value} + ${plainOf(arg)}) | 0;` : `${value} += ${plainOf(arg)};`;
      return [arg.nul === 'false' ? next : `if (${not(arg.nul)}) ${next}`];
    },
    result: (code, [own], mode, bail) =>
      type.kind === 'BIGINT'
        ? readLong(code, own as FieldCode, type, 'false', mode, bail)
        : plain(type, 'false', (own as FieldCode).value),
  };
}

function average(argument: SqlType): AggregateCode {
  return {
    fields: [argument.kind === 'DOUBLE' ? double : long, long],
    update(code, own, args, mode, bail) {
      const [total, count] = own as readonly [FieldCode, FieldCode];
      const arg = args[0] as CodeValue;
      if (arg.nul === 'true') return [];
      const counted = arg.nul === 'false' ? `${count.value}++;` : `if (${not(arg.nul)}) ${count.value}++;`;
      if (argument.kind === 'BIGINT') return [...addLong(code, total, arg, mode, bail), counted];
      // Java's int wraps in an average as in a sum.
      const add =
        argument.kind === 'INTEGER'
          ? `${total.value} = (${total.value} + ${plainOf(arg)}) | 0;`
          : `${total.value} += ${plainOf(arg)};`;
      return [arg.nul === 'false' ? add : `if (${not(arg.nul)}) ${add}`, counted];
    },
    result(code, own) {
      const [sumOf, count] = own as readonly [FieldCode, FieldCode];
      const sumValue = sumOf.value;
      const total =
        argument.kind === 'DOUBLE'
          ? sumValue
          : `(${sumValue} === ${sumValue} ? ${sumValue} : Number(${sumOf.field}.long(slot)))`;
      const value = code.name('v');
      code.line(`const ${value} = ${count.value} === 0 ? 0 : ${total} / ${count.value};`);
      return plain(sqlTypes.double, 'false', value);
    },
  };
}

function extreme(name: 'min' | 'max', type: SqlType): AggregateCode {
  const less = name === 'min' ? '<' : '>';
  if (type.kind === 'STRING') {
    return {
      fields: [{ kind: 'text', nullable: true }],
      update(code, [own], args) {
        const { object } = own as FieldCode;
        const arg = args[0] as CodeValue;
        if (arg.nul === 'true') return [];
        const text = code.name('t');
        code.line(`const ${text} = ${arg.nul === 'false' ? '' : `${arg.nul} ? null : `}${plainOf(arg)};`);
        return [
          `{ const was = ${object} ?? null; if (${text} !== null && (was === null || ${text} ${less} was)) ${object} = ${text}; }`,
        ];
      },
      result(code, [own]) {
        const value = code.name('v');
        code.line(`const ${value} = ${(own as FieldCode).object} ?? null;`);
        return plain(type, `(${value} === null)`, value);
      },
    };
  }
  if (type.kind === 'BIGINT') {
    return {
      fields: [{ kind: 'long', nullable: true }],
      update(code, [own], args, mode, bail) {
        const { value, present, field } = own as FieldCode;
        const arg = args[0] as CodeValue;
        if (arg.nul === 'true') return [];
        const v = plainOf(arg);
        const test = arg.nul === 'false' ? '' : `${not(arg.nul)} && `;
        if (mode.exact) {
          return [
            `if (${test}(${present} === 0 || ${v} ${less} ${field}.long(slot))) { ${field}.setLong(slot, ${v}); ${present} = 1; }`,
          ];
        }
        code.line(`if (${value} !== ${value}) ${bail}`);
        return [`if (${test}(${present} === 0 || ${v} ${less} ${value})) { ${value} = ${v}; ${present} = 1; }`];
      },
      result: (code, [own], mode, bail) =>
        readLong(code, own as FieldCode, type, `(${(own as FieldCode).present} === 0)`, mode, bail),
    };
  }
  return {
    fields: [{ kind: 'double', nullable: true }],
    update(_, [own], args) {
      const { value, present } = own as FieldCode;
      const arg = args[0] as CodeValue;
      if (arg.nul === 'true') return [];
      const v = plainOf(arg);
      // As Java's Math.min and Math.max would, a NaN wins.
      const test = `${present} === 0 || ${v} ${less} ${value}${type.kind === 'DOUBLE' ? ` || ${v} !== ${v}` : ''}`;
      return [`if (${arg.nul === 'false' ? '' : `${not(arg.nul)} && `}(${test})) { ${value} = ${v}; ${present} = 1; }`];
    },
    result: (_, [own]) => plain(type, `(${(own as FieldCode).present} === 0)`, (own as FieldCode).value),
  };
}

/** An exact integer field as a BIGINT. The number variant leaves when it is not exact. */
function readLong(
  code: Code,
  { field, value: cell }: FieldCode,
  type: SqlType,
  nul: string,
  mode: CodeMode,
  bail: string,
): CodeValue {
  const value = code.name('v');
  if (mode.exact) code.line(`const ${value} = BigInt(${field}.long(slot) ?? 0);`);
  else code.line(`const ${value} = ${cell};`, `if (${value} !== ${value}) ${bail}`);
  return plain(type, nul, value);
}
