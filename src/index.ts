/** The library entry: a whole stack inside a program or a test. */
export { startStack as start } from './server/stack.ts';
export type { Stack, StackOptions, StackStatus } from './server/stack.ts';
export { StackError } from './core/errors.ts';
export type { ErrorCode } from './core/errors.ts';
