/**
 * Bound expressions over rows of plain values: null, boolean, number, bigint only where a BIGINT is not a safe integer, text,
 * Buffer, arrays, objects. Each becomes one generated function; its twin with bigints is made when a value needs it.
 */
import { AssertionError } from '../../core/assert.ts';
import { StackError } from '../../core/errors.ts';
import { Code } from '../compiler/code.ts';
import type { CodeValue, FunctionLookup } from '../compiler/code.ts';
import { compileExpression, fromPlain, toPlain } from '../compiler/expressions.ts';
import { failure, failureOf } from '../compiler/failures.ts';
import { inexact, loopHelpers } from '../compiler/helpers.ts';
import type { PlanExpression } from '../../sql/physical/plan.ts';
import type { SqlType } from '../../sql/types.ts';
import { columnsOf } from '../compiler/used-columns.ts';

export type RowValues = readonly unknown[];
export type RowFunction = (row: RowValues) => unknown;

/** Where an expression stands, and who is told of what fails in it. */
export interface ExpressionSite {
  /** What the processing log says of a failure of the whole. */
  readonly where: string;
  /** Parts that fail are null and the rest goes on; absent: any failure is one of the whole. */
  readonly keepsParts?: boolean;
  readonly note: (failure: StackError) => void;
}

/** Null where the expression fails. Throws only what stops the query. */
export function rowExpression(
  expression: PlanExpression,
  functions: FunctionLookup,
  site: ExpressionSite = silent,
): RowFunction {
  // The usual ones need no code.
  if (expression.kind === 'column') {
    const { index } = expression;
    return (row) => row[index] ?? null;
  }
  const failures: StackError[] = [];
  const fast = generate(expression, functions, false, site, failures);
  let exact: RowFunction | undefined;
  const evaluate = (row: RowValues): unknown => {
    try {
      const value = fast(row);
      if (value !== inexact) return value;
    } catch (error) {
      if (error !== inexact) throw error;
    }
    failures.length = 0;
    exact ??= generate(expression, functions, true, site, failures);
    return exact(row);
  };
  return (row) => {
    let value: unknown = null;
    try {
      value = evaluate(row);
    } catch (error) {
      if (error instanceof AssertionError || (error instanceof StackError && error.details['fatal'] === true))
        throw error;
      failures.push(failureOf(site.where, error));
    }
    if (failures.length > 0) for (const one of failures.splice(0)) site.note(one);
    return value;
  };
}

const silent: ExpressionSite = { where: '', keepsParts: true, note: () => {} };

function generate(
  expression: PlanExpression,
  functions: FunctionLookup,
  exact: boolean,
  { where, keepsParts }: ExpressionSite,
  failures: StackError[],
): RowFunction {
  const code = new Code();
  const fail = (why: string): string =>
    `{ ${code.constant(failures)}.push(${code.constant(failure(where, why))}); return null; }`;
  const scope = {
    columns: [] as CodeValue[],
    mode: { exact },
    functions,
    bail: 'return inexact;',
    fail,
    ...(keepsParts === true && { failures }),
  };
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
