/** The binder of expressions: names to columns, types, overloads, coercions. Messages are ksqlDB's. */
import type { PlanExpression } from '../../expression.ts';
import { functionId } from '../../functions/function-id.ts';
import { arithmeticType } from '../../functions/operators.ts';
import { asDecimalType } from '../../functions/decimal.ts';
import type { FunctionRegistry } from '../../functions/registry.ts';
import { invalid } from '../../sql-error.ts';
import type { ComparisonOperator, Expression, ExpressionOf } from '../../syntax/ast.ts';
import { isNumeric, isTime, sameType, sqlTypes, typeText } from '../../types.ts';
import type { SqlType } from '../../types.ts';
import { bindLiteral, bound, boundTypeText, castTo, literal, widenTo, widerNumber } from './bound.ts';
import type { Bound } from './bound.ts';
import { bindCall } from './calls.ts';
import { coerceList } from './coercion.ts';
import { printExpression } from './print.ts';
import { findColumn } from './scope.ts';
import type { Scope } from './scope.ts';
import { castIsPossible, resolveType } from './types.ts';

export interface BindContext {
  readonly scope: Scope;
  readonly functions: FunctionRegistry;
  readonly types: ReadonlyMap<string, SqlType>;
  /** What is bound, as messages of late checks call it. */
  readonly clause: 'Select' | 'Predicate' | 'Group By' | 'Partition By';
  /** Parameters of the enclosing lambdas. */
  readonly parameters?: ReadonlyMap<string, { readonly id: number; readonly type: SqlType }>;
  readonly nextParameter: () => number;
  /** As in `Settings`. */
  readonly castsNullToText?: boolean;
}

export function newBindContext(
  scope: Scope,
  functions: FunctionRegistry,
  types: ReadonlyMap<string, SqlType>,
  clause: BindContext['clause'],
  settings?: Pick<BindContext, 'castsNullToText'>,
): BindContext {
  let next = 0;
  const more = settings?.castsNullToText === true && { castsNullToText: true };
  return { scope, functions, types, clause, nextParameter: () => next++, ...more };
}

const arithmetics = { '+': 'add', '-': 'subtract', '*': 'multiply', '/': 'divide', '%': 'modulo' } as const;
const comparisons: Readonly<Record<Exclude<ComparisonOperator, 'IS DISTINCT FROM' | 'IS NOT DISTINCT FROM'>, string>> =
  {
    '=': 'eq',
    '<>': 'ne',
    '<': 'lt',
    '<=': 'le',
    '>': 'gt',
    '>=': 'ge',
  };

function castOf(operand: PlanExpression, type: SqlType, context: BindContext): PlanExpression {
  const cast: PlanExpression = { kind: 'cast', operand, type };
  if (type.kind !== 'STRING' || context.castsNullToText !== true) return cast;
  const isNull: PlanExpression = { kind: 'is-null', operand, negated: false, type: sqlTypes.boolean };
  // oxlint-disable-next-line unicorn/no-thenable -- The plan's word; nobody awaits an expression.
  return { kind: 'case', branches: [{ when: isNull, then: literal('null', type) }], otherwise: cast, type };
}

