/** Bound expressions as the SQL of an engine. What both engines write alike stands here; the rest is asked of the engine. */
import type { PlanExpression } from '../sql/expression.ts';
import { typeText } from '../sql/types.ts';
import { inexpressible } from './engine-sql.ts';
import type { CallExpression, EngineSql } from './engine-sql.ts';

/**
 * `columns`: the text of each column that the expression may name. In the statement AND, OR, NOT, arithmetic and LIKE fail at a null, and
 * all of the expression is null then; a comparison with a null is false. @throws StackError MILLRACE_UNSUPPORTED
 */
export function expressionSql(expression: PlanExpression, columns: readonly string[], sql: EngineSql): string {
  const plain = plainSql(expression, columns, sql, (one) => expressionSql(one, columns, sql));
  const exact = exactSql(expression, plain, columns, sql);
  if (exact === plain || sql.faithful) return exact;
  sql.note('null-logic', `${plain} is null where an operand is; the statement takes comparisons with null for false.`);
  return plain;
}

/** A condition: null, false and failed are the same to it, unless another side of an OR could be true. */
export function conditionSql(expression: PlanExpression, columns: readonly string[], sql: EngineSql): string {
  const condition = (one: PlanExpression): string => conditionSql(one, columns, sql);
  const isTest = expression.kind === 'call' && expression.function.startsWith('compare-');
  if (isTest && !expression.args.some(absorbed))
    return plainSql(expression, columns, sql, (one) => expressionSql(one, columns, sql));
  if (expression.kind === 'and' || (expression.kind === 'or' && !mayBeNull(expression.left)))
    return plainSql(expression, columns, sql, condition);
  return expressionSql(expression, columns, sql);
}

