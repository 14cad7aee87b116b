/** The functions that a task's plan may call, by the id that the plan names; what they need of the world comes through ports. */
import type { Clock } from '../core/clock.ts';
import type { Random } from '../core/random.ts';
import type { FunctionContext } from '../sql/functions/declaration.ts';
import { functionLookup } from '../sql/functions/lookup.ts';
import type { FunctionLookup } from './compiler/code.ts';

export function taskFunctions(clock: Clock, random: Random): FunctionLookup {
  return functionLookup(functionContext(clock, random));
}

export function functionContext(clock: Clock, random: Random): FunctionContext {
  return { now: () => clock.now(), random: () => random.float(), uuid: () => uuidOf(random) };
}

/** A random UUID (version 4). */
function uuidOf(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
