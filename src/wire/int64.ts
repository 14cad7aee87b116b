/** A 64-bit integer of a message: a number when that is exact, else a bigint. Encoders take either. */
export type Int64 = number | bigint;

/** The number when it is safe, else the bigint itself. */
export function int64Of(value: bigint): Int64 {
  return value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value;
}
