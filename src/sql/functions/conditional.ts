/** Functions about nulls and keys. */
import type { ScalarFunction } from './declaration.ts';
import { overload, scalar } from './declaration.ts';
import { equalValues } from './values.ts';

export const conditionalFunctions: readonly ScalarFunction[] = [
  scalar(
    'CONDITIONAL',
    'COALESCE',
    'The first value that is not null.',
    overload('(first: T, others: T...) T', {
      nulls: 'handles',
      call: (...values: unknown[]) => values.find((value) => value !== null) ?? null,
    }),
  ),
  scalar(
    'CONDITIONAL',
    'IFNULL',
    'The value, or another one when it is null.',
    overload('(expression: T, altValue: T) T', { nulls: 'handles', inline: ([a, b]) => `(${a} ?? ${b})` }),
  ),
  scalar(
    'CONDITIONAL',
    'NULLIF',
    'The value, or null when it equals another.',
    overload('(expr1: T, expr2: T) T', ([type]) => ({
      nulls: 'handles',
      call: (a: unknown, b: unknown) =>
        a !== null && b !== null && equalValues(a, b, type?.kind === 'DECIMAL' ? 'decimal' : '') ? null : a,
    })),
  ),
  // The planner sees a copy of a key column in it, which is not the key.
  scalar(
    'OTHER',
    'AS_VALUE',
    'A copy of a key column for the value.',
    overload('(keyColumn: T) T', { inline: ([a]) => a as string }),
  ),
];