export function bindExpression(expression: Expression, context: BindContext): Bound {
  const value = bindLiteral(expression);
  if (value !== undefined) return value;
  const bind = (one: Expression): Bound => bindExpression(one, context);
  switch (expression.kind) {
    case 'column':
      return column(expression, context);
    case 'field':
      return field(expression, bind(expression.base));
    case 'subscript':
      return subscript(expression, bind(expression.base), bind(expression.index));
    case 'arithmetic':
      return arithmetic(expression, bind(expression.left), bind(expression.right));
    case 'sign': {
      const operand = bind(expression.operand);
      if (operand.type === undefined || expression.sign === '+') return operand;
      const kind = operand.type.kind === 'DECIMAL' ? 'decimal' : operand.type.kind.toLowerCase();
      return bound({ kind: 'call', function: `negate:${kind}`, args: [operand.expression], type: operand.type });
    }
    case 'concat':
      // As the function, which leaves nulls out.
      return bindCall(
        { kind: 'call', name: 'CONCAT', args: [expression.left, expression.right], span: expression.span },
        context,
        bindExpression,
      );
    case 'comparison':
      return comparison(expression, bind(expression.left), bind(expression.right));
    case 'logical': {
      const kind = expression.operator === 'AND' ? 'and' : 'or';
      const [left, right] = [bind(expression.left), bind(expression.right)];
      return bound({
        kind,
        left: castTo(left, sqlTypes.boolean),
        right: castTo(right, sqlTypes.boolean),
        type: sqlTypes.boolean,
      });
    }
    case 'not':
      return bound({
        kind: 'not',
        operand: castTo(bind(expression.operand), sqlTypes.boolean),
        type: sqlTypes.boolean,
      });
    case 'is-null':
      return bound({
        kind: 'is-null',
        operand: bind(expression.operand).expression,
        negated: expression.negated,
        type: sqlTypes.boolean,
      });
    case 'between':
      return between(expression, bind);
    case 'in':
      return inList(expression, context);
    case 'like': {
      const sides = [bind(expression.operand), bind(expression.pattern)];
      const odd = sides.find(({ type }) => type !== undefined && type.kind !== 'STRING');
      if (odd !== undefined) {
        throw invalid(
          `The column type for Like condition must be VARCHAR. The column type is ${boundTypeText(odd)}`,
          expression.span,
        );
      }
      const args = sides.map((one) => castTo(one, sqlTypes.string));
      if (expression.escape !== undefined) args.push(literal(expression.escape, sqlTypes.string));
      return bound({
        kind: 'call',
        function: args.length === 2 ? 'like:string' : 'like:string,escape',
        args,
        type: sqlTypes.boolean,
      });
    }
    case 'case':
      return choice(expression, context);
    case 'cast': {
      const operand = bind(expression.operand);
      const type = resolveType(expression.type, context.types);
      if (operand.type !== undefined && !castIsPossible(operand.type, type)) {
        throw invalid(
          `Invalid ${context.clause}: Cast of ${typeText(operand.type)} to ${typeText(type)} is not supported.`,
          expression.span,
        );
      }
      return bound(
        operand.type === undefined
          ? literal(null, type)
          : sameType(operand.type, type)
            ? operand.expression
            : castOf(operand.expression, type, context),
      );
    }
    case 'call':
      return bindCall(expression, context, bindExpression);
    case 'array': {
      if (expression.items.length === 0) {
        throw invalid(
          'Array constructor cannot be empty. Please supply at least one element (see https://github.com/confluentinc/ksql/issues/4239).',
          expression.span,
        );
      }
      const { type: element, values } = coerceList(expression.items, context, bindExpression);
      if (element === undefined) throw allNull('an array', 'elements', 'value', expression);
      const type: SqlType = { kind: 'ARRAY', element };
      return bound({ kind: 'call', function: functionId('new-array', [type]), args: values, type });
    }
    case 'map':
      return map(expression, context);
    case 'struct': {
      const fields = expression.fields.map(({ name, value: one }) => ({ name, value: bind(one) }));
      return bound({
        kind: 'struct',
        fields: fields.map(({ name, value: one }) => ({ name, value: one.expression })),
        type: {
          kind: 'STRUCT',
          fields: fields.map(({ name, value: one }) => ({ name, type: one.type ?? sqlTypes.string })),
        },
      });
    }
    case 'lambda':
      throw invalid(`A lambda can only be the argument of a function: ${printExpression(expression)}`, expression.span);
    case 'unit':
      throw invalid(`A unit of time can only be the argument of a function: ${expression.unit}`, expression.span);
    default:
      throw invalid(`${printExpression(expression)} cannot be used here`, expression.span);
  }
}

