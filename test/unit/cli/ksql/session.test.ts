/** What a session prints for the server's answers, without a server. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nodeDisk } from '../../../../src/core/disk.ts';
import { parseKsqlArguments } from '../../../../src/cli/ksql/arguments.ts';
import { promptCommandOf } from '../../../../src/cli/ksql/prompt-commands.ts';
import { queryLineText } from '../../../../src/cli/ksql/query-printer.ts';
import type { KsqlRestClient } from '../../../../src/cli/ksql/rest-client.ts';
import { KsqlSession } from '../../../../src/cli/ksql/session.ts';
import { createSpool } from '../../../../src/cli/ksql/spool.ts';
import { endsStatement, onOneLine } from '../../../../src/cli/ksql/statement-end.ts';

const layout = { width: 22, wrap: true, columnWidth: 0 };

test('a semicolon outside of strings, names and comments ends a statement', () => {
  const whole = ['SELECT 1;', "SELECT ';';\n", 'SHOW TOPICS; -- yes\n', "SELECT 'it''s'; /* ' */"];
  const open = ['SELECT 1', "SELECT ';", "SELECT 'a;\n", '-- no;', 'SELECT `a;`', '/* SHOW TOPICS;', ''];
  expect([...whole, ...open].filter(endsStatement)).toEqual(whole);
});

test('lines become one, but where a line break means something', () => {
  expect(onOneLine(['SELECT a', "  FROM `b` WHERE c = 'it''s';"])).toBe("SELECT a FROM `b` WHERE c = 'it''s';");
  for (const line of ["SELECT 'a", 'SELECT 1 -- one', 'SELECT /* 1', '2 */;'])
    expect(onOneLine([line])).toBeUndefined();
});

test('the lines of a query become rows; nested names are no columns', () => {
  const header = '[{"header":{"queryId":"q","schema":"`A` STRUCT<`X` INTEGER, `Y` STRING>, `B` DECIMAL(4, 2)"}},';
  expect(queryLineText(header, layout).split('\n')[1]).toBe('|A        |B        |');
  expect(queryLineText('{"row":{"columns":[{"X":1,"Y":null},1.50]}},', layout)).toBe(
    '|{X=1, Y=n|1.50     |\n|ull}     |         |\n',
  );
  expect(queryLineText('{"row":{"columns":["k",null],"tombstone":true}},', layout)).toContain('|<TOMBSTON|');
  expect(queryLineText('{"finalMessage":"Limit Reached"}]', layout)).toBe('Limit Reached\n');
  expect(queryLineText(']', layout)).toBe('');
  expect(() => queryLineText('{"errorMessage":{"message":"broken"}}]', layout)).toThrow('broken');
});

test('statements between those of the session go to the server as one text, with the properties of then', async () => {
  const sent: unknown[] = [];
  let printed = '';
  const client: KsqlRestClient = {
    url: '',
    info: async () => ({}),
    statements: async (text, properties) => {
      sent.push([text, properties]);
      return { status: 200, body: '[]' };
    },
    query: async () => ({ status: 200, lines: (async function* (): AsyncGenerator<string> {})() }),
    propertyComplaint: async () => undefined,
  };
  const session = new KsqlSession({
    client,
    print: (text) => {
      printed += text;
    },
    spool: () => {},
    readFile: () => Buffer.from('SHOW TABLES;'),
    width: () => 80,
    format: 'TABULAR',
    properties: new Map(),
    variables: new Map([['t', 'orders']]),
  });
  await session.run(
    "DROP STREAM ${t}; SHOW TOPICS; SET 'a'='1'; SET 'a'='2'; RUN SCRIPT 'x'; UNSET 'a'; SHOW TYPES;",
    new AbortController().signal,
  );
  expect(sent).toEqual([
    ['DROP STREAM orders;\nSHOW TOPICS;\n', {}],
    ['SHOW TABLES;\n', { a: '2' }],
    ['SHOW TYPES;\n', {}],
  ]);
  expect(printed).toBe(
    [
      "Successfully changed local property 'a' to '1'. Use the UNSET command to revert your change.",
      "Successfully changed local property 'a' from '1' to '2'.",
      "Successfully unset local property 'a' (value was '2').",
      '',
    ].join('\n'),
  );
});

