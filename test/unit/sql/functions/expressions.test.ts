/**
 * Every scalar function, and the operators, as a query computes them: an expression of SQL, over one row, and the JSON that comes
 * out. A function without a line here fails the last test.
 */
import { expect, it } from 'vitest';
import { planDriver } from '../../../../src/runtime/driver.ts';
import { Catalog } from '../../../../src/sql/catalog/catalog.ts';
import { parseKsql } from '../../../../src/sql/dialects/ksqldb/parser.ts';
import { planStatement } from '../../../../src/sql/dialects/ksqldb/planner.ts';
import { functionLookup } from '../../../../src/sql/functions/lookup.ts';
import { FunctionRegistry } from '../../../../src/sql/functions/registry.ts';

const stream =
  'CREATE STREAM s (i INT, l BIGINT, d DOUBLE, b BOOLEAN, t STRING, c DECIMAL(5, 2), a ARRAY<INT>, m MAP<STRING, INT>, ' +
  'st STRUCT<x INT, y STRING>, dt DATE, ti TIME, ts TIMESTAMP, bt BYTES, n INT, ns STRING) ' +
  "WITH (KAFKA_TOPIC='s', PARTITIONS=1, VALUE_FORMAT='JSON');";
const row =
  '{"I":5,"L":7,"D":1.5,"B":true,"T":"Hello World","C":12.34,"A":[3,1,2],"M":{"a":1,"b":2},"ST":{"X":1,"Y":"q"},"DT":18000,"TI":3600000,"TS":1600000000000,"BT":"AQID"}';

/** The value as it stands in the JSON of the result. */
function value(expression: string): string {
  let catalog = Catalog.empty;
  for (const parsed of parseKsql(`${stream} CREATE STREAM o AS SELECT ${expression} AS v, 1 AS w FROM s;`)) {
    const plan = planStatement(parsed, { catalog, session: {}, schemas: new Map(), nextQueryNumber: 0, text: '' });
    if (plan.do === 'ddl') catalog = catalog.with(...plan.changes);
    if (plan.do !== 'start-query') continue;
    const driver = planDriver(plan.query.plan, {
      functions: functionLookup({ now: () => 86_400_005, random: () => 0.25, uuid: () => 'a-uuid' }),
    });
    const [out] = driver.feed({ topic: 's', key: null, value: Buffer.from(row), timestamp: 0 });
    return /^\{"V":(.*),"W":1\}$/.exec(String(out?.value))?.[1] ?? String(out?.value);
  }
  return 'nothing';
}

