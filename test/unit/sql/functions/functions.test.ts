import { describe, expect, it } from 'vitest';
import { functionId, parseFunctionId } from '../../../../src/sql/functions/function-id.ts';
import { functionLookup } from '../../../../src/sql/functions/lookup.ts';
import { chooseOverload, FunctionRegistry, NoOverload } from '../../../../src/sql/functions/registry.ts';
import type { Argument } from '../../../../src/sql/functions/signature.ts';
import { signatureText } from '../../../../src/sql/functions/signature.ts';
import { parseTypeText, typeText } from '../../../../src/sql/types.ts';
import type { SqlType } from '../../../../src/sql/types.ts';

const functions = functionLookup({ now: () => 1_600_000_000_000, random: () => 0.25, uuid: () => 'u' });

/** Calls a function by its id, as a generated loop would. */
function run(id: string, ...args: unknown[]): unknown {
  const fn = functions(id);
  if (fn === undefined) throw new Error(`there is no ${id}`);
  if (fn.nulls === 'propagate' && args.includes(null)) return null;
  if (fn.call !== undefined) return (fn.call as (...values: unknown[]) => unknown)(...args);
  const text = fn.inline?.(
    args.map((_, i) => `a[${i}]`),
    args.some((arg) => typeof arg === 'bigint'),
  );
  return new Function('a', `return ${text};`)(args);
}

const type = (text: string): SqlType => parseTypeText(text) as SqlType;

describe('ids of functions', () => {
  it('tell the types of the arguments', () => {
    for (const id of [
      'ucase:string',
      'pi:',
      'transform:ARRAY<STRING>,lambda1',
      'dateadd:unit,integer,date',
      'abs:DECIMAL(4, 2)',
      'x:STRUCT<`A,B` MAP<STRING, DECIMAL(3, 1)>>,BIGINT',
    ]) {
      const parsed = parseFunctionId(id);
      expect(parsed, id).toBeDefined();
      expect(functionId(parsed?.name ?? '', parsed?.args ?? [])).toBe(id);
    }
  });

  it('print types that can be read', () => {
    for (const text of [
      'DECIMAL(10, 2)',
      'ARRAY<MAP<STRING, BIGINT>>',
      'STRUCT<`a``b` STRING, `C` STRUCT<`D` DATE>>',
      'STRUCT<>',
    ]) {
      expect(typeText(type(text))).toBe(text);
    }
  });
});

describe('the choice of an overload', () => {
  const choose = (name: string, ...types: (string | null)[]): string => {
    const fn = FunctionRegistry.builtIn.scalar(name);
    if (fn === undefined) throw new Error(name);
    const args = types.map(
      (text): Argument => (text === null ? { kind: 'null' } : { kind: 'typed', type: type(text) }),
    );
    const chosen = chooseOverload(fn, args, (arg) => (arg.kind === 'typed' ? typeText(arg.type) : arg.kind));
    return chosen instanceof NoOverload
      ? (chosen.message.split('\n')[0] ?? '')
      : signatureText(fn.name, chosen.overload.signature);
  };

  it('takes what fits, then what widens', () => {
    expect(choose('abs', 'BIGINT')).toBe('Abs(BIGINT val)');
    expect(choose('power', 'INTEGER', 'DOUBLE')).toBe('power(DOUBLE base, DOUBLE exponent)');
    expect(choose('array_contains', 'ARRAY<STRING>', 'STRING')).toBe('ARRAY_CONTAINS(ARRAY<T> array, T val)');
    expect(choose('substring', 'STRING', null)).toBe('substring(VARCHAR str, INT pos)');
  });

  it('says why there is none', () => {
    expect(choose('ucase', 'BIGINT')).toBe("Function 'ucase' does not accept parameters (BIGINT).");
    expect(choose('least', 'INTEGER', 'BIGINT')).toBe(
      "Function 'least' cannot be resolved due to ambiguous method parameters (INTEGER, BIGINT).",
    );
    expect(choose('array_contains', 'ARRAY<STRING>', 'BIGINT')).toBe(
      "Function 'ARRAY_CONTAINS' does not accept parameters (ARRAY<STRING>, BIGINT).",
    );
  });
});

