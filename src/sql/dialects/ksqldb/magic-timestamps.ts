/** Text compared with ROWTIME, WINDOWSTART or WINDOWEND is a point in time. */
import { parseTimeText } from '../../functions/time-text.ts';
import { invalid } from '../../sql-error.ts';
import type { Expression } from '../../syntax/ast.ts';
import { sqlTypes } from '../../types.ts';
import { mapParts } from './walk.ts';

export function magicTimestamps(expression: Expression): Expression {
  const next = mapParts(expression, magicTimestamps);
  if (next.kind === 'comparison') {
    if (isTimeColumn(next.left)) return { ...next, right: instant(next.right) };
    if (isTimeColumn(next.right)) return { ...next, left: instant(next.left) };
  }
  if (next.kind === 'between' && isTimeColumn(next.operand))
    return { ...next, low: instant(next.low), high: instant(next.high) };
  return next;
}

function isTimeColumn(expression: Expression): boolean {
  return expression.kind === 'column' && ['ROWTIME', 'WINDOWSTART', 'WINDOWEND'].includes(expression.name);
}

function instant(expression: Expression): Expression {
  if (expression.kind !== 'string') return expression;
  const ms = parseTimeText(expression.value.replace(' ', 'T'), sqlTypes.timestamp);
  if (ms === undefined) {
    throw invalid(
      `Failed to parse timestamp '${expression.value}': text could not be parsed as a timestamp`,
      expression.span,
    );
  }
  return { kind: 'long', value: String(ms), span: expression.span };
}
