/** Decimals between their digits and the bytes of their unscaled value. */
import { DataException } from '../data/schema.ts';
import type { ConnectSchema } from '../data/schema.ts';

/** A decimal of a schema from its digits (`12.50`), whose scale has to be the schema's. */
export function decimalOf(digits: string, schema: ConnectSchema): Buffer {
  const scale = Number(schema.parameters?.get('scale') ?? 0);
  const match = /^([+-]?)(\d+)(?:\.(\d*))?$/.exec(digits);
  if (match === null) throw new DataException(`Unable to convert ${digits} (class java.lang.String) to a number`);
  const [, sign, whole = '', fraction = ''] = match;
  if (fraction.length !== scale)
    throw new DataException(
      `Decimal value has mismatching scale for given Decimal schema. Schema has scale ${scale}, value has scale ${fraction.length}.`,
    );
  const unscaled = BigInt(whole + fraction);
  return bytesOf(sign === '-' ? -unscaled : unscaled);
}

/** Two's complement, big-endian, as short as it can be. */
export function bytesOf(value: bigint): Buffer {
  let length = 1;
  while (BigInt.asIntN(8 * length, value) !== value) length++;
  const hex = BigInt.asUintN(8 * length, value).toString(16);
  return Buffer.from(hex.padStart(2 * length, '0'), 'hex');
}
