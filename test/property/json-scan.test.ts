/** The JSON scanner against `JSON.parse`, over texts that are made up. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonBare, JsonScanner, jsonValue } from '../../src/runtime/compiler/json-scan.ts';
import { writeZigzagBigint } from '../../src/runtime/output.ts';
import { longBigint } from '../../src/runtime/compiler/bytes.ts';
import type { SqlType } from '../../src/sql/types.ts';

const double: SqlType = { kind: 'DOUBLE' };
const string: SqlType = { kind: 'STRING' };

const digits = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 18 }).map((list) => list.join(''));
const number = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(
      fc.constant('0'),
      digits.filter((text) => !text.startsWith('0')),
    ),
    fc.oneof(
      fc.constant(''),
      digits.map((text) => `.${text}`),
    ),
    fc.constantFrom('', '', 'e5', 'E-7', 'e+12'),
  )
  .map((parts) => parts.join(''));

/** What the scanner makes of a whole text; undefined where it refuses it. */
function bare(text: string, type: SqlType): unknown {
  const bytes = Buffer.from(text);
  try {
    return jsonBare(bytes, 0, bytes.length, type);
  } catch {
    return undefined;
  }
}

describe('the JSON scanner', () => {
  it('reads numbers as JSON.parse does', () => {
    fc.assert(
      fc.property(number, (text) => {
        expect(bare(text, double)).toBe(JSON.parse(text));
      }),
    );
  });

  it('reads whole numbers with all their digits, without a fraction', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), digits, (value, fraction) => {
        const expected = Number.isSafeInteger(Number(value)) ? Number(value) : value;
        expect(bare(`${value}`, { kind: 'BIGINT' })).toBe(expected);
        expect(bare(`${value}.${fraction}`, { kind: 'BIGINT' })).toBe(expected);
      }),
    );
  });

  it('reads texts as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (text) => {
        expect(bare(JSON.stringify(text), string)).toBe(JSON.parse(JSON.stringify(text)));
      }),
    );
  });

  it('refuses what JSON.parse refuses', () => {
    const junk = fc.array(
      fc.constantFrom(
        '0',
        '1',
        '-',
        '+',
        '.',
        'e',
        'E',
        't',
        'true',
        'null',
        'fals',
        'x',
        '"',
        '{',
        '}',
        '[',
        ']',
        ',',
      ),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(junk, (parts) => {
        const text = parts.join('');
        let isJson = true;
        try {
          JSON.parse(text);
        } catch {
          isJson = false;
        }
        expect(bare(text, string) !== undefined).toBe(isJson);
      }),
      { numRuns: 2000 },
    );
  });

  it('finds members whatever the members of the record before were', () => {
    const names = ['A', 'Ab', 'Ünïcode', 'c'];
    const scanner = new JsonScanner(names);
    const object = fc.dictionary(fc.constantFrom(...names, 'other', 'a\\b'), fc.integer(), { maxKeys: 6 });
    fc.assert(
      fc.property(object, (value) => {
        const bytes = Buffer.from(JSON.stringify(value));
        scanner.object(bytes, 0, bytes.length);
        for (const [i, name] of names.entries()) {
          const [from = -1, to = -1] = scanner.spans.subarray(i * 2, i * 2 + 2);
          expect(from < 0 ? undefined : jsonValue(bytes, from, to, double)).toBe(value[name]);
        }
      }),
    );
  });
});

it('varints of 64 bits come back', () => {
  const b = Buffer.alloc(10);
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
      writeZigzagBigint(b, 0, value);
      expect(longBigint(b, 0)).toBe(value);
    }),
  );
});
