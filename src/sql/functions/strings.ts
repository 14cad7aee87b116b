/** String functions. */
import type { ScalarFunction } from './declaration.ts';
import { overload, scalar } from './declaration.ts';

export const stringFunctions: readonly ScalarFunction[] = [
  scalar(
    'STRING',
    'ucase',
    'Text in upper case.',
    overload('(input: STRING) STRING', { neverNull: true, call: (text: string) => text.toUpperCase() }),
  ),
];
