/** Bound expressions as the SQL of an engine. What both engines write alike stands here; the rest is asked of the engine. */
import type { PlanExpression } from '../sql/expression.ts';
import { typeText } from '../sql/types.ts';
import { inexpressible } from './engine-sql.ts';
import type { EngineSql } from './engine-sql.ts';

/** `columns`: the text of each column that the expression may name. @throws StackError MILLRACE_UNSUPPORTED */
export function expressionSql(expression: PlanExpression, columns: readonly string[], sql: EngineSql): string {
  const text = (one: PlanExpression): string => expressionSql(one, columns, sql);
  switch (expression.kind) {
    case 'column':
      return columns[expression.index] ?? '';
    case 'literal':
      return expression.value === null
        ? `CAST(NULL AS ${sql.type(expression.type)})`
        : sql.literal(expression.value, expression.type);
    case 'and':
    case 'or':
      return `(${text(expression.left)} ${expression.kind.toUpperCase()} ${text(expression.right)})`;
    case 'not':
      return `(NOT ${text(expression.operand)})`;
    case 'is-null':
      return `(${text(expression.operand)} IS ${expression.negated ? 'NOT ' : ''}NULL)`;
    case 'case': {
      const branches = expression.branches.map(({ when, then }) => `WHEN ${text(when)} THEN ${text(then)}`);
      const otherwise = expression.otherwise === undefined ? '' : ` ELSE ${text(expression.otherwise)}`;
      return `CASE ${branches.join(' ')}${otherwise} END`;
    }
    case 'cast':
      return sql.cast(text(expression.operand), expression.operand.type, expression.type);
    case 'field':
      return `${text(expression.operand)}.${sql.name(expression.name)}`;
    case 'call': {
      const [name = ''] = expression.function.split(':');
      const args = expression.args.map(text);
      const found = operator(name, args) ?? sql.call(name, args, expression);
      if (found === undefined) {
        const types = expression.args.map((arg) => typeText(arg.type)).join(', ');
        throw inexpressible(sql.title, `${name.toUpperCase()}(${types})`);
      }
      return found;
    }
    case 'struct':
      throw inexpressible(sql.title, 'A new STRUCT');
    case 'lambda':
    case 'parameter':
      throw inexpressible(sql.title, 'A lambda');
  }
}

const comparisons: Readonly<Record<string, string>> = { eq: '=', ne: '<>', lt: '<', le: '<=', gt: '>', ge: '>=' };
const arithmetic: Readonly<Record<string, string>> = { add: '+', subtract: '-', multiply: '*' };

function operator(name: string, [left = '', right = '']: readonly string[]): string | undefined {
  const compares = name.startsWith('compare-') ? comparisons[name.slice('compare-'.length)] : undefined;
  const symbol = compares ?? arithmetic[name];
  if (symbol !== undefined) return `(${left} ${symbol} ${right})`;
  switch (name) {
    case 'negate':
      return `(- ${left})`;
    case 'nvl-false':
      return `COALESCE(${left}, FALSE)`;
    case 'as_value':
      return left;
    default:
      return undefined;
  }
}

/** Functions that Flink and Spark have under these names, with the same meaning as ksqlDB's. */
const shared: Readonly<Record<string, string>> = {
  ucase: 'UPPER',
  lcase: 'LOWER',
  replace: 'REPLACE',
  concat_ws: 'CONCAT_WS',
  abs: 'ABS',
  sqrt: 'SQRT',
  exp: 'EXP',
  ln: 'LN',
  power: 'POWER',
  sin: 'SIN',
  cos: 'COS',
  tan: 'TAN',
  degrees: 'DEGREES',
  radians: 'RADIANS',
  coalesce: 'COALESCE',
  ifnull: 'COALESCE',
  nullif: 'NULLIF',
};

/** A call that both engines write alike; undefined for others. */
export function sharedCall(name: string, args: readonly string[]): string | undefined {
  const function_ = shared[name];
  if (function_ !== undefined) return `${function_}(${args.join(', ')})`;
  // CONCAT leaves nulls out, as CONCAT_WS does everywhere.
  if (name === 'concat') return `CONCAT_WS('', ${args.join(', ')})`;
  return undefined;
}

/** What is said of a mean of INTEGER. */
export function overflowText(argument: string): string {
  return `ksqlDB adds ${argument} in 32 bits for its mean, and wraps; here it is added in more.`;
}

/** A text literal: quotes doubled. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
