/** The layouts of ksqlDB's command line, character by character. */
import { expect, test } from 'vitest';
import { entityText } from '../../../../src/cli/ksql/entity-text.ts';
import { prettyJson, valueText } from '../../../../src/cli/ksql/java-text.ts';
import { listTable, rowText, rowsHeader } from '../../../../src/cli/ksql/tables.ts';
import { parseJson } from '../../../../src/sql/functions/json-text.ts';

const json = (text: string): NonNullable<ReturnType<typeof parseJson>> => {
  const value = parseJson(text);
  if (value === undefined) throw new Error(`no JSON: ${text}`);
  return value;
};

test('a list fits its widest value; a narrow terminal shortens the dashes', () => {
  const rows = [
    ['1', 'two'],
    ['three', '4'],
  ];
  expect(listTable(['A', 'B'], rows, 80)).toBe(
    [' A     | B   ', '-------------', ' 1     | two ', ' three | 4   ', '-------------', ''].join('\n'),
  );
  expect(listTable(['A', 'B'], rows, 5).split('\n')[1]).toBe('-----');
});

test('the rows of a query share the terminal; long values go on below or are cut', () => {
  const layout = { width: 22, wrap: true, columnWidth: 0 };
  expect(rowsHeader(['BRAND', 'CNT'], layout)).toBe(
    ['+---------+---------+', '|BRAND    |CNT      |', '+---------+---------+', ''].join('\n'),
  );
  expect(rowText(['Acme Corporation', ''], layout)).toBe('|Acme Corp|         |\n|oration  |         |\n');
  expect(rowText(['Acme Corporation', '1'], { ...layout, wrap: false })).toBe('|Acme C...|1        |\n');
  expect(rowText(['a', 'b'], { ...layout, columnWidth: 3 })).toBe('|a  |b  |\n');
});

test('cells hold Java texts', () => {
  expect(valueText(json('{"a":[1,null,true],"b":{"c":"x"}}'))).toBe('{a=[1, null, true], b={c=x}}');
  const numbers = ['45.0', '45.75', '4.5E-5', '1.0E10', '1E-7', '-2.5e3', '9007199254740993', '0.0', '1.5E-10'];
  expect(numbers.map((text) => valueText(json(text)))).toEqual([
    '45.0',
    '45.75',
    '0.000045',
    '1.0E+10',
    '1E-7',
    '-2.5E+3',
    '9007199254740993',
    '0.0',
    '1.5E-10',
  ]);
});

test('JSON is laid out as Jackson does', () => {
  expect(prettyJson(json('[{"@type":"x","s":{"n":1.0E10,"e":{}},"w":[],"l":[1,2]}]'))).toBe(
    [
      '[ {',
      '  "@type" : "x",',
      '  "s" : {',
      '    "n" : 10000000000,',
      '    "e" : { }',
      '  },',
      '  "w" : [ ],',
      '  "l" : [ 1, 2 ]',
      '} ]',
    ].join('\n'),
  );
});

test('DDL answers with a box, warnings below it', () => {
  const commandStatus = { status: 'SUCCESS', message: 'Stream created\nand more' };
  const entity = { '@type': 'currentStatus', commandStatus, warnings: [{ message: 'careful' }] };
  expect(entityText(entity, 80)).toBe(
    [' Message        ', '----------------', ' Stream created ', '----------------', 'WARNING: careful', ''].join('\n'),
  );
});

test('SHOW STREAMS sorts by name', () => {
  const stream = (name: string): object => ({
    type: 'STREAM',
    name,
    topic: 't',
    keyFormat: 'KAFKA',
    valueFormat: 'AVRO',
    isWindowed: false,
  });
  expect(entityText({ '@type': 'streams', streams: [stream('B'), stream('A')] }, 80)).toBe(
    [
      ' Stream Name | Kafka Topic | Key Format | Value Format | Windowed ',
      '------------------------------------------------------------------',
      ' A           | t           | KAFKA      | AVRO         | false    ',
      ' B           | t           | KAFKA      | AVRO         | false    ',
      '------------------------------------------------------------------',
      '',
    ].join('\n'),
  );
});

test('DESCRIBE shows keys, windows, headers and nested types', () => {
  const string = { type: 'STRING', fields: null, memberSchema: null };
  const fields = [
    { name: 'K', schema: string, type: 'KEY' },
    { name: 'M', schema: { type: 'MAP', fields: null, memberSchema: { type: 'BIGINT' } } },
    {
      name: 'S',
      schema: {
        type: 'STRUCT',
        fields: [{ name: 'D', schema: { type: 'DECIMAL', parameters: { precision: 4, scale: 2 } } }],
      },
    },
    { name: 'H', schema: { type: 'BYTES' }, type: 'HEADER', headerKey: 'id' },
  ];
  const sourceDescription = { name: 'T', type: 'TABLE', windowType: 'TUMBLING', fields, extended: false };
  expect(entityText({ '@type': 'sourceDescription', sourceDescription }, 80)).toBe(
    [
      'Name                 : T',
      ' Field | Type                                                   ',
      '----------------------------------------------------------------',
      ' K     | VARCHAR(STRING)  (primary key) (Window type: TUMBLING) ',
      ' M     | MAP<STRING, BIGINT>                                    ',
      ' S     | STRUCT<D DECIMAL(4, 2)>                                ',
      " H     | BYTES            (header('id'))                        ",
      '----------------------------------------------------------------',
      'For runtime statistics and query details run: DESCRIBE <Stream,Table> EXTENDED;',
      '',
    ].join('\n'),
  );
});
