/**
 * Bound expressions over rows of plain values: null, boolean, number, bigint only where a BIGINT is not a safe integer, text,
 * Buffer, arrays, objects. Each becomes one generated function; its twin with bigints is made when a value needs it.
 */
import { Code } from '../compiler/code.ts';
import type { CodeValue, FunctionLookup } from '../compiler/code.ts';
import { compileExpression, fromPlain, toPlain } from '../compiler/expressions.ts';
import { inexact, loopHelpers } from '../compiler/helpers.ts';
import type { PlanExpression } from '../../sql/physical/plan.ts';
import type { SqlType } from '../../sql/types.ts';
import { columnsOf } from '../compiler/used-columns.ts';

export type RowValues = readonly unknown[];
export interface RowFunction {
  (row: RowValues): unknown;
  /** Why a part of the last value is null; whoever tells it takes it away. */
  readonly partial?: { error: unknown };
}

/** Throws what a function of the expression throws. */
export function rowExpression(expression: PlanExpression, functions: FunctionLookup): RowFunction {
  // The usual ones need no code.
  if (expression.kind === 'column') {
    const { index } = expression;
    return (row) => row[index] ?? null;
  }
  const partial = { error: undefined as unknown };
  const fast = generate(expression, functions, false, partial);
  let exact: RowFunction | undefined;
  const evaluate = (row: RowValues): unknown => {
    try {
      const value = fast(row);
      if (value !== inexact) return value;
    } catch (error) {
      if (error !== inexact) throw error;
    }
    exact ??= generate(expression, functions, true, partial);
    return exact(row);
  };
  return Object.assign(evaluate, { partial });
}

function generate(
  expression: PlanExpression,
  functions: FunctionLookup,
  exact: boolean,
  partial: { error: unknown },
): RowFunction {
  const code = new Code();
  const scope = { columns: [] as CodeValue[], mode: { exact }, functions, bail: 'return inexact;', partial };
  loadColumns(code, columnsOf([expression]), scope);
  const value = compileExpression(code, expression, scope);
  code.line(`return ${toPlain(value, exact)};`);
  return generated<RowFunction>(code, `function expression(r) {\n${code.text()}\n}`);
}

/** Brings columns of the row `r` into scope. */
export function loadColumns(
  code: Code,
  columns: ReadonlyMap<number, SqlType>,
  scope: {
    readonly columns: CodeValue[];
    readonly mode: { readonly exact: boolean };
    readonly functions: FunctionLookup;
    readonly bail: string;
  },
): void {
  for (const [index, type] of columns) {
    const local = `r${index}`;
    code.line(`const ${local} = r[${index}] ?? null;`);
    scope.columns[index] = fromPlain(code, type, local, scope);
  }
}

export function generated<F>(code: Code, body: string, more: Readonly<Record<string, unknown>> = {}): F {
  const names = { ...loopHelpers, ...more };
  const text = [`const { ${Object.keys(names).join(', ')} } = H;`, code.prelude(), `return ${body}`].join('\n');
  return new Function('H', 'K', text)(names, code.constants) as F;
}