/** What the engine makes of it with operands as `text` gives them. */
function plainSql(
  expression: PlanExpression,
  columns: readonly string[],
  sql: EngineSql,
  text: (one: PlanExpression) => string,
): string {
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
      const branches = expression.branches.map(
        ({ when, then }) => `WHEN ${conditionSql(when, columns, sql)} THEN ${text(then)}`,
      );
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

/** The same with the statement's nulls: null where the statement fails, false where it compares with null. */
function exactSql(expression: PlanExpression, plain: string, columns: readonly string[], sql: EngineSql): string {
  const text = (one: PlanExpression): string => expressionSql(one, columns, sql);
  /** Null where one of these has failed. */
  const unlessFailed = (operands: readonly PlanExpression[], value: string): string => {
    const tests = operands.filter(absorbed).map((one) => `${text(one)} IS NOT NULL`);
    return tests.length === 0 ? value : `(CASE WHEN ${tests.join(' AND ')} THEN ${value} END)`;
  };
  switch (expression.kind) {
    case 'and':
    case 'or': {
      const { left, right } = expression;
      if (!mayBeNull(left)) return plain;
      return expression.kind === 'and'
        ? `(CASE WHEN ${text(left)} THEN ${text(right)} WHEN NOT ${text(left)} THEN FALSE END)`
        : `(CASE WHEN ${text(left)} THEN TRUE WHEN NOT ${text(left)} THEN ${text(right)} END)`;
    }
    case 'is-null':
      return unlessFailed([expression.operand], plain);
    case 'case': {
      if (!expression.branches.some(({ when }) => mayBeNull(when))) return plain;
      const failed = `CAST(NULL AS ${sql.type(expression.type)})`;
      const branches = expression.branches.map(({ when, then }) => {
        const test = mayBeNull(when) ? `WHEN ${text(when)} IS NULL THEN ${failed} ` : '';
        return `${test}WHEN ${conditionSql(when, columns, sql)} THEN ${text(then)}`;
      });
      const otherwise = expression.otherwise === undefined ? '' : ` ELSE ${text(expression.otherwise)}`;
      return `CASE ${branches.join(' ')}${otherwise} END`;
    }
    case 'call': {
      const [name = ''] = expression.function.split(':');
      if (name.startsWith('compare-') && name !== 'compare-distinct') {
        const missing = expression.args.some((one) => mayBeNull(one) && !absorbed(one));
        return missing ? unlessFailed(expression.args, `COALESCE(${plain}, FALSE)`) : plain;
      }
      return absorbing.has(name) ? unlessFailed(expression.args, plain) : plain;
    }
    default:
      return plain;
  }
}

/** Functions that may have a value where an argument is null. */
const absorbing: ReadonlySet<string> = new Set('coalesce ifnull concat concat_ws append compare-distinct'.split(' '));
const failing: ReadonlySet<string> = new Set('add subtract multiply divide modulo negate like'.split(' '));

/** Null is all that tells of its failure, and an operator around it could take that for a value that is missing. */
function absorbed(expression: PlanExpression): boolean {
  if (expression.kind === 'cast') return expression.implicit === true && absorbed(expression.operand);
  const fails = ['and', 'or', 'not'].includes(expression.kind) || failing.has(nameOf(expression));
  return fails && mayFail(expression);
}

function nameOf(expression: PlanExpression): string {
  return expression.kind === 'call' ? (expression.function.split(':')[0] ?? '') : '';
}

/** Whether its text may be null: a value that is missing, or a failure. */
function mayBeNull(expression: PlanExpression): boolean {
  switch (expression.kind) {
    case 'literal':
      return expression.value === null;
    case 'and':
    case 'or':
    case 'not':
    case 'is-null':
      return mayFail(expression);
    case 'call': {
      const name = nameOf(expression);
      return name.startsWith('compare-') || failing.has(name) || name === 'append' ? mayFail(expression) : true;
    }
    default:
      return true;
  }
}

/** Whether it may fail in the statement. */
function mayFail(expression: PlanExpression): boolean {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return mayBeNull(expression.left) || mayBeNull(expression.right);
    case 'not':
      return mayBeNull(expression.operand);
    case 'is-null':
    case 'field':
      return mayFail(expression.operand);
    case 'case':
      return expression.branches.some(({ when, then }) => mayBeNull(when) || mayFail(then));
    case 'cast':
      return expression.implicit === true && mayFail(expression.operand);
    case 'call': {
      const name = nameOf(expression);
      const whole = expression.type.kind === 'INTEGER' || expression.type.kind === 'BIGINT';
      if (failing.has(name)) {
        const [, divisor] = expression.args;
        const divides = (name === 'divide' || name === 'modulo') && whole;
        const byZero = divides && (divisor?.kind !== 'literal' || Number(divisor.value) === 0);
        return byZero || expression.args.some(mayBeNull);
      }
      return expression.args.some((arg) => arg.kind !== 'call' && mayFail(arg));
    }
    default:
      return false;
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

/** The operator + of texts, which prints a null. */
export function appendSql(
  args: readonly string[],
  call: CallExpression,
  faithful: boolean,
  note: EngineSql['note'],
): string {
  const missing = call.args.some(mayBeNull);
  if (missing && !faithful)
    note('null-logic', `${args.join(' + ')}: a null makes all of the text null; the statement writes null as a word.`);
  const parts = args.map((arg, i) =>
    faithful && mayBeNull(call.args[i] as PlanExpression) ? `COALESCE(${arg}, 'null')` : arg,
  );
  return `(${parts.join(' || ')})`;
}

/** Says of a quotient of DECIMALs that the statement gives none where it would have to round. */
export function noteRounding(
  args: readonly string[],
  { args: operands, type }: CallExpression,
  note: EngineSql['note'],
): void {
  if (type.kind !== 'DECIMAL') return;
  const divisor = operands[1];
  const digits = divisor?.kind === 'literal' ? String(divisor.value).replace(/\D/g, '').replace(/^0+/, '') : '';
  // A divisor of twos and fives alone leaves no more digits than the result has.
  if (digits !== '' && 10n ** BigInt(digits.length + 1) % BigInt(digits) === 0n) return;
  note('decimal-division', `${args.join(' / ')} is rounded; the statement has no value where it would have to be.`);
}

/** What is said of a mean of INTEGER. */
export function overflowText(argument: string): string {
  return `ksqlDB adds ${argument} in 32 bits for its mean, and wraps; here it is added in more.`;
}

/** A text literal: quotes doubled. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