function column(expression: ExpressionOf<'column'>, context: BindContext): Bound {
  const parameter = expression.source === undefined ? context.parameters?.get(expression.name) : undefined;
  if (parameter !== undefined) return bound({ kind: 'parameter', id: parameter.id, type: parameter.type });
  const found = findColumn(context.scope, expression.name);
  if (found === undefined) throw invalid(`Unknown column ${printExpression(expression)}.`, expression.span);
  return bound({ kind: 'column', index: found.index, type: found.column.type });
}

function field(expression: ExpressionOf<'field'>, base: Bound): Bound {
  if (base.type?.kind !== 'STRUCT') {
    throw invalid(`Expected STRUCT type, got: ${boundTypeText(base)}`, expression.span);
  }
  const found = base.type.fields.find((one) => one.name === expression.name);
  if (found === undefined) {
    throw invalid(
      `Could not find field '${expression.name}' in '${printExpression(expression.base)}'.`,
      expression.span,
    );
  }
  return bound({ kind: 'field', operand: base.expression, name: expression.name, type: found.type });
}

function subscript(expression: ExpressionOf<'subscript'>, base: Bound, index: Bound): Bound {
  const { type } = base;
  if (type?.kind === 'ARRAY') {
    const at = index.type?.kind === 'BIGINT' ? sqlTypes.bigint : sqlTypes.integer;
    return bound({
      kind: 'call',
      function: functionId('element', [type]),
      args: [base.expression, castTo(index, at)],
      type: type.element,
    });
  }
  if (type?.kind === 'MAP') {
    return bound({
      kind: 'call',
      function: functionId('element', [type]),
      args: [base.expression, castTo(index, type.key)],
      type: type.value,
    });
  }
  const hint =
    type?.kind === 'STRUCT'
      ? ` Use the dereference operator for STRUCTS: ${printExpression(expression.base)}->${printExpression(expression.index)}`
      : '';
  throw invalid(
    `Subscript expression (${printExpression(expression)}) do not apply to ${boundTypeText(base)}.${hint}`,
    expression.span,
  );
}

function arithmetic(expression: ExpressionOf<'arithmetic'>, left: Bound, right: Bound): Bound {
  const operation = arithmetics[expression.operator];
  const fail = (why: string): Error =>
    invalid(`Error processing expression: ${printExpression(expression)}. ${why}`, expression.span);
  if (left.type === undefined || right.type === undefined) {
    throw fail(`Arithmetic on types ${boundTypeText(left)} and ${boundTypeText(right)} are not supported.`);
  }
  const type = arithmeticType(operation, left.type, right.type);
  if (type === undefined) throw fail(`Unsupported arithmetic types. ${left.type.kind} ${right.type.kind}`);
  if (type.kind !== 'DECIMAL') {
    const name = type.kind === 'STRING' ? 'append:string' : `${operation}:${type.kind.toLowerCase()}`;
    return bound({ kind: 'call', function: name, args: [widenTo(left, type), widenTo(right, type)], type });
  }
  const types = [asDecimalType(left.type) as SqlType, asDecimalType(right.type) as SqlType];
  const args = [widenTo(left, types[0] as SqlType), widenTo(right, types[1] as SqlType)];
  return bound({ kind: 'call', function: functionId(operation, types), args, type });
}

function comparison(expression: ExpressionOf<'comparison'>, left: Bound, right: Bound): Bound {
  const { operator } = expression;
  if (left.type === undefined || right.type === undefined) {
    const name = (one: Bound): string => one.type?.kind ?? 'NULL';
    const sign = operator;
    throw invalid(
      `Comparison with NULL not supported: ${name(left)} ${sign} ${name(right)}\nUse 'IS NULL' or 'IS NOT NULL' instead.`,
      expression.span,
    );
  }
  if (!comparable(left.type, right.type, operator)) {
    const side = (one: Expression, type: SqlType): string => `${printExpression(one)} (${typeText(type)})`;
    throw invalid(
      `Cannot compare ${side(expression.left, left.type)} to ${side(expression.right, right.type)} with ${operatorNames[operator]}.`,
      expression.span,
    );
  }
  return bound(compare(operator, left, right));
}

