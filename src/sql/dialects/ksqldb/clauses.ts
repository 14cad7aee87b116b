/** What the parts of lowering a query share: its context and purpose, the SELECT list, conditions with ksqlDB's messages. */
import { StackError } from '../../../core/errors.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { DataSource } from '../../catalog/source.ts';
import type { PlanExpression } from '../../expression.ts';
import type { FunctionRegistry } from '../../functions/registry.ts';
import { invalid } from '../../sql-error.ts';
import type { Expression } from '../../syntax/ast.ts';
import { bindExpression } from './expressions.ts';
import type { BindContext } from './expressions.ts';
import { printExpression } from './print.ts';
import type { PlanningSettings } from './settings.ts';

export interface QueryContext {
  readonly catalog: Catalog;
  readonly functions: FunctionRegistry;
  readonly settings: PlanningSettings;
}

/** What a query is for: a sink of its own, or somebody who waits for rows. */
export type QueryPurpose =
  | { readonly kind: 'persistent'; readonly sink: string; readonly target?: DataSource }
  | { readonly kind: 'transient' };

/** A SELECT item: its alias, and its expression qualified and flat. */
export interface SelectExpression {
  readonly name: string;
  readonly qualified: Expression;
  readonly flat: Expression;
}

/** A hint for a name that was meant differently. */
export function alternatives(name: string, catalog: Catalog): string {
  const upper = catalog.sources.get(name.toUpperCase());
  if (upper !== undefined && name !== upper.name) {
    return `\nDid you mean ${upper.name}? Hint: try removing double quotes from the source name.`;
  }
  const other = [...catalog.sources.keys()].find((one) => one.toUpperCase() === name.toUpperCase());
  return other === undefined
    ? ''
    : `\nDid you mean "${other}"? Hint: wrap the source name in double quotes to make it case-sensitive.`;
}

/** Binds a condition and tells of faults as ksqlDB tells of those of WHERE and HAVING. */
export function inClause(clause: 'WHERE' | 'HAVING', expression: Expression, context: BindContext): PlanExpression {
  try {
    const { expression: predicate, type } = bindExpression(expression, context);
    if (type?.kind !== 'BOOLEAN') {
      throw new TypeFault(
        `Type error in ${clause} expression: Should evaluate to boolean but is ${printExpression(expression)} (${type?.kind ?? 'null'}) instead.`,
      );
    }
    return predicate;
  } catch (error) {
    if (error instanceof TypeFault) throw invalid(error.message, expression.span);
    if (!(error instanceof StackError) || error.code !== 'MILLRACE_SQL_INVALID') throw error;
    if (error.message.startsWith('Invalid Predicate') || error.message.startsWith("Can't find any")) throw error;
    throw new StackError(
      'MILLRACE_SQL_INVALID',
      `Error in ${clause} expression: ${error.message}\nStatement: ${printExpression(expression)}`,
      {
        details: error.details,
      },
    );
  }
}

class TypeFault extends Error {}