describe('functions and operators', () => {
  it.each<[id: string, args: unknown[], result: unknown]>([
    ['add:integer', [2_147_483_647, 1], -2_147_483_648],
    ['divide:integer', [-7, 2], -3],
    ['divide:integer', [1, 0], null],
    ['divide:bigint', [-7, 2], -3],
    ['divide:bigint', [-7n, 2n], -3n],
    ['multiply:integer', [65_536, 65_537], 65_536],
    ['modulo:double', [5.5, 2], 1.5],
    ['add:DECIMAL(3, 2),DECIMAL(3, 1)', ['1.25', '0.5'], '1.75'],
    ['divide:DECIMAL(2, 1),DECIMAL(2, 1)', ['1.0', '2.5'], '0.400000'],
    ['multiply:DECIMAL(2, 1),DECIMAL(2, 1)', ['-1.5', '0.3'], '-0.45'],
    ['compare-lt:decimal', ['1.10', '1.2'], true],
    [
      'compare-eq:ARRAY<BIGINT>',
      [
        [1, 2n],
        [1n, 2],
      ],
      true,
    ],
    ['compare-distinct:string', [null, null], false],
    ['like:string', ['a_b', 'a%'], true],
    ['like:string,escape', ['a_b', 'a!_b', '!'], true],
    ['element:ARRAY<STRING>', [['a', 'b'], -1], 'b'],
    ['element:MAP<STRING, BIGINT>', [{ a: 1 }, 'b'], null],
    ['abs:DECIMAL(3, 1)', ['-1.5'], '1.5'],
    ['round:double', [-1.5], -1],
    ['round:double,integer', [2.345, 2], 2.35],
    ['round:DECIMAL(4, 2)', ['2.50'], '3'],
    ['round:DECIMAL(4, 2),INTEGER', ['-2.55', 1], '-2.50'],
    ['trunc:DECIMAL(4, 2),INTEGER', ['-2.59', 1], '-2.50'],
    ['ceil:DECIMAL(4, 2)', ['-2.59'], '-2.00'],
    ['floor:DECIMAL(4, 2)', ['-2.59'], '-3.00'],
    ['greatest:integer,integer,integer', [1, null, 3], 3],
    ['log:integer,integer', [2, 8], 3],
    ['sign:bigint', [-5n], -1],
    ['initcap:string', ['the qUICK fox'], 'The Quick Fox'],
    ['substring:string,integer,integer', ['stream', -3, 2], 'ea'],
    ['instr:string,string,integer,integer', ['corporate floor', 'or', 3, 2], 14],
    ['instr:string,string,integer', ['corporate floor', 'or', -3], 5],
    ['lpad:string,integer,string', ['foo', 7, 'Bar'], 'BarBfoo'],
    ['rpad:string,integer,string', ['foo', 2, 'Bar'], 'fo'],
    ['concat_ws:string,string,string', ['-', null, 'b'], 'b'],
    ['split_to_map:string,string,string', ['a:=1;b:=2', ';', ':='], { a: '1', b: '2' }],
    ['mask:string', ['My Test $123'], 'Xx-Xxxx--nnn'],
    ['mask_keep_right:string,integer', ['Abc123', 2], 'Xxxn23'],
    ['regexp_extract:string,string,integer', ['(.*) (.*)', 'hello there', 2], 'there'],
    ['regexp_replace:string,string,string', ['a1b2', '\\d+', '#'], 'a#b#'],
    ['regexp_split_to_array:string,string', ['a-b+c', '[+-]'], ['a', 'b', 'c']],
    ['array_distinct:ARRAY<BIGINT>', [[1, 2, 1, null, null]], [1, 2, null]],
    ['array_sort:ARRAY<STRING>,STRING', [['b', null, 'a'], 'DESC'], ['b', 'a', null]],
    ['array_max:ARRAY<DECIMAL(2, 1)>', [['1.0', '9.0', '-9.9']], '9.0'],
    ['slice:ARRAY<INTEGER>,INTEGER,INTEGER', [[1, 2, 3], 2, 3], [2, 3]],
    ['generate_series:integer,integer,integer', [5, 1, -2], [5, 3, 1]],
    [
      'as_map:ARRAY<STRING>,ARRAY<INTEGER>',
      [
        ['a', 'b'],
        [1, 2],
      ],
      { a: 1, b: 2 },
    ],
    [
      'extractjsonfield:string,string',
      ['{"a":{"b":[1,{"c":12345678901234567890}]}}', '$.a.b[1].c'],
      '12345678901234567890',
    ],
    ['json_concat:string,string', ['{"a":1}', '{"b":2}'], '{"a":1,"b":2}'],
    ['json_array_contains:string,double', ['[1, 2.5]', 2.5], true],
    ['to_json_string:STRUCT<`B` DOUBLE, `A` STRING>', [{ A: 'x', B: 1 }], '{"A":"x","B":1.0}'],
    ['is_json_string:string', ['[1,]'], false],
    ['url_extract_host:string', ['https://user@docs.confluent.io:8080/a?b=c#d'], 'docs.confluent.io'],
    ['url_extract_parameter:string,string', ['http://x.y/?a=%20b&c', 'a'], ' b'],
    ['url_encode_param:string', ['a b&c'], 'a+b%26c'],
    ['encode:string,string,string', ['4578616d706c6521', 'hex', 'utf8'], 'Example!'],
    ['bigint_from_bytes:bytes', [Buffer.from('0000000000000005', 'hex')], 5],
    ['coalesce:string,string', [null, 'x'], 'x'],
    ['nullif:string,string', ['x', 'x'], null],
    ['dateadd:unit,integer,date', ['DAYS', 3, 18_321], 18_324],
    ['dateadd:unit,integer,date', ['MONTHS', 12, 18_321], 18_686],
    ['timesub:unit,integer,time', ['HOURS', 2, 3_600_000], 82_800_000],
    ['format_date:date,string', [18_321, 'dd MMM yyyy'], '29 Feb 2020'],
    [
      'parse_timestamp:string,string,string',
      ['2021-07-01 10:00', 'yyyy-MM-dd HH:mm', 'Europe/Berlin'],
      1_625_126_400_000,
    ],
    ['format_timestamp:timestamp,string,string', [1_526_075_913_000, 'HH:mm z', 'America/Los_Angeles'], '14:58 PDT'],
    ['convert_tz:timestamp,string,string', [0, 'UTC', 'Asia/Tokyo'], 32_400_000],
    ['unix_timestamp:', [], 1_600_000_000_000],
    ['random:', [], 0.25],
    [
      'cube_explode:ARRAY<INTEGER>',
      [[1, 2]],
      [
        [null, null],
        [null, 2],
        [1, null],
        [1, 2],
      ],
    ],
  ])('%s, %#', (id, args, result) => {
    expect(run(id, ...args)).toEqual(result);
  });

  it('take functions', () => {
    expect(run('transform:ARRAY<BIGINT>,lambda1', [1, 2], (x: number) => x + 1)).toEqual([2, 3]);
    expect(
      run('reduce:MAP<STRING, BIGINT>,BIGINT,lambda3', { a: 1, b: 2 }, 10, (s: number, _: string, v: number) => s + v),
    ).toBe(13);
  });

  it('all have a category, a description and at least one overload', () => {
    for (const fn of FunctionRegistry.builtIn.list()) {
      expect(fn.description, fn.name).toMatch(/\.$/);
      expect(fn.category, fn.name).not.toBe('');
      expect(fn.overloads.length, fn.name).toBeGreaterThan(0);
    }
  });
});
