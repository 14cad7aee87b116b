/** All scalar functions, gathered from their files. */
import type { ScalarFunction } from './declaration.ts';
import { stringFunctions } from './strings.ts';

export const scalarFunctions: readonly ScalarFunction[] = [...stringFunctions];