const operatorNames: Readonly<Record<ComparisonOperator, string>> = {
  '=': 'EQUAL',
  '<>': 'NOT_EQUAL',
  '<': 'LESS_THAN',
  '<=': 'LESS_THAN_OR_EQUAL',
  '>': 'GREATER_THAN',
  '>=': 'GREATER_THAN_OR_EQUAL',
  'IS DISTINCT FROM': 'IS_DISTINCT_FROM',
  'IS NOT DISTINCT FROM': 'IS_NOT_DISTINCT_FROM',
};

function comparable(left: SqlType, right: SqlType, operator: ComparisonOperator): boolean {
  const equality = ['=', '<>', 'IS DISTINCT FROM', 'IS NOT DISTINCT FROM'].includes(operator);
  if (isNumeric(left)) return isNumeric(right);
  switch (left.kind) {
    case 'STRING':
      return right.kind === 'STRING' || isTime(right);
    case 'BOOLEAN':
    case 'ARRAY':
    case 'MAP':
    case 'STRUCT':
      return right.kind === left.kind && equality;
    case 'TIME':
      return right.kind === 'TIME' || right.kind === 'STRING';
    case 'DATE':
    case 'TIMESTAMP':
      return right.kind === 'DATE' || right.kind === 'TIMESTAMP' || right.kind === 'STRING';
    case 'BYTES':
      return right.kind === 'BYTES';
    default:
      return false;
  }
}

/** The comparison of operands that go together. */
export function compare(operator: ComparisonOperator, left: Bound, right: Bound): PlanExpression {
  const type = commonType(left.type as SqlType, right.type as SqlType);
  const args = [widenTo(left, type), widenTo(right, type)];
  const text = type.kind === 'DECIMAL' ? 'decimal' : functionId('', [type]).slice(1);
  const call = (name: string): PlanExpression => ({
    kind: 'call',
    function: `compare-${name}:${text}`,
    args,
    type: sqlTypes.boolean,
  });
  if (operator === 'IS DISTINCT FROM') return call('distinct');
  if (operator === 'IS NOT DISTINCT FROM') return { kind: 'not', operand: call('distinct'), type: sqlTypes.boolean };
  return call(comparisons[operator]);
}

function commonType(left: SqlType, right: SqlType): SqlType {
  if (sameType(left, right)) return left;
  if (isNumeric(left) && isNumeric(right)) return widerNumber(left, right);
  if (isTime(left) && isTime(right)) return sqlTypes.timestamp;
  return isTime(left) ? left : right;
}

function between(expression: ExpressionOf<'between'>, bind: (one: Expression) => Bound): Bound {
  const low: Expression = {
    kind: 'comparison',
    operator: '>=',
    left: expression.operand,
    right: expression.low,
    span: expression.span,
  };
  const high: Expression = {
    kind: 'comparison',
    operator: '<=',
    left: expression.operand,
    right: expression.high,
    span: expression.span,
  };
  const operand = bind(expression.operand);
  const side = (one: ExpressionOf<'comparison'>): PlanExpression =>
    comparison(one, operand, bind(one.right)).expression;
  return bound({
    kind: 'and',
    left: side(low as ExpressionOf<'comparison'>),
    right: side(high as ExpressionOf<'comparison'>),
    type: sqlTypes.boolean,
  });
}

