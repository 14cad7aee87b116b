/**
 * ksqlDB's language: text to statements.
 *
 * As in ksqlDB the syntax of the whole text comes first. What is of the grammar but cannot be meant (a number that is too
 * large, an unknown alias) is found afterwards, statement by statement, when variables have been put in.
 *
 *   const [first] = parseKsql("SELECT * FROM ${source} EMIT CHANGES;", { variables: { source: 'orders' } });
 */
import { tokenize } from '../../syntax/lexer.ts';
import { SqlSyntaxError } from '../../syntax/syntax-error.ts';
import { TokenCursor } from '../../syntax/token-cursor.ts';
import type { ParsedStatement, Statement } from './ast.ts';
import { maskStatement } from './mask.ts';
import { StatementContext } from './statement-context.ts';
import { beginsStatement, parseStatement } from './statement-parser.ts';
import { describeUnknownStatement, ksqlSyntax } from './syntax-messages.ts';
import { hasVariables, substituteVariables } from './variables.ts';

export interface ParseOptions {
  /** Values of `${name}`, as after DEFINE. A DEFINE in the text holds for the statements behind it. Absent: none. */
  readonly variables?: Readonly<Record<string, string>>;
  /** `${name}` is replaced. Default: yes; otherwise it is a syntax error where a name or a literal is wanted. */
  readonly substitute?: boolean;
  /** The command line's own statements, RUN SCRIPT and SPOOL, are allowed too. Default: no. */
  readonly cli?: boolean;
}

/**
 * The statements of a text; each ends with a semicolon. Spans count from the text's beginning, except in a statement whose
 * variables were put in: there from the statement's.
 * @throws SqlSyntaxError with ksqlDB's words
 */
export function parseKsql(text: string, options: ParseOptions = {}): ParsedStatement[] {
  const cli = options.cli === true;
  const variables = new Map(Object.entries(options.variables ?? {}));
  const parsed: ParsedStatement[] = [];
  for (const raw of parseText(text, cli)) {
    const replace = options.substitute !== false && hasVariables(raw.text);
    const { statement, text: written } = replace ? withVariables(raw, variables, cli) : raw;
    const complaint = replace ? undefined : (raw.complaint ?? variableComplaint(raw, options));
    if (complaint !== undefined) throw complaint;
    if (statement.kind === 'define') variables.set(statement.name, statement.value);
    if (statement.kind === 'undefine') variables.delete(statement.name);
    parsed.push({ statement, text: written, maskedText: maskStatement(statement, written) });
  }
  return parsed;
}

/** Without substitution, a variable outside of a string has no meaning. */
function variableComplaint({ text }: RawStatement, { substitute }: ParseOptions): SqlSyntaxError | undefined {
  const token = substitute === false ? tokenize(text).find((one) => one.kind === 'variable') : undefined;
  return token && new SqlSyntaxError(`Syntax Error\nSyntax error at or near '${token.text}'`, token);
}

interface RawStatement {
  readonly statement: Statement;
  readonly text: string;
  readonly complaint: SqlSyntaxError | undefined;
}

function parseText(text: string, cli: boolean): RawStatement[] {
  const cursor = new TokenCursor(text, ksqlSyntax);
  const statements: RawStatement[] = [];
  while (cursor.token.kind !== 'end') {
    const { token } = cursor;
    if (token.kind !== 'word' || !beginsStatement(token.value, cli)) throw unknownStatement(cursor);
    const context = new StatementContext(cursor);
    const statement = parseStatement(context, cli);
    cursor.undecided = false;
    const { end } = cursor.expectSymbol(';');
    statements.push({ statement, text: text.slice(token.start, end), complaint: context.complaint() });
  }
  return statements;
}

function unknownStatement({ token }: TokenCursor): SqlSyntaxError {
  return new SqlSyntaxError(describeUnknownStatement(token), token);
}

function withVariables(raw: RawStatement, variables: ReadonlyMap<string, string>, cli: boolean): RawStatement {
  const text = substituteVariables(raw.text, variables);
  const [statement] = parseText(text, cli);
  if (statement === undefined)
    throw new SqlSyntaxError('Syntax Error\nThe variables leave no statement', raw.statement.span);
  if (statement.complaint !== undefined) throw statement.complaint;
  return statement;
}
