/**
 * What the WHERE clause of a pull query on a table has to be: comparisons of keys with values of their type and, where table scans are
 * switched off, such that the rows can be found by their keys.
 */
import type { SourceColumn } from '../../catalog/source.ts';
import { invalid } from '../../sql-error.ts';
import type { Expression, ExpressionOf } from '../../syntax/ast.ts';
import { isNumeric, typeText } from '../../types.ts';
import { printExpression, printName } from './print.ts';
import { visit } from './walk.ts';

/** @throws when IN lists a text for a key of numbers: a comparison has its own check, IN would parse the text */
export function checkKeyLists(where: Expression, keys: readonly SourceColumn[]): void {
  visit(where, (part) => {
    if (part.kind !== 'in') return undefined;
    const key = keyOf(part.operand, keys);
    const odd = part.values.find((value) => value.kind === 'string');
    if (key !== undefined && odd !== undefined && isNumeric(key.type)) {
      throw invalid(
        `${printExpression(odd)} can not be converted to the type of the key column: ${key.name} ${typeText(key.type)} KEY`,
        odd.span,
      );
    }
    return undefined;
  });
}

/** Why a condition does not find rows by their keys; undefined when it does, or when a range of keys does. */
export function scanReason(
  where: Expression | undefined,
  keys: readonly SourceColumn[],
  rangeScanEnabled: boolean,
): string | undefined {
  if (where === undefined) return 'Missing WHERE clause.';
  for (const disjunct of disjuncts(where)) {
    const why = disjunctReason(disjunct, keys, rangeScanEnabled);
    if (why !== undefined) return why;
  }
  return undefined;
}

function disjunctReason(
  disjunct: Expression,
  keys: readonly SourceColumn[],
  rangeScanEnabled: boolean,
): string | undefined {
  const compared = new Set<string>();
  for (const part of conjuncts(disjunct)) {
    const like = part.kind === 'like' ? likeReason(part, keys) : undefined;
    if (like !== undefined) return like;
    const column = comparedKey(part, keys);
    if (column === undefined) continue;
    if (compared.has(column.name))
      return 'A comparison condition on the key column cannot be combined with other comparisons such as an IN predicate.';
    compared.add(column.name);
    const others = part.kind === 'in' ? part.values : part.kind === 'comparison' ? [part.left, part.right] : [];
    const unknown = others.some((one) => keyOf(one, keys) !== column && hasColumns(one));
    if (unknown) return 'A comparison must be between a key column and a resolvable expression.';
    const range = part.kind === 'comparison' && part.operator !== '=';
    if (range && (!rangeScanEnabled || keys.length > 1))
      return `Bound on key columns '[${keys.map(({ name, type }) => `${printName(name)} ${typeText(type)} KEY`).join(', ')}]' must currently be '='.`;
  }
  if (compared.size === 0) return `WHERE clause missing key column for disjunct: ${printExpression(disjunct)}.`;
  if (compared.size < keys.length) {
    const specified = keys.filter(({ name }) => compared.has(name));
    const list = (all: readonly SourceColumn[]): string => `[${all.map(({ name }) => printName(name)).join(', ')}]`;
    return `Multi-column sources must specify every key in the WHERE clause. Specified: ${list(specified)} Expected: ${list(keys)}.`;
  }
  return undefined;
}

function likeReason({ operand, pattern }: ExpressionOf<'like'>, keys: readonly SourceColumn[]): string | undefined {
  if (operand.kind !== 'column' && pattern.kind !== 'column') return 'Like condition must be between strings.';
  return keyOf(operand, keys) === undefined ? undefined : 'LIKE on a key column needs a scan of the table.';
}

/** The key column that a comparison or an IN compares. */
function comparedKey(part: Expression, keys: readonly SourceColumn[]): SourceColumn | undefined {
  if (part.kind === 'in') return keyOf(part.operand, keys);
  if (part.kind !== 'comparison') return undefined;
  return keyOf(part.left, keys) ?? keyOf(part.right, keys);
}

function keyOf(expression: Expression, keys: readonly SourceColumn[]): SourceColumn | undefined {
  return expression.kind === 'column' ? keys.find(({ name }) => name === expression.name) : undefined;
}

function hasColumns(expression: Expression): boolean {
  let found = false;
  visit(expression, (part) => {
    found ||= part.kind === 'column';
    return undefined;
  });
  return found;
}

/** The alternatives of a condition in disjunctive form. */
function disjuncts(expression: Expression): Expression[] {
  if (expression.kind !== 'logical') return [expression];
  const [left, right] = [disjuncts(expression.left), disjuncts(expression.right)];
  if (expression.operator === 'OR') return [...left, ...right];
  return left.flatMap((a) => right.map((b): Expression => ({ ...expression, left: a, right: b })));
}

function conjuncts(expression: Expression): Expression[] {
  return expression.kind === 'logical' && expression.operator === 'AND'
    ? [...conjuncts(expression.left), ...conjuncts(expression.right)]
    : [expression];
}