function inList(expression: ExpressionOf<'in'>, context: BindContext): Bound {
  const { type, values } = coerceList(
    [expression.operand, ...expression.values],
    context,
    bindExpression,
    `Invalid ${context.clause}: `,
  );
  const [operand, ...rest] = values;
  if (type === undefined || operand === undefined) return bound(literal(false, sqlTypes.boolean));
  const tests = rest
    .filter((one) => !(one.kind === 'literal' && one.value === null))
    .map((one) => compare('=', bound(operand), bound(one)));
  if (tests.length === 0) return bound(literal(false, sqlTypes.boolean));
  return bound(tests.reduce((left, right) => ({ kind: 'or', left, right, type: sqlTypes.boolean })));
}

function choice(expression: ExpressionOf<'case'>, context: BindContext): Bound {
  const branches = expression.branches.map(({ when, then }) => {
    const condition: Expression =
      expression.operand === undefined
        ? when
        : { kind: 'comparison', operator: '=', left: expression.operand, right: when, span: when.span };
    const test = bindExpression(condition, context);
    if (test.type?.kind !== 'BOOLEAN') {
      throw invalid(
        `WHEN operand type should be boolean.\nType for '${printExpression(condition)}' is ${boundTypeText(test)}`,
        when.span,
      );
    }
    return { when, condition, test: test.expression, result: then, bound: bindExpression(then, context) };
  });
  let type: SqlType | undefined;
  for (const { condition, result, bound: then } of branches) {
    if (then.type === undefined) continue;
    if (type !== undefined && !sameType(type, then.type)) {
      throw invalid(
        `Invalid Case expression. Type for all 'THEN' clauses should be the same.\nTHEN expression 'WHEN ${printExpression(condition)} THEN ${printExpression(result)}' has type: ${typeText(then.type)}.\nPrevious THEN expression(s) type: ${typeText(type)}.`,
        result.span,
      );
    }
    type = then.type;
  }
  const otherwise = expression.otherwise === undefined ? undefined : bindExpression(expression.otherwise, context);
  if (otherwise?.type !== undefined) {
    if (type !== undefined && !sameType(type, otherwise.type)) {
      throw invalid(
        `Invalid Case expression. Type for the default clause should be the same as for 'THEN' clauses.\nTHEN type: ${typeText(type)}.\nDEFAULT type: ${typeText(otherwise.type)}.`,
        expression.span,
      );
    }
    type = otherwise.type;
  }
  if (type === undefined) throw invalid('Invalid Case expression. All case branches have NULL type', expression.span);
  const result = type;
  return bound({
    kind: 'case',
    // oxlint-disable-next-line unicorn/no-thenable -- The grammar's word; nobody awaits an expression.
    branches: branches.map(({ test, bound: then }) => ({ when: test, then: castTo(then, result) })),
    ...(otherwise && { otherwise: castTo(otherwise, result) }),
    type: result,
  });
}

function map(expression: ExpressionOf<'map'>, context: BindContext): Bound {
  if (expression.entries.length === 0) {
    throw invalid(
      'Map constructor cannot be empty. Please supply at least one key value pair (see https://github.com/confluentinc/ksql/issues/4239).',
      expression.span,
    );
  }
  const keys = coerceList(
    expression.entries.map(({ key }) => key),
    context,
    bindExpression,
  );
  if (keys.type === undefined) throw allNull('a map', 'keys', 'key', expression);
  const values = coerceList(
    expression.entries.map(({ value }) => value),
    context,
    bindExpression,
  );
  if (values.type === undefined) throw allNull('a map', 'values', 'value', expression);
  const type: SqlType = { kind: 'MAP', key: keys.type, value: values.type };
  const args = keys.values.flatMap((key, i) => [key, values.values[i] as PlanExpression]);
  return bound({ kind: 'call', function: functionId('new-map', [type]), args, type });
}

function allNull(what: string, parts: string, part: string, expression: Expression): Error {
  return invalid(
    `Cannot construct ${what} with all NULL ${parts} (see https://github.com/confluentinc/ksql/issues/4239). As a workaround, you may cast a NULL ${part} to the desired type.`,
    expression.span,
  );
}
