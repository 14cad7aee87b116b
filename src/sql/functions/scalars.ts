/** All scalar functions, gathered from their files. */
import { bytesFunctions } from './bytes.ts';
import { collectionFunctions } from './collections.ts';
import { conditionalFunctions } from './conditional.ts';
import { dateFunctions } from './dates.ts';
import type { ScalarFunction } from './declaration.ts';
import { jsonFunctions } from './json.ts';
import { lambdaFunctions } from './lambdas.ts';
import { maskFunctions } from './masks.ts';
import { mathFunctions } from './math.ts';
import { regularExpressionFunctions } from './regular-expressions.ts';
import { stringFunctions } from './strings.ts';
import { urlFunctions } from './urls.ts';

export const scalarFunctions: readonly ScalarFunction[] = [
  ...mathFunctions,
  ...stringFunctions,
  ...maskFunctions,
  ...regularExpressionFunctions,
  ...collectionFunctions,
  ...lambdaFunctions,
  ...jsonFunctions,
  ...urlFunctions,
  ...bytesFunctions,
  ...conditionalFunctions,
  ...dateFunctions,
];
