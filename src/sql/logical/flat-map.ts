/** Table functions: each row as many times as the longest result has values; shorter ones are padded with null. */
import type { PlanExpression } from '../expression.ts';
import type { LogicalBase, LogicalColumn, LogicalNode } from './node.ts';

export interface LogicalTableFunction extends LogicalColumn {
  readonly function: string;
  readonly args: readonly PlanExpression[];
}

export interface LogicalFlatMap extends LogicalBase {
  readonly node: 'flat-map';
  readonly input: LogicalNode;
  readonly functions: readonly LogicalTableFunction[];
}

/** The results stand behind the input's columns. */
export function logicalFlatMap(input: LogicalNode, functions: readonly LogicalTableFunction[]): LogicalFlatMap {
  const results = functions.map(({ name, type }) => ({ name, type }));
  return {
    node: 'flat-map',
    input,
    functions,
    columns: [...input.columns.map(({ name, type }) => ({ name, type })), ...results],
    changelog: input.changelog,
    key: input.key,
    ...(input.window && { window: input.window }),
  };
}