test('what the server refuses is printed, and what stands behind it is done', async () => {
  let printed = '';
  const answers = [
    '[{"@type":"warning_entity","statementText":"ONE;","message":"first"},{"@type":"warning_entity","statementText":"TWO;","message":"second"}]',
    '[{"@type":"warning_entity","statementText":"THREE;","message":"third"}]',
  ];
  const client: KsqlRestClient = {
    url: '',
    info: async () => ({}),
    statements: async () => ({ status: 200, body: answers.shift() ?? '' }),
    query: async () => ({
      status: 400,
      lines: (async function* (): AsyncGenerator<string> {
        yield '{"message":"no such column"}';
      })(),
    }),
    propertyComplaint: async () => undefined,
  };
  const session = new KsqlSession({
    client,
    print: (text) => {
      printed += text;
    },
    spool: () => {},
    readFile: () => {
      throw Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT' });
    },
    width: () => 80,
    format: 'TABULAR',
    properties: new Map(),
    variables: new Map(),
  });
  const { signal } = new AbortController();
  expect(await session.run('SHOW TYPES; SHOW TOPICS; SELECT a FROM b; UNDEFINE c; SHOW TYPES;', signal)).toBe(false);
  // Several answers to one request are told apart by their statements.
  expect(printed).toMatch(
    /^\nONE;\n Message[\s\S]*\n\nTWO;\n Message[\s\S]*\nno such column\nCannot undefine variable 'c' /,
  );
  expect(printed).toMatch(/which was never defined\.\n\n Message[\s\S]* third/);
  await expect(session.run("RUN SCRIPT 'none.sql';", signal)).rejects.toThrow(
    'Failed to read file: none.sql\nCaused by: none.sql (No such file or directory)',
  );
});

test('a spool keeps what is typed and printed until it is off, one at a time', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-spool-'));
  try {
    const file = join(folder, 'kept.log');
    let printed = '';
    const spool = createSpool((text) => {
      printed += text;
    }, nodeDisk);
    expect(() => spool.to(join(folder, 'none', 'kept.log'))).toThrow(
      /^Cannot SPOOL to file: .*\(No such file or directory\)$/s,
    );
    spool.to(undefined);
    spool.to(file);
    expect(() => spool.to(file)).toThrow('Cannot set two spools! Please issue SPOOL OFF.');
    spool.typed('SHOW TYPES;');
    spool.print('none\n');
    spool.to(undefined);
    spool.print('more\n');
    const begin = `Session will be spooled to ${file}\nEnter SPOOL OFF to disable\n`;
    expect(readFileSync(file, 'utf8')).toBe(`${begin}\nksql> SHOW TYPES;\nnone\n`);
    expect(printed).toBe(`${begin}none\nSpool written to ${file}\nmore\n`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('SET CLI and REQUEST-PIPELINING are commands of the prompt; a line that only begins like one is none', () => {
  expect(promptCommandOf('set cli wrap off;')).toEqual({ name: 'SET CLI', argument: 'wrap off' });
  expect(promptCommandOf('REQUEST-PIPELINING on')).toEqual({ name: 'REQUEST-PIPELINING', argument: 'on' });
  expect(promptCommandOf(' quit ;')).toEqual({ name: 'QUIT', argument: '' });
  expect(promptCommandOf("SET 'cli'='x';")).toBeUndefined();
  expect(promptCommandOf('serverless')).toBeUndefined();
  expect(promptCommandOf('run script /tmp/a b.sql')).toEqual({ name: 'RUN SCRIPT', argument: '/tmp/a b.sql' });
  expect(promptCommandOf("SPOOL 'a;b';")).toEqual({ name: 'SPOOL', argument: "'a;b'" });
  expect(promptCommandOf("SPOOL 'a'; SHOW TYPES;")).toBeUndefined();
});

test.each([
  [['-u', 'ada'], 'You must specify both a username and a password.'],
  [['-u', 'ada', '-p', 'x', '-t', 'y'], 'Only one of username/password or token can be provided'],
  [['--confluent-api-key', 'k'], '--confluent-api-key is for the connectors of Confluent Cloud'],
])('the options %s are refused', (args, message) => {
  expect(() => parseKsqlArguments(args)).toThrow(message);
});

test('credentials become the header; statements need no last semicolon', () => {
  expect(parseKsqlArguments(['-t', 'abc', '-e', 'SHOW STREAMS'])).toMatchObject({
    authorization: 'Bearer abc',
    execute: 'SHOW STREAMS;',
  });
  expect(parseKsqlArguments(['-e', ' '])).toMatchObject({ execute: ' ' });
  expect(parseKsqlArguments(['-u', 'ada', '-p', 'x'])).toMatchObject({ authorization: 'Basic YWRhOng=' });
});
