/** The command line with `-e` against a running stack: what people see of the first steps. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ksqlCli } from '../../../src/cli/ksql/main.ts';
import { startStack } from '../../../src/server/stack.ts';
import type { Stack } from '../../../src/server/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ ports: 0 });
});
afterAll(() => stack.stop());

async function ksql(...args: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
  let text = '';
  const code = await ksqlCli([...args, stack.ksqlUrl], {
    print: (more) => {
      text += more;
    },
    url: (url) => url,
  });
  return { code, text };
}

it('creates, lists, describes, inserts and selects', async () => {
  const create = "CREATE STREAM s (k STRING KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);";
  const box = ['', ' Message        ', '----------------', ' Stream created ', '----------------', ''];
  expect(await ksql('-e', create)).toEqual({ code: 0, text: box.join('\n') });
  expect(await ksql('-e', 'SHOW STREAMS;')).toMatchObject({
    code: 0,
    text: expect.stringContaining(
      ' S                   | s                           | KAFKA      | JSON         | false    \n',
    ),
  });
  expect(await ksql('-e', 'DESCRIBE s;')).toEqual({
    code: 0,
    text: [
      '',
      'Name                 : S',
      ' Field | Type                   ',
      '--------------------------------',
      ' K     | VARCHAR(STRING)  (key) ',
      ' V     | INTEGER                ',
      '--------------------------------',
      'For runtime statistics and query details run: DESCRIBE <Stream,Table> EXTENDED;',
      '',
    ].join('\n'),
  });
  expect(await ksql('-e', "INSERT INTO s VALUES ('a', 1); INSERT INTO s VALUES ('b', 2);")).toEqual({
    code: 0,
    text: '',
  });
  const select = "SET 'auto.offset.reset'='earliest'; SELECT * FROM s EMIT CHANGES LIMIT 1;";
  const cell = (text: string): string => text.padEnd(38);
  const rule = `+${'-'.repeat(38)}+${'-'.repeat(38)}+`;
  expect(await ksql('-e', select)).toEqual({
    code: 0,
    text: [
      "Successfully changed local property 'auto.offset.reset' to 'earliest'. Use the UNSET command to revert your change.",
      rule,
      `|${cell('K')}|${cell('V')}|`,
      rule,
      `|${cell('a')}|${cell('1')}|`,
      'Limit Reached',
      'Query terminated',
      '',
    ].join('\n'),
  });
});

it('ends with 255 and the text of the server, or of the parser', async () => {
  expect(await ksql('-e', 'DESCRIBE nothing;')).toEqual({
    code: 255,
    text: expect.stringContaining("Could not find STREAM/TABLE 'NOTHING' in the Metastore"),
  });
  expect(await ksql('-e', 'SELECT * FROM nothing EMIT CHANGES;')).toEqual({
    code: 255,
    text: expect.stringContaining('NOTHING does not exist.'),
  });
  expect(await ksql('-e', 'SELEKT;')).toEqual({ code: 255, text: expect.stringMatching(/^line 1:1: /) });
  expect(await ksql('-e', "SET 'no.such'='1';")).toMatchObject({ code: 255 });
});

it('variables come from the command line and from DEFINE', async () => {
  const text = "DEFINE b = 'two'; SHOW VARIABLES; UNDEFINE b; UNDEFINE b;";
  expect(await ksql('--define', 'a=one', '-e', text)).toMatchObject({
    code: 0,
    text: expect.stringMatching(/ a {13}\| one {3}\n b {13}\| two {3}\n/),
  });
});
