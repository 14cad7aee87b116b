/** What every generated function can name besides its locals and constants. */
import { appendRecord, copyBytes, partitionOf, writeZigzag, writeZigzagBigint } from '../output.ts';
import {
  cursor,
  doubleBig,
  doubleLittle,
  floatLittle,
  int64Bigint,
  int64Number,
  longBigint,
  longNumber,
  malformed,
  readVarint,
  sameBytes,
} from './bytes.ts';
import { keyBytes, keyValue, writeInt64, writeKeyDouble, writeVarint } from './group-key.ts';

/** Thrown where a lambda meets a BIGINT that is not exact as a number. */
export const inexact: Error = new Error('a BIGINT is not exact as a number');

export const loopHelpers: Readonly<Record<string, unknown>> = {
  cursor,
  longNumber,
  longBigint,
  doubleLittle,
  floatLittle,
  doubleBig,
  int64Number,
  int64Bigint,
  sameBytes,
  malformed,
  readVarint,
  appendRecord,
  copyBytes,
  partitionOf,
  writeZigzag,
  writeZigzagBigint,
  writeInt64,
  writeKeyDouble,
  writeVarint,
  inexact,
  keyBytes,
  keyValue,
  toInt32: (value: number): number => Number(BigInt.asIntN(32, BigInt(value))),
  publicLong: (value: bigint): number | bigint => (Number.isSafeInteger(Number(value)) ? Number(value) : value),
};