const table: readonly (readonly [string, string])[] = [
  // Comparisons are true or false, never null.
  ['i > 3', 'true'],
  ['n > 3', 'false'],
  ['NOT (n > 3)', 'true'],
  ['n IS DISTINCT FROM 5', 'true'],
  ['n IS NOT DISTINCT FROM i', 'false'],
  ['n IN (5, 6)', 'false'],
  ['n NOT IN (1)', 'true'],
  ['i BETWEEN 5 AND 9', 'true'],
  ['n BETWEEN 1 AND 9', 'false'],
  ["t LIKE 'He%'", 'true'],
  ["t LIKE 'H!_%' ESCAPE '!'", 'false'],
  ["ns LIKE 'He%'", 'null'],
  ['a = ARRAY[3, 1, 2]', 'true'],
  ["st = STRUCT(x := 1, y := 'q')", 'true'],
  ["dt > '2019-01-01'", 'true'],
  ["ts < '2030-01-01T00:00:00'", 'true'],
  ["ti = '01:00:00'", 'true'],
  // Arithmetic.
  ['i + l', '12'],
  ['n + 1', 'null'],
  ['i * d', '7.5'],
  ['c + i', '17.34'],
  ['c * c', '152.2756'],
  ['c / 3', 'null'],
  ['c / 2', '6.1700000000000'],
  ['i / 2', '2'],
  ['i % 2', '1'],
  ['-i', '-5'],
  ['i / 0', 'null'],
  ['d / 0', '"Infinity"'],
  ['9223372036854775807 + i', '-9223372036854775804'],
  ['0.1 + 0.2', '0.3'],
  ["t + '!'", '"Hello World!"'],
  ["t || '?'", '"Hello World?"'],
  // CASE, casts, structures.
  ["CASE i WHEN 5 THEN 'five' ELSE 'other' END", '"five"'],
  ["CASE WHEN n > 1 THEN 'more' END", 'null'],
  ['CAST(i AS STRING)', '"5"'],
  ['CAST(d AS INT)', '1'],
  ['CAST(t AS INT)', 'null'],
  ['CAST(c AS DECIMAL(4, 1))', '12.3'],
  ['CAST(i AS DECIMAL(10, 2))', '5.00'],
  ["CAST('yes' AS BOOLEAN)", 'true'],
  ['CAST(ts AS STRING)', '"2020-09-13T12:26:40.000"'],
  ['CAST(ts AS DATE)', '18518'],
  ['CAST(dt AS TIMESTAMP)', '1555200000000'],
  ['CAST(a AS ARRAY<STRING>)', '["3","1","2"]'],
  ["CAST(MAP('x' := l) AS MAP<STRING, INT>)", '{"x":7}'],
  ['a[1]', '3'],
  ['a[-1]', '2'],
  ['a[9]', 'null'],
  ["m['a']", '1'],
  ["m['z']", 'null'],
  ['st->y', '"q"'],
  ["ARRAY[1, CAST('x' AS INT)]", '[1,null]'],
  ["STRUCT(u := i, v := CAST('x' AS INT))", '{"U":5,"V":null}'],
  // What fails in an argument is null there.
  ["COALESCE(CAST('x' AS INT), 3)", '3'],
  ["COALESCE(PARSE_DATE('x', 'yyyy-MM-dd'), PARSE_DATE('1970-01-03', 'yyyy-MM-dd'))", '2'],
  // Mathematical.
  ['ABS(-3)', '3'],
  ['CEIL(c)', '13.00'],
  ['FLOOR(-1.5e0)', '-2.0'],
  ['ROUND(2.5e0)', '3'],
  ['ROUND(-2.5e0)', '-2'],
  ['ROUND(-0.2e0)', '0'],
  ['ROUND(1e19)', '9223372036854775807'],
  ['ROUND(c, 1)', '12.30'],
  ['ROUND(c)', '12'],
  ['TRUNC(c, 1)', '12.30'],
  ['TRUNC(-2.9e0)', '-2'],
  ['SIGN(-2)', '-1'],
  ['SQRT(2)', '1.4142135623730951'],
  ['CBRT(27)', '3.0'],
  ['EXP(1)', '2.718281828459045'],
  ['LN(1)', '0.0'],
  ['LOG(2, 8)', '3.0'],
  ['LOG(-1, 8)', '"NaN"'],
  ['POWER(2, 10)', '1024.0'],
  ['SIN(0)', '0.0'],
  ['COS(0)', '1.0'],
  ['TAN(0)', '0.0'],
  ['COT(1)', '0.6420926159343306'],
  ['SINH(0)', '0.0'],
  ['COSH(0)', '1.0'],
  ['TANH(0)', '0.0'],
  ['ASIN(0)', '0.0'],
  ['ACOS(1)', '0.0'],
  ['ATAN(0)', '0.0'],
  ['ATAN2(1, 1)', '0.7853981633974483'],
  ['DEGREES(PI())', '180.0'],
  ['RADIANS(180)', '3.141592653589793'],
  ['RANDOM()', '0.25'],
  ['GREATEST(1, 2, null)', '2'],
  ['GREATEST(c, 1.5, null)', '12.34'],
  ["LEAST('b', 'a')", '"a"'],
  ['GEO_DISTANCE(52.5e0, 13.4e0, 48.1e0, 11.6e0)', '505.6430265523955'],
  // Text.
  ['UCASE(t)', '"HELLO WORLD"'],
  ['LCASE(t)', '"hello world"'],
  ["INITCAP(' heLLo wORLD')", '"Hello World"'],
  ["TRIM('  x ')", '"x"'],
  ['LEN(t)', '11'],
  ['LEN(bt)', '3'],
  ["CONCAT(t, 'x', null)", '"Hello Worldx"'],
  ['CONCAT(bt, bt)', '"AQIDAQID"'],
  ["CONCAT_WS('-', t, null, 'z')", '"Hello World-z"'],
  ["CONCAT_WS('-')", 'null'],
  ['SUBSTRING(t, 3)', '"llo World"'],
  ['SUBSTRING(t, -5, 2)', '"Wo"'],
  ["INSTR(t, 'o')", '5'],
  ["INSTR(t, 'o', -1)", '8'],
  ["INSTR(t, 'o', 1, 2)", '8'],
  ["REPLACE(t, 'l', 'L')", '"HeLLo WorLd"'],
  ["LPAD('x', 3, 'ab')", '"abx"'],
  ["RPAD('x', 4, 'ab')", '"xaba"'],
  ['CHR(75)', '"K"'],
  ["SPLIT(t, ' ')", '["Hello","World"]'],
  ["SPLIT_TO_MAP('a=1,b=2,,c', ',', '=')", '{"a":"1","b":"2"}'],
  ["ELT(2, 'a', 'b')", '"b"'],
  ["FIELD('b', 'a', 'b')", '2'],
  ["MASK('AbC 12-z')", '"XxX-nn-x"'],
  ["MASK('AbC1-', 'U', 'l', 'd', null)", '"UlUd-"'],
  ["MASK_LEFT('AbC1', 2)", '"XxC1"'],
  ["MASK_RIGHT('AbC1', 2)", '"AbXn"'],
  ["MASK_KEEP_LEFT('AbC1', 2)", '"AbXn"'],
  ["MASK_KEEP_RIGHT('AbC1', 2)", '"XxC1"'],
  ["MASK_KEEP_RIGHT('AbC1', -2)", 'null'],
  ["REGEXP_EXTRACT('(.*) (.*)', t, 2)", '"World"'],
  ["REGEXP_EXTRACT('zzz', t)", 'null'],
  ["REGEXP_EXTRACT_ALL('o.?', t)", '["o ","or"]'],
  ["REGEXP_REPLACE(t, 'o', '0')", '"Hell0 W0rld"'],
  ["REGEXP_SPLIT_TO_ARRAY(t, 'o')", '["Hell"," W","rld"]'],
  ["MD5('x')", '"9dd4e461268c8034f5c8564e155c67a6"'],
  ['UUID()', '"a-uuid"'],
  ["ENCODE('abc', 'utf8', 'hex')", '"616263"'],
  ["ENCODE('0x1', 'hex', 'base64')", '"AQ=="'],
  ["ENCODE('123', 'hex', 'base64')", 'null'],
  // Bytes.
  ["FROM_BYTES(bt, 'hex')", '"010203"'],
  ["TO_BYTES('abc', 'utf8')", '"YWJj"'],
  ["INT_FROM_BYTES(TO_BYTES('00000001', 'hex'))", '1'],
  ["INT_FROM_BYTES(TO_BYTES('01000000', 'hex'), 'LITTLE_ENDIAN')", '1'],
  ["BIGINT_FROM_BYTES(TO_BYTES('7FFFFFFFFFFFFFFF', 'hex'))", '9223372036854775807'],
  ["DOUBLE_FROM_BYTES(TO_BYTES('3FF0000000000000', 'hex'))", '1.0'],
  ['INT_FROM_BYTES(bt)', 'null'],
  // Arrays and maps.
  ['ARRAY_CONTAINS(a, 1)', 'true'],
  ['ARRAY_DISTINCT(ARRAY[1, 1, 2])', '[1,2]'],
  ['ARRAY_EXCEPT(a, ARRAY[1])', '[3,2]'],
  ['ARRAY_INTERSECT(a, ARRAY[1, 9])', '[1]'],
  ['ARRAY_UNION(a, ARRAY[9])', '[3,1,2,9]'],
  ['ARRAY_CONCAT(a, a)', '[3,1,2,3,1,2]'],
  ["ARRAY_JOIN(a, '-')", '"3-1-2"'],
  ['ARRAY_LENGTH(a)', '3'],
  ['ARRAY_MAX(a)', '3'],
  ['ARRAY_MIN(a)', '1'],
  ['ARRAY_REMOVE(a, 1)', '[3,2]'],
  ['ARRAY_SORT(a)', '[1,2,3]'],
  ["ARRAY_SORT(a, 'DESC')", '[3,2,1]'],
  ['SLICE(a, 1, 2)', '[3,1]'],
  ['GENERATE_SERIES(1, 5, 2)', '[1,3,5]'],
  ['GENERATE_SERIES(3, 1)', '[3,2,1]'],
  ['ENTRIES(m, true)', '[{"K":"a","V":1},{"K":"b","V":2}]'],
  ["AS_MAP(ARRAY['x', 'y'], ARRAY[1])", '{"x":1,"y":null}'],
  ['MAP_KEYS(m)', '["a","b"]'],
  ['MAP_VALUES(m)', '[1,2]'],
  ["MAP_UNION(m, MAP('b' := 3))", '{"a":1,"b":3}'],
  // Java's hash order, which decides what a map is taken in.
  [
    "REDUCE(MAP('yes, thanks' := 1, 'nope' := 2, 'sure, yeah' := 3), '', (s, k, v) => CONCAT(s, CAST(v AS STRING)))",
    '"132"',
  ],
  ['TRANSFORM(a, x => x * 2)', '[6,2,4]'],
  ['TRANSFORM(m, (k, v) => UCASE(k), (k, v) => v + 1)', '{"A":2,"B":3}'],
  ["TRANSFORM(ARRAY[1, CAST('x' AS INT)], x => x + 1)", 'null'],
  ['FILTER(a, x => x > 1)', '[3,2]'],
  ['FILTER(m, (k, v) => v > 1)', '{"b":2}'],
  ['REDUCE(a, 0, (s, x) => s + x)', '6'],
  // JSON.
  ['EXTRACTJSONFIELD(\'{"a":{"b":[1,2]}}\', \'$.a.b[1]\')', '"2"'],
  ["IS_JSON_STRING('[]')", 'true'],
  ["JSON_ARRAY_CONTAINS('[\"x\",1]', 'x')", 'true'],
  ["JSON_ARRAY_LENGTH('[1,2]')", '2'],
  ['JSON_CONCAT(\'{"a":1}\', \'{"b":2}\')', '"{\\"a\\":1,\\"b\\":2}"'],
  ["JSON_CONCAT('[1]', '2')", '"[1,2]"'],
  ['JSON_ITEMS(\'[{"a":1},2]\')', '["{\\"a\\":1}","2"]'],
  ['JSON_KEYS(\'{"a":1,"b":{}}\')', '["a","b"]'],
  ['JSON_RECORDS(\'{"a":"x","b":{"c":1}}\')', '{"a":"x","b":"{\\"c\\":1}"}'],
  ['TO_JSON_STRING(st)', '"{\\"X\\":1,\\"Y\\":\\"q\\"}"'],
  // URLs.
  ["URL_EXTRACT_HOST('https://u:p@ho.st:80/p')", '"ho.st"'],
  ["URL_EXTRACT_PORT('https://ho.st:80/p')", '80'],
  ["URL_EXTRACT_PATH('https://x/a/b')", '"/a/b"'],
  ["URL_EXTRACT_PROTOCOL('https://x')", '"https"'],
  ["URL_EXTRACT_QUERY('https://ho.st/p?x=1&y=2')", '"x=1&y=2"'],
  ["URL_EXTRACT_FRAGMENT('https://x#f')", '"f"'],
  ["URL_EXTRACT_PARAMETER('https://ho.st/p?x=1&y=a%20b', 'y')", '"a b"'],
  ["URL_ENCODE_PARAM('a b&c/é')", '"a+b%26c%2F%C3%A9"'],
  ["URL_DECODE_PARAM('a+b%26')", '"a b&"'],
  // Dates and times.
  ['DATEADD(DAYS, 2, dt)', '18002'],
  ['DATESUB(HOURS, 1, FROM_DAYS(0))', '0'],
  ['TIMEADD(HOURS, 23, ti)', '0'],
  ['TIMESUB(HOURS, 2, ti)', '82800000'],
  ['TIMESTAMPADD(DAYS, 1, ts)', '1600086400000'],
  ['TIMESTAMPSUB(MINUTES, 1, ts)', '1599999940000'],
  ["FORMAT_DATE(dt, 'yyyy-MM-dd EEE')", '"2019-04-14 Sun"'],
  ["FORMAT_TIME(ti, 'HH:mm:ss')", '"01:00:00"'],
  ["FORMAT_TIMESTAMP(ts, 'yyyy-MM-dd HH:mm:ss.SSS', 'Europe/Berlin')", '"2020-09-13 14:26:40.000"'],
  ["PARSE_DATE('2020-02-29', 'yyyy-MM-dd')", '18321'],
  ["PARSE_TIME('12:30', 'HH:mm')", '45000000'],
  ["PARSE_TIMESTAMP('2020-01-01 10:00', 'yyyy-MM-dd HH:mm', 'America/New_York')", '1577890800000'],
  ['FROM_UNIXTIME(5)', '5'],
  ['UNIX_DATE()', '1'],
  ['UNIX_DATE(dt)', '18000'],
  ['UNIX_TIMESTAMP()', '86400005'],
  ['UNIX_TIMESTAMP(ts)', '1600000000000'],
  ["CONVERT_TZ(ts, 'UTC', 'Asia/Tokyo')", '1600032400000'],
  ["DATETOSTRING(18000, 'yyyy')", '"2019"'],
  ["STRINGTODATE('2020-01-01', 'yyyy-MM-dd')", '18262'],
  ["TIMESTAMPTOSTRING(1600000000000, 'yyyy-MM-dd', 'UTC')", '"2020-09-13"'],
  ["STRINGTOTIMESTAMP('2020', 'yyyy')", '1577836800000'],
  // Nulls and keys.
  ['COALESCE(n, i)', '5'],
  ["IFNULL(ns, 'none')", '"none"'],
  ['NULLIF(i, 5)', 'null'],
  ['AS_VALUE(i)', '5'],
];

