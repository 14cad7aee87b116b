/** The functions that compiled plans may call, by the id that a plan names. */
import type { FunctionLookup } from './compiler/code.ts';

export const functionLookup: FunctionLookup = () => undefined;
