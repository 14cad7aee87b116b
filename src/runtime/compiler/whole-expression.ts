/** Expressions of generated loops: a column, a predicate, a group's key, an argument, with what happens where it fails. */
import { AssertionError } from '../../core/assert.ts';
import { StackError } from '../../core/errors.ts';
import type { PlanExpression } from '../../sql/physical/plan.ts';
import { plain, plainOf, zero } from './code.ts';
import type { Code, CodeMode, CodeValue, FunctionLookup } from './code.ts';
import { compileExpression } from './expressions.ts';
import { failure, failureOf } from './failures.ts';

export interface LoopScope {
  readonly mode: CodeMode;
  readonly functions: FunctionLookup;
  /** Statement that leaves the record to the exact twin. */
  readonly bail: string;
  /** Where a counter is. */
  readonly counter: (name: string) => string;
  /** Nobody is told of failures: they were told before. */
  readonly isQuiet?: boolean;
  /** As in the plan. */
  readonly failsWhole?: boolean;
}

export interface LoopSite {
  /** What the processing log says of a failure of the whole. */
  readonly where?: string | undefined;
  /** Any failure is one of the whole, else parts that fail are null, and the rest goes on; absent: as the plan says. */
  readonly isWhole?: boolean;
  /** The offset of the record at hand; −1 of none. */
  readonly offset: string;
  /** A local that is set where the expression fails. */
  readonly failed?: string;
}

/**
 * An expression whose failure makes it null, and is told. The exact twin tells: what the number variant told would be told again when
 * it leaves later on. So that leaves with every failure.
 */
export function wholeExpression(
  code: Code,
  expression: PlanExpression,
  columns: readonly CodeValue[],
  { mode, functions, bail, isQuiet = false, failsWhole = false }: LoopScope,
  { where = 'Error computing an expression', isWhole = failsWhole, offset, failed }: LoopSite,
): CodeValue {
  const inner = code.child();
  const label = code.name('x');
  const failures: StackError[] = [];
  const list = code.constant(failures);
  let fails = false;
  const fail = (why: string): string => {
    fails = true;
    if (!mode.exact) return bail;
    return `{ ${isQuiet ? '' : `${list}.push(${code.constant(failure(where, why))}); `}break ${label}; }`;
  };
  const value = compileExpression(inner, expression, {
    columns,
    mode,
    functions,
    bail,
    fail,
    ...(!isWhole && { failures }),
  });
  const throws = mayThrow(expression);
  if (!fails && !throws && !inner.lines.some((line) => line.includes(list))) {
    code.line(...inner.lines);
    return value;
  }
  const [result, nul] = [code.name('w'), code.name('n')];
  code.line(`let ${result} = ${zero(expression.type)}, ${nul} = true;`, `${label}: {`);
  if (throws) code.line('try {');
  code.line(...inner.lines, `${nul} = ${value.nul};`, `if (!${nul}) ${result} = ${plainOf(value)};`);
  if (throws) {
    const caught = code.constant((error: unknown) => {
      if (error instanceof AssertionError || (error instanceof StackError && error.details['fatal'] === true))
        throw error;
      failures.push(failureOf(where, error));
    });
    code.line(
      mode.exact ? `} catch (e) { ${nul} = true; ${caught}(e); }` : `} catch (e) { ${list}.length = 0; ${bail} }`,
    );
  }
  code.line('}');
  const told = isQuiet
    ? `${list}.length = 0;`
    : `${failed === undefined ? '' : `${failed} = true; `}for (const one of ${list}.splice(0)) C.fault(one, ${offset});`;
  code.line(`if (${list}.length > 0) { ${mode.exact ? told : `${list}.length = 0; ${bail}`} }`);
  return plain(expression.type, nul, result);
}

/** Operators whose failures are told without an exception. */
const tellsFailures =
  /^(?:add|subtract|multiply|divide|modulo|negate|append|compare-\w+):(?:integer|bigint|double|string|boolean)$/;
const numbers: ReadonlySet<string> = new Set(['INTEGER', 'BIGINT', 'DOUBLE']);

function mayThrow(expression: PlanExpression): boolean {
  switch (expression.kind) {
    case 'column':
    case 'literal':
      return false;
    case 'and':
    case 'or':
      return mayThrow(expression.left) || mayThrow(expression.right);
    case 'not':
    case 'is-null':
    case 'field':
      return mayThrow(expression.operand);
    case 'cast':
      return (
        !numbers.has(expression.type.kind) || !numbers.has(expression.operand.type.kind) || mayThrow(expression.operand)
      );
    case 'call':
      return !tellsFailures.test(expression.function) || expression.args.some(mayThrow);
    default:
      return true;
  }
}