/** Where Java goes ways of its own. */
const oddities: readonly (readonly [string, string])[] = [
  ["REPLACE('ab', '', '-')", '"-a-b-"'],
  ["INSTR('abcabc', 'c', 0)", '0'],
  ["INSTR('abcabc', 'c', -1, 2)", '3'],
  ["INSTR('abc', 'c', -1, 0)", '0'],
  ["CHR('\\u0041\\n\\101\\q')", '"A\\nAq"'],
  ["MASK('A😀')", '"X--"'],
  ["ENCODE('41', 'HEX', 'UTF8')", '"A"'],
  ["ENCODE('0x141', 'hex', 'ascii')", '"\\u0001A"'],
  ["ENCODE('41', 'hex', 'hex')", 'null'],
  ["TO_BYTES('0x41', 'hex')", 'null'],
  ["TO_BYTES('a', 'base64')", 'null'],
  ["CAST('!!' AS BYTES)", 'null'],
  ["INT_FROM_BYTES(TO_BYTES('00000001', 'hex'), 'little_endian')", '16777216'],
  ["REGEXP_REPLACE('ab', '(a)(b)', '$2$1')", '"ba"'],
  ["REGEXP_REPLACE('ab', '(a)', '$12')", '"a2b"'],
  ["REGEXP_REPLACE('ab', '(?<x>a)', '${x}${x}')", '"aab"'],
  ["REGEXP_REPLACE('a', 'a', '\\$1')", '"$1"'],
  ["REGEXP_REPLACE('a', 'a', '$1')", 'null'],
  ["REGEXP_REPLACE('ä1', '\\p{L}', 'x')", '"x1"'],
  ["REGEXP_SPLIT_TO_ARRAY('axx', 'x*')", '["a"]'],
  ["REGEXP_SPLIT_TO_ARRAY('axx', 'x')", '["a","",""]'],
  ["URL_EXTRACT_PARAMETER('http://h/?a=b%26c=d', 'c')", '"d"'],
  ["URL_EXTRACT_HOST('http://my_host/')", 'null'],
  ["URL_EXTRACT_PATH('mailto:a@b')", 'null'],
  ["URL_EXTRACT_PATH('http://h/a[1]')", 'null'],
  ["FILTER(MAP('a' := CAST(NULL AS INT)), (k, v) => true)", 'null'],
  ["TRANSFORM(m, (k, v) => 'x', (k, v) => v)", 'null'],
  ['FILTER(ARRAY[true, CAST(NULL AS BOOLEAN)], x => x)', 'null'],
  ['ROUND(CAST(1 AS DOUBLE) / 0, 1)', 'null'],
  ["GEO_DISTANCE(0, 0, 0, 1, ' Kilometres ') > 111", 'true'],
  ["GEO_DISTANCE(0, 0, 0, 1, 'kk')", 'null'],
  ["TO_BYTES('80', 'hex') < TO_BYTES('7f', 'hex')", 'true'],
  ["EXTRACTJSONFIELD('{\"a\": null}', '$.a')", '"null"'],
  ["CONVERT_TZ(PARSE_TIMESTAMP('2021-03-28 01:30', 'yyyy-MM-dd HH:mm'), 'UTC', 'Europe/Berlin')", '1616902200000'],
  ["FORMAT_TIMESTAMP(ts, 'HH', 'PST')", 'null'],
  ["STRINGTODATE('2020', 'yyyy')", 'null'],
  ["PARSE_DATE('2021-2-3', 'yyyy-MM-dd')", '18661'],
  ["PARSE_DATE('2021-02-30 and more', 'yyyy-MM-dd')", '18688'],
  ["PARSE_DATE('20210203', 'yyyyMMdd')", '18661'],
  ["PARSE_DATE('3 february 21', 'd MMMM yy')", '18661'],
  ["PARSE_DATE('Wed, 3 Feb 2021', 'EEE, d MMM yyyy')", '18661'],
  ["PARSE_DATE('2021', 'yyyy')", '18628'],
  ["PARSE_DATE('34/2021', 'D/yyyy')", '18661'],
  ["PARSE_DATE('2021-02-03Freya', 'yyyy-MM-dd''Freya''')", '18661'],
  ["PARSE_DATE('2021-02-03 01', 'yyyy-MM-dd HH')", 'null'],
  ["PARSE_DATE('x', 'yyyy')", 'null'],
  ["CAST(CAST('10:15:30.5' AS TIME) AS STRING)", '"10:15:30"'],
  ["CAST('9:15' AS TIME)", 'null'],
  ["CAST('2020-05' AS DATE)", '18383'],
  ["CAST('2020-05-06T10' AS DATE)", 'null'],
  ["CAST('2021-02-30' AS DATE)", 'null'],
  ["CAST('2021-02-30' AS TIMESTAMP)", '1614470400000'],
  ["CAST('2020-01-01T1' AS TIMESTAMP)", '1577872800000'],
  ["CAST('2020-01-01T10:00+2' AS TIMESTAMP)", '1577865600000'],
  ["CAST('2020-01-01T10:00:00.1234' AS TIMESTAMP)", 'null'],
  ["CAST('2020-1-1' AS TIMESTAMP)", 'null'],
];

it.each(oddities)('%s', (expression, expected) => {
  expect(value(expression)).toBe(expected);
});

it.each(table)('%s', (expression, expected) => {
  expect(value(expression)).toBe(expected);
});

it('no scalar function is left out', () => {
  const text = table.map(([expression]) => expression.toUpperCase()).join('\n');
  const missing = FunctionRegistry.builtIn
    .list()
    .filter(({ kind, name }) => kind === 'scalar' && !new RegExp(`\\b${name}\\(`, 'i').test(text));
  expect(missing.map(({ name }) => name)).toEqual([]);
});
