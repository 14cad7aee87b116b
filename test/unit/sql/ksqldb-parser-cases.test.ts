/** Every statement of the ksqlDB conformance cases goes through the parser; those that must not, fail where they should. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseJson } from 'lossless-json';
import { expect, it } from 'vitest';
import { parseKsql } from '../../../src/sql/dialects/ksqldb/parser.ts';
import { printStatement } from '../../../src/sql/dialects/ksqldb/print-statement.ts';
import { SqlSyntaxError } from '../../../src/sql/syntax/syntax-error.ts';
import { describeShared, sharedPath } from '../../shared.ts';
import { stripSpans } from './strip-spans.ts';

interface Case {
  readonly name: string;
  readonly file: string;
  readonly folder: string;
  readonly format?: readonly string[];
  readonly statements: readonly string[];
  readonly expectedException?: { readonly type?: string; readonly message?: string };
  readonly expectedError?: { readonly message?: string };
}

function cases(): Case[] {
  return ['query', 'rest'].flatMap((folder) => {
    const path = sharedPath(`conformance/ksql/cases/${folder}`);
    return readdirSync(path).flatMap((file) => {
      const { tests } = parseJson(readFileSync(join(path, file), 'utf8')) as { tests: Omit<Case, 'file' | 'folder'>[] };
      return tests.map((test) => ({ ...test, file, folder }));
    });
  });
}

/** Statements over REST that are queries are sent one by one, all others together. */
function textsOf({ statements, format, folder }: Case): string[] {
  const alone = (text: string): boolean => folder === 'rest' && text.startsWith('SELECT ');
  const together = statements.filter((text) => !alone(text)).join('\n');
  return [together, ...statements.filter(alone)].map((text) => text.replaceAll('{FORMAT}', format?.[0] ?? 'JSON'));
}

function sorted(tree: unknown): string {
  return JSON.stringify(tree, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

/** Without what printing makes explicit or leaves out: aliases, EMIT of persistent queries, brackets of lists, synonyms of types. */
function normalized(tree: unknown): unknown {
  if (Array.isArray(tree)) return tree.map(normalized);
  if (typeof tree !== 'object' || tree === null) return tree;
  const record = Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, normalized(value)]));
  const { query, from, right, bracketed: _, ...rest } = record;
  const synonym = { INT: 'INTEGER', VARCHAR: 'STRING', DEC: 'DECIMAL' }[String(rest['name'])];
  const named = (relation: unknown): object => ({
    alias: (relation as { name: string }).name,
    ...(relation as object),
  });
  const isRelation = typeof right === 'object' && right !== null && !('kind' in right);
  return {
    ...rest,
    ...(rest['kind'] === 'named' && synonym && { name: synonym }),
    ...(from !== undefined && { from: named(from) }),
    ...(right !== undefined && { right: isRelation ? named(right) : right }),
    ...(query !== undefined && { query: rest['kind'] === 'query' ? query : { emit: 'CHANGES', ...(query as object) } }),
  };
}

function failureOf(one: Case): string | undefined {
  try {
    for (const text of textsOf(one)) parseKsql(text);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(SqlSyntaxError);
    return (error as SqlSyntaxError).message;
  }
}

describeShared('conformance cases', 'conformance/ksql/cases', () => {
  it('parses every statement of the positive cases', () => {
    const failures: string[] = [];
    let statements = 0;
    for (const one of cases()) {
      if (one.expectedException !== undefined || one.expectedError !== undefined) continue;
      const failure = failureOf(one);
      if (failure !== undefined) failures.push(`${one.file}: ${one.name}: ${failure}`);
      else statements += one.statements.length;
    }
    expect(failures).toEqual([]);
    expect(statements).toBeGreaterThan(2_800);
  });

  it('prints every statement so that it is parsed as the same one', () => {
    const different: string[] = [];
    for (const one of cases()) {
      if (one.expectedException !== undefined || one.expectedError !== undefined) continue;
      for (const { statement } of textsOf(one).flatMap((text) => parseKsql(text))) {
        const printed = printStatement(statement);
        const [again] = parseKsql(printed);
        const trees = [statement, again?.statement].map((tree) => sorted(normalized(stripSpans(tree))));
        if (trees[0] !== trees[1]) different.push(`${printed}\n${trees.join('\n')}`);
      }
    }
    expect(different).toEqual([]);
  });

  it('refuses the negative cases of the grammar in their words, and no other negative case by its grammar', () => {
    const wrong: string[] = [];
    for (const one of cases()) {
      const expected = one.expectedException ?? one.expectedError;
      if (expected === undefined) continue;
      const message = expected.message?.split('\nStatement:')[0] ?? '';
      const ofParser =
        one.expectedException?.type?.endsWith('ParseFailedException') === true || /^line \d/.test(message);
      // Values of WITH are judged by the planner.
      if (message.startsWith('Configuration ')) continue;
      const failure = failureOf(one);
      if (ofParser ? failure?.includes(message) !== true : failure !== undefined && !failure.includes(message)) {
        wrong.push(`${one.file}: ${one.name}\n  wanted ${message}\n  got ${failure}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
