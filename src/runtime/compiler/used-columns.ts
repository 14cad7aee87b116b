/** Which columns of its input an expression names, with their types. */
import type { PlanExpression } from '../../sql/physical/plan.ts';
import type { SqlType } from '../../sql/types.ts';

export function columnsOf(expressions: readonly PlanExpression[]): Map<number, SqlType> {
  const found = new Map<number, SqlType>();
  for (const expression of expressions) collect(expression, found);
  return found;
}

function collect(expression: PlanExpression, into: Map<number, SqlType>): void {
  switch (expression.kind) {
    case 'column':
      into.set(expression.index, expression.type);
      return;
    case 'literal':
    case 'parameter':
      return;
    case 'and':
    case 'or':
      collect(expression.left, into);
      collect(expression.right, into);
      return;
    case 'not':
    case 'is-null':
    case 'cast':
    case 'field':
      collect(expression.operand, into);
      return;
    case 'case':
      for (const branch of expression.branches) {
        collect(branch.when, into);
        collect(branch.then, into);
      }
      if (expression.otherwise !== undefined) collect(expression.otherwise, into);
      return;
    case 'call':
      for (const arg of expression.args) collect(arg, into);
      return;
    case 'struct':
      for (const field of expression.fields) collect(field.value, into);
      return;
    case 'lambda':
      collect(expression.body, into);
  }
}
