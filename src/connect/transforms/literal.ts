/** Values that stand as texts in a configuration, with the types that Connect's `Values.parseString` sees in them. */
import { logicalNames } from '../data/schema.ts';
import type { ConnectSchema, ConnectValue } from '../data/schema.ts';
import { bytesOf } from './decimals.ts';
import { simpleDateFormat } from './simple-date-format.ts';

export interface Literal {
  /** Null of nothing. */
  readonly schema: ConnectSchema | null;
  readonly value: ConnectValue;
}

const never = (): Error => new Error('these patterns are valid');
const dates = [
  { pattern: /^\d{4}-\d{2}-\d{2}$/, name: logicalNames.date, format: simpleDateFormat('yyyy-MM-dd', never) },
  {
    pattern: /^\d{2}:\d{2}:\d{2}\.\d{3}Z$/,
    name: logicalNames.time,
    format: simpleDateFormat("HH:mm:ss.SSS'Z'", never),
  },
  {
    pattern: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/,
    name: logicalNames.timestamp,
    format: simpleDateFormat("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", never),
  },
] as const;

export function literal(text: string): Literal {
  if (text === 'true' || text === 'false')
    return { schema: { type: 'BOOLEAN', optional: false }, value: text === 'true' };
  if (text === 'null') return { schema: null, value: null };
  for (const { pattern, name, format } of dates) {
    if (!pattern.test(text)) continue;
    const ms = format.parse(text) ?? 0;
    const type = name === logicalNames.timestamp ? 'INT64' : 'INT32';
    return {
      schema: { type, optional: false, name, version: 1 },
      value: name === logicalNames.date ? ms / 86_400_000 : ms,
    };
  }
  return numberLiteral(text) ?? { schema: { type: 'STRING', optional: false }, value: text };
}

/** The smallest type that holds the number, a whole one if it is one (`1e3`). */
function numberLiteral(text: string): Literal | undefined {
  const match = /^([+-]?\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text);
  if (match === null) return undefined;
  const [, whole = '', fraction = '', exponent = '0'] = match;
  const scale = fraction.replace(/0+$/, '').length - Number(exponent);
  if (scale <= 0) return wholeLiteral(BigInt(whole + fraction.replace(/0+$/, '')) * 10n ** BigInt(-scale));
  const value = Number(text);
  if (Math.abs(value) <= floatMax) return { schema: { type: 'FLOAT32', optional: false }, value: Math.fround(value) };
  return { schema: { type: 'FLOAT64', optional: false }, value };
}

const floatMax = 3.4028234663852886e38;

function wholeLiteral(value: bigint): Literal {
  for (const [type, bits] of [
    ['INT8', 8],
    ['INT16', 16],
    ['INT32', 32],
    ['INT64', 64],
  ] as const)
    if (BigInt.asIntN(bits, value) === value)
      return { schema: { type, optional: false }, value: Number.isSafeInteger(Number(value)) ? Number(value) : value };
  return { schema: decimal(0), value: bytesOf(value) };
}

function decimal(scale: number): ConnectSchema {
  return {
    type: 'BYTES',
    optional: false,
    name: logicalNames.decimal,
    version: 1,
    parameters: new Map([['scale', String(scale)]]),
  };
}
