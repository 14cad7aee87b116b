/** Walking expressions: parts, visits, rewrites from the top down. */
import type { Expression } from '../../syntax/ast.ts';

/** A copy whose direct parts are replaced. */
export function mapParts(expression: Expression, map: (part: Expression) => Expression): Expression {
  switch (expression.kind) {
    case 'field':
    case 'all-fields':
      return { ...expression, base: map(expression.base) };
    case 'subscript':
      return { ...expression, base: map(expression.base), index: map(expression.index) };
    case 'arithmetic':
    case 'concat':
    case 'comparison':
    case 'logical':
      return { ...expression, left: map(expression.left), right: map(expression.right) };
    case 'sign':
    case 'not':
    case 'is-null':
    case 'cast':
      return { ...expression, operand: map(expression.operand) };
    case 'between':
      return { ...expression, operand: map(expression.operand), low: map(expression.low), high: map(expression.high) };
    case 'in':
      return { ...expression, operand: map(expression.operand), values: expression.values.map(map) };
    case 'like':
      return { ...expression, operand: map(expression.operand), pattern: map(expression.pattern) };
    case 'case': {
      const { operand, otherwise } = expression;
      return {
        ...expression,
        ...(operand && { operand: map(operand) }),
        // oxlint-disable-next-line unicorn/no-thenable -- The grammar's word; nobody awaits an expression.
        branches: expression.branches.map(({ when, then }) => ({ when: map(when), then: map(then) })),
        ...(otherwise && { otherwise: map(otherwise) }),
      };
    }
    case 'call':
      return { ...expression, args: expression.args.map(map) };
    case 'array':
      return { ...expression, items: expression.items.map(map) };
    case 'map':
      return {
        ...expression,
        entries: expression.entries.map(({ key, value }) => ({ key: map(key), value: map(value) })),
      };
    case 'struct':
      return { ...expression, fields: expression.fields.map(({ name, value }) => ({ name, value: map(value) })) };
    case 'lambda':
      return { ...expression, body: map(expression.body) };
    default:
      return expression;
  }
}

/** Visits the expression and all its parts; a visit that gives false does not go deeper. */
export function visit(expression: Expression, visitor: (part: Expression) => boolean | undefined): void {
  if (visitor(expression) === false) return;
  mapParts(expression, (part) => {
    visit(part, visitor);
    return part;
  });
}

/** Replaces the topmost parts for which `replace` has something. */
export function rewriteExpression(
  expression: Expression,
  replace: (part: Expression) => Expression | undefined,
): Expression {
  return replace(expression) ?? mapParts(expression, (part) => rewriteExpression(part, replace));
}
