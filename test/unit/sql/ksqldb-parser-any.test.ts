/** Any text is parsed or refused with a SqlSyntaxError, and tools for editors take any text at all. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { classifyTokens } from '../../../src/sql/dialects/ksqldb/highlight.ts';
import { keywords } from '../../../src/sql/dialects/ksqldb/keywords.ts';
import { parseKsql } from '../../../src/sql/dialects/ksqldb/parser.ts';
import { printStatement } from '../../../src/sql/dialects/ksqldb/print-statement.ts';
import { splitStatements } from '../../../src/sql/syntax/split-statements.ts';
import { SqlSyntaxError } from '../../../src/sql/syntax/syntax-error.ts';

const pieces = [
  ...keywords,
  ...'a b s.x `q` "d" \'str\' 1 2.5 1e3 99999999999999999999 1a ${v} ( ) [ ] < > , ; . * + - / % || -> := => = <> != <= >='.split(
    ' ',
  ),
  '--x\n',
  '/*y*/',
  "'open",
  '/*open',
  '§',
];
const sentence = fc.array(fc.constantFrom(...pieces), { maxLength: 30 }).map((words) => words.join(' '));
const frames: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => `SELECT ${text} FROM s;`,
  (text) => `SELECT * FROM s WHERE ${text};`,
  (text) => `CREATE TABLE t AS SELECT * FROM s ${text};`,
  (text) => `CREATE STREAM t (${text}) WITH (${text});`,
];

it.each(frames)('parses or refuses any text (frame %#)', (frame) => {
  fc.assert(
    fc.property(fc.oneof(sentence, fc.string({ maxLength: 60 })), (text) => {
      let parsed: ReturnType<typeof parseKsql>;
      try {
        parsed = parseKsql(frame(text));
      } catch (error) {
        expect(error).toBeInstanceOf(SqlSyntaxError);
        return;
      }
      for (const { statement } of parsed) {
        const printed = printStatement(statement);
        expect(parseKsql(printed).map((again) => printStatement(again.statement))).toEqual([printed]);
      }
    }),
    { numRuns: 500 },
  );
});

it('splits and classifies any text without losing a character', () => {
  fc.assert(
    fc.property(fc.oneof(sentence, fc.string({ maxLength: 60 })), (text) => {
      const covered = classifyTokens(text).map(({ span }) => text.slice(span.start, span.end));
      expect(covered.join('').replaceAll(/\s/g, '')).toBe(text.replaceAll(/[ \t\r\n]/g, '').replaceAll(/\s/g, ''));
      for (const { text: own, span } of splitStatements(text)) expect(text.slice(span.start, span.end)).toBe(own);
    }),
    { numRuns: 500 },
  );
});
