/** What ksqlDB's processing log says of expressions that fail for a row. */
import type { PlanExpression } from '../../expression.ts';
import type { Expression } from '../../syntax/ast.ts';
import { printExpression } from './print.ts';

export function predicateFailure(predicate: Expression): string {
  return `Error evaluating predicate ${printExpression(predicate)}`;
}

/** `index`: the column's place among the values of the projection. */
export function columnFailure(expression: Expression, name: string, index: number): string {
  return `Error computing expression ${printExpression(expression)} for column ${name} with index ${index}`;
}

export function newKeyFailure(key: Expression): string {
  return `Error computing new key from expression ${printExpression(key)}`;
}

/** Whether it is worth saying: a column or a constant does not fail. */
export function mayFail({ kind }: PlanExpression): boolean {
  return kind !== 'column' && kind !== 'literal';
}
