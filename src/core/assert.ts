/** Thrown when our own code broke one of its promises. Never caught to go on: a process in an unknown state must not write. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** Crashes loudly when a condition that our own code guarantees does not hold. Bad input is a {@link StackError} instead. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Asserts that a 64-bit quantity on the data path (offset, timestamp, id) is exact as a JavaScript number. */
export function safeNumber(value: number | bigint): number {
  const n = Number(value);
  assert(Number.isSafeInteger(n), `${value} is outside the safe integer range`);
  return n;
}
