/** Functions of bytes and encodings. */
import { createHash } from 'node:crypto';
import type { ScalarFunction } from './declaration.ts';
import { overload, scalar } from './declaration.ts';

const fromBytes = (
  name: string,
  type: string,
  bytes: number,
  read: (b: Buffer, little: boolean) => number | bigint,
): ScalarFunction => {
  const call = (value: Uint8Array, given: string): number | bigint => {
    const order = given.toUpperCase();
    if (value.length !== bytes)
      throw new RangeError(`Number of bytes must be equal to ${bytes}, but found ${value.length}`);
    if (order !== 'BIG_ENDIAN' && order !== 'LITTLE_ENDIAN')
      throw new RangeError(`Byte order must be BIG_ENDIAN or LITTLE_ENDIAN. Unknown byte order '${given}'.`);
    return read(Buffer.from(value), order === 'LITTLE_ENDIAN');
  };
  return scalar(
    'CONVERSIONS',
    name,
    `A number from its ${bytes} bytes.`,
    overload(`(value: BYTES) ${type}`, { neverNull: true, call: (value: Uint8Array) => call(value, 'BIG_ENDIAN') }),
    overload(`(value: BYTES, byteOrder: STRING) ${type}`, { neverNull: true, call }),
  );
};

const long = (value: bigint): number | bigint => (Number.isSafeInteger(Number(value)) ? Number(value) : value);

export const bytesFunctions: readonly ScalarFunction[] = [
  scalar(
    'STRING',
    'to_bytes',
    'Bytes from text in an encoding.',
    overload('(value: STRING, encoding: STRING) BYTES', { neverNull: true, call: decode }),
  ),
  scalar(
    'STRING',
    'from_bytes',
    'Bytes as text in an encoding.',
    overload('(value: BYTES, encoding: STRING) STRING', {
      neverNull: true,
      call: (value: Uint8Array, encoding: string) => encode(Buffer.from(value), encoding),
    }),
  ),
  fromBytes('int_from_bytes', 'INTEGER', 4, (b, little) => (little ? b.readInt32LE() : b.readInt32BE())),
  fromBytes('bigint_from_bytes', 'BIGINT', 8, (b, little) => long(little ? b.readBigInt64LE() : b.readBigInt64BE())),
  fromBytes('double_from_bytes', 'DOUBLE', 8, (b, little) => (little ? b.readDoubleLE() : b.readDoubleBE())),
  scalar(
    'STRING',
    'encode',
    'Text from one encoding into another.',
    overload('(str: STRING, inputEncoding: STRING, outputEncoding: STRING) STRING', {
      neverNull: true,
      call: (text: string, from: string, to: string) => {
        const [input, output] = [from.toLowerCase(), to.toLowerCase()];
        if (input === output || ![input, output].every((name) => /^(hex|utf8|ascii|base64)$/.test(name)))
          throw new RangeError('Supported input and output encodings are: hex, utf8, ascii and base64');
        return encode(
          input === 'base64' ? Buffer.from(text, 'base64') : decode(hexStripped(text, input), input),
          output,
          true,
        );
      },
    }),
  ),
  scalar(
    'STRING',
    'md5',
    'The MD5 digest of a text, in hex.',
    overload('(s: STRING) STRING', {
      neverNull: true,
      call: (text: string) => createHash('md5').update(text).digest('hex'),
    }),
  ),
  scalar(
    'STRING',
    'UUID',
    'A new random UUID, or the one of 16 bytes.',
    overload('() STRING', (_, context) => ({ neverNull: true, call: () => context.uuid() })),
    overload('(bytes: BYTES) STRING', { call: uuidText }),
  ),
];

function decode(text: string, encoding: string): Buffer {
  switch (encoding.toLowerCase()) {
    case 'hex':
      if (text.length % 2 === 1) throw new RangeError(`hexBinary needs to be even-length: ${text}`);
      if (!/^[0-9a-fA-F]*$/.test(text)) throw new RangeError(`contains illegal character for hexBinary: ${text}`);
      return Buffer.from(text, 'hex');
    case 'utf8':
      return Buffer.from(text, 'utf8');
    case 'ascii':
      // What is not ASCII becomes a question mark, as in Java.
      return Buffer.from(Array.from(text, (c) => (c.charCodeAt(0) < 128 ? c.charCodeAt(0) : 63)));
    case 'base64':
      return base64Bytes(text);
    default:
      throw new RangeError(
        `Unknown encoding type '${encoding}'. Supported formats are 'hex', 'utf8', 'ascii', and 'base64'.`,
      );
  }
}

/** ENCODE takes hexadecimal texts also as 0xAB and X'AB'; only after 0x the first digit may stand alone. */
function hexStripped(text: string, encoding: string): string {
  if (encoding !== 'hex') return text;
  if (text.startsWith('0x')) return text.length % 2 === 1 ? `0${text.slice(2)}` : text.slice(2);
  return text.replace(/^[xX]'(.*)'$/, '$1');
}

/** Strictly: no other characters, no wrong end. @throws RangeError */
export function base64Bytes(text: string): Buffer {
  const digits = text.replace(/={1,2}$/, '');
  const padded = digits.length !== text.length;
  if (!/^[A-Za-z0-9+/]*$/.test(digits) || digits.length % 4 === 1 || (padded && text.length % 4 !== 0))
    throw new RangeError(`Illegal base64 text: ${text}`);
  return Buffer.from(text, 'base64');
}

function encode(bytes: Buffer, encoding: string, lower = false): string {
  switch (encoding.toLowerCase()) {
    case 'hex': {
      const text = bytes.toString('hex');
      return lower ? text : text.toUpperCase();
    }
    case 'utf8':
      return bytes.toString('utf8');
    case 'ascii':
      return Array.from(bytes, (byte) => (byte < 128 ? String.fromCharCode(byte) : '\ufffd')).join('');
    case 'base64':
      return bytes.toString('base64');
    default:
      throw new RangeError(
        `Unknown encoding type '${encoding}'. Supported formats are 'hex', 'utf8', 'ascii', and 'base64'.`,
      );
  }
}

function uuidText(bytes: Uint8Array): string | null {
  if (bytes.length !== 16) return null;
  const hex = Buffer.from(bytes).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
