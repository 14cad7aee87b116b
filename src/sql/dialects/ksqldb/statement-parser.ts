/** The statements, one function for each family of them. `undecided` holds while ksqlDB's parser could still mean several forms. */
import { parseType } from '../../syntax/type-parser.ts';
import type { ColumnElement, Duration, Properties, Query, SourceKind, Statement } from './ast.ts';
import { commands } from './keywords.ts';
import { parseQuery } from './query-parser.ts';
import { locationOf } from './statement-context.ts';
import type { StatementContext } from './statement-context.ts';

type Body<S = Statement> = S extends Statement ? Omit<S, 'span'> : never;

/** One statement, without its semicolon. @throws SqlSyntaxError */
export function parseStatement(context: StatementContext, cli: boolean): Statement {
  const { cursor } = context;
  const start = cursor.token;
  const body = parseBody(context, cli);
  return { ...body, span: cursor.spanFrom(start) };
}

/** Whether a word begins a statement. */
export function beginsStatement(word: string, cli: boolean): boolean {
  return commands.includes(word) || (cli && (word === 'RUN' || word === 'SPOOL'));
}

function parseBody(context: StatementContext, cli: boolean): Body {
  const { cursor } = context;
  cursor.undecided = false;
  const { value } = cursor.token;
  if (value === 'SELECT') return { kind: 'query', query: parseQuery(context) };
  cursor.advance();
  cursor.undecided = true;
  switch (value) {
    case 'CREATE':
      return parseCreate(context);
    case 'INSERT':
      return parseInsert(context);
    case 'DROP':
      return parseDrop(context);
    case 'ALTER':
      return parseAlter(context);
    case 'LIST':
    case 'SHOW':
      return parseList(context);
    case 'DESCRIBE':
      return parseDescribe(context);
    case 'EXPLAIN':
      return parseExplain(context, cli);
    case 'TERMINATE':
    case 'PAUSE':
    case 'RESUME': {
      const kind = value.toLowerCase() as 'terminate' | 'pause' | 'resume';
      return cursor.takeWord('ALL') === undefined ? { kind, queryId: context.name() } : { kind };
    }
    case 'ASSERT':
      return parseAssert(context);
    default:
      cursor.undecided = false;
      return parseSimple(context, value);
  }
}

/** Statements that their first word decides. */
function parseSimple(context: StatementContext, word: string): Body {
  const { cursor } = context;
  switch (word) {
    case 'PRINT':
      return parsePrint(context);
    case 'SET': {
      const name = context.string();
      cursor.expectSymbol('=');
      return { kind: 'set', name, value: context.string() };
    }
    case 'UNSET':
      return { kind: 'unset', name: context.string() };
    case 'DEFINE': {
      const { text: name } = cursor.expectKind('word', 'IDENTIFIER');
      cursor.expectSymbol('=');
      return { kind: 'define', name, value: context.string() };
    }
    case 'UNDEFINE':
      return { kind: 'undefine', name: cursor.expectKind('word', 'IDENTIFIER').text };
    case 'RUN':
      cursor.expectWords('SCRIPT');
      return { kind: 'run-script', file: context.string() };
    case 'SPOOL':
      return cursor.takeWord('OFF') === undefined ? { kind: 'spool', file: context.string() } : { kind: 'spool' };
    default:
      return cursor.fail();
  }
}

function parsePrint(context: StatementContext): Body {
  const { cursor } = context;
  const topic = context.resourceName();
  const fromBeginning = cursor.takeWord('FROM') !== undefined;
  if (fromBeginning) cursor.expectWords('BEGINNING');
  const interval = cursor.takeWord('INTERVAL', 'SAMPLE') === undefined ? undefined : context.integer('INTERVAL');
  const limit = cursor.takeWord('LIMIT') === undefined ? undefined : context.integer('LIMIT');
  return {
    kind: 'print',
    topic,
    fromBeginning,
    ...(interval !== undefined && { interval }),
    ...(limit !== undefined && { limit }),
  };
}

function parseCreate(context: StatementContext): Body {
  const { cursor } = context;
  const orReplace = cursor.takeWord('OR') !== undefined;
  if (orReplace) cursor.expectWords('REPLACE');
  else if (cursor.takeWord('TYPE') !== undefined) return parseCreateType(context);
  const direction = cursor.takeWord(...(orReplace ? ['SOURCE'] : ['SOURCE', 'SINK']))?.value as
    | 'SOURCE'
    | 'SINK'
    | undefined;
  if (!orReplace && direction !== undefined && cursor.takeWord('CONNECTOR') !== undefined) {
    return parseCreateConnector(context, direction);
  }
  const source = (direction === 'SINK' ? undefined : cursor.takeWord('STREAM', 'TABLE'))?.value ?? cursor.fail();
  return parseCreateSource(context, { source: source as SourceKind, orReplace, readOnly: direction === 'SOURCE' });
}

function parseCreateType(context: StatementContext): Body {
  context.cursor.undecided = false;
  const ifNotExists = context.ifNotExists();
  const name = context.name();
  context.cursor.expectWords('AS');
  return { kind: 'create-type', name, type: parseType(context.cursor), ifNotExists };
}

function parseCreateConnector(context: StatementContext, direction: 'SOURCE' | 'SINK'): Body {
  context.cursor.undecided = false;
  const ifNotExists = context.ifNotExists();
  const name = context.name();
  context.cursor.expectWords('WITH');
  return { kind: 'create-connector', direction, name, ifNotExists, properties: context.propertyList('as-written') };
}

function parseCreateSource(
  context: StatementContext,
  head: { readonly source: SourceKind; readonly orReplace: boolean; readonly readOnly: boolean },
): Body {
  const { cursor } = context;
  const { source, orReplace, readOnly } = head;
  if (readOnly) cursor.undecided = false;
  const ifNotExists = context.ifNotExists();
  const name = context.sourceName();
  let columns: readonly ColumnElement[] = [];
  if (cursor.takeSymbol('(') !== undefined) {
    cursor.undecided = false;
    columns = cursor.list(() => parseColumn(context, source));
    cursor.expectSymbol(')');
  }
  const properties = context.properties('upper-case');
  const common = { source, name, orReplace, ifNotExists, properties };
  if (readOnly || columns.length > 0 || cursor.takeWord('AS') === undefined) {
    return { kind: 'create-source', readOnly, columns, ...common };
  }
  const start = cursor.token;
  const query = parseQuery(context);
  if (query.limit !== undefined) {
    context.complain(`CREATE ${source} AS SELECT statements don't support LIMIT clause.`, start);
  }
  return { kind: 'create-as', query, ...common };
}

function parseColumn(context: StatementContext, source: SourceKind | undefined): ColumnElement {
  const { cursor } = context;
  const start = cursor.token;
  const name = context.name();
  const type = parseType(cursor);
  const constraint = parseConstraint(context);
  const other = source === 'STREAM' ? 'PRIMARY KEY' : 'KEY';
  if (source !== undefined && constraint?.kind === other) {
    const right = source === 'STREAM' ? 'KEY' : 'PRIMARY KEY';
    const kind = source === 'STREAM' ? 'streams' : 'tables';
    const reason = `Column \`${name}\` is a '${other}' column: please use '${right}' for ${kind}.`;
    const why =
      source === 'STREAM'
        ? ''
        : '\nTables have PRIMARY KEYs, which are unique and NON NULL.\nStreams have KEYs, which have no uniqueness or NON NULL constraints.';
    context.complain(reason, start, `Failed to prepare statement: ${locationOf(start)}: ${reason}${why}`);
  }
  return { name, type, ...(constraint && { constraint }), span: cursor.spanFrom(start) };
}

function parseConstraint(context: StatementContext): ColumnElement['constraint'] {
  const { cursor } = context;
  if (cursor.takeWord('PRIMARY') !== undefined) {
    cursor.expectWords('KEY');
    return { kind: 'PRIMARY KEY' };
  }
  if (cursor.takeWord('KEY') !== undefined) return { kind: 'KEY' };
  if (cursor.takeWord('HEADERS') !== undefined) return { kind: 'HEADERS' };
  if (cursor.takeWord('HEADER') === undefined) return undefined;
  cursor.expectSymbol('(');
  const key = context.string();
  cursor.expectSymbol(')');
  return { kind: 'HEADER', key };
}

function parseInsert(context: StatementContext): Body {
  const { cursor } = context;
  cursor.expectWords('INTO');
  const target = context.sourceName();
  const hasProperties = cursor.isWord('WITH');
  const properties: Properties = context.properties('upper-case');
  if (hasProperties || cursor.isWord('SELECT')) {
    const query: Query = parseQuery(context);
    return { kind: 'insert-query', target, properties, query };
  }
  let columns: readonly string[] = [];
  if (cursor.takeSymbol('(') !== undefined) {
    cursor.undecided = false;
    columns = cursor.list(() => context.name());
    cursor.expectSymbol(')');
  }
  cursor.expectWords('VALUES');
  cursor.undecided = false;
  cursor.expectSymbol('(');
  const values = cursor.isSymbol(')') ? [] : cursor.list(() => context.expressions.parseValue());
  cursor.expectSymbol(')');
  return { kind: 'insert-values', target, columns, values };
}

function parseDrop(context: StatementContext): Body {
  const { cursor } = context;
  const what = (cursor.takeWord('STREAM', 'TABLE', 'CONNECTOR', 'TYPE') ?? cursor.fail()).value;
  cursor.undecided = false;
  const ifExists = context.ifExists();
  if (what === 'CONNECTOR') return { kind: 'drop-connector', name: context.name(), ifExists };
  if (what === 'TYPE') return { kind: 'drop-type', name: context.name(), ifExists };
  const name = context.sourceName();
  const deleteTopic = cursor.takeWord('DELETE') !== undefined;
  if (deleteTopic) cursor.expectWords('TOPIC');
  return { kind: 'drop-source', source: what as SourceKind, name, ifExists, deleteTopic };
}

function parseAlter(context: StatementContext): Body {
  const { cursor } = context;
  const what = (cursor.takeWord('STREAM', 'TABLE', 'SYSTEM') ?? cursor.fail()).value;
  cursor.undecided = false;
  if (what === 'SYSTEM') {
    const name = context.string();
    cursor.expectSymbol('=');
    return { kind: 'alter-system', name, value: context.string() };
  }
  const name = context.sourceName();
  const add = cursor.list(() => {
    cursor.expectWords('ADD');
    // COLUMN can be a name: `ADD column INT` adds a column of that name.
    if (cursor.looksAt('COLUMN') && cursor.isNameToken(cursor.peek(1)) && followsType(context)) cursor.advance();
    return { name: context.name(), type: parseType(cursor) };
  });
  return { kind: 'alter-source', source: what as SourceKind, name, add };
}

/** After `COLUMN name` a type has to begin; otherwise COLUMN is the name and `name` the type. */
function followsType({ cursor }: StatementContext): boolean {
  const token = cursor.peek(2);
  return cursor.isNameToken(token) || (token.kind === 'word' && token.value === 'DECIMAL');
}

function parseList(context: StatementContext): Body {
  const { cursor } = context;
  const extended = (): boolean => cursor.takeWord('EXTENDED') !== undefined;
  if (cursor.takeWord('ALL') !== undefined) {
    cursor.expectWords('TOPICS');
    cursor.undecided = false;
    return { kind: 'list-topics', all: true, extended: extended() };
  }
  const scope = cursor.takeWord('SOURCE', 'SINK')?.value as 'SOURCE' | 'SINK' | undefined;
  if (scope !== undefined) {
    cursor.expectWords('CONNECTORS');
    return { kind: 'list-connectors', scope };
  }
  const words = [
    'PROPERTIES',
    'TOPICS',
    'STREAMS',
    'TABLES',
    'FUNCTIONS',
    'CONNECTORS',
    'CONNECTOR',
    'TYPES',
    'VARIABLES',
    'QUERIES',
  ];
  const what = (cursor.takeWord(...words) ?? cursor.fail()).value;
  cursor.undecided = false;
  switch (what) {
    case 'TOPICS':
      return { kind: 'list-topics', all: false, extended: extended() };
    case 'STREAMS':
      return { kind: 'list-streams', extended: extended() };
    case 'TABLES':
      return { kind: 'list-tables', extended: extended() };
    case 'QUERIES':
      return { kind: 'list-queries', extended: extended() };
    case 'CONNECTORS':
      return { kind: 'list-connectors', scope: 'ALL' };
    case 'CONNECTOR':
      cursor.expectWords('PLUGINS');
      return { kind: 'list-connector-plugins' };
    default:
      return {
        kind: `list-${what.toLowerCase()}` as 'list-properties' | 'list-functions' | 'list-types' | 'list-variables',
      };
  }
}

function parseDescribe(context: StatementContext): Body {
  const { cursor } = context;
  const extended = (): boolean => cursor.takeWord('EXTENDED') !== undefined;
  if (cursor.takeWord('STREAMS') !== undefined)
    return { kind: 'describe-sources', source: 'STREAM', extended: extended() };
  if (cursor.takeWord('CONNECTOR') !== undefined) return { kind: 'describe-connector', name: context.name() };
  if (cursor.looksAt('FUNCTION') && cursor.isNameToken(cursor.peek(1))) {
    cursor.advance();
    const token = cursor.expectName();
    return { kind: 'describe-function', name: token.kind === 'quoted' ? token.value : token.text };
  }
  const tables = cursor.looksAt('TABLES');
  const name = context.sourceName();
  cursor.undecided = false;
  if (tables) return { kind: 'describe-sources', source: 'TABLE', extended: extended() };
  return { kind: 'describe-source', name, extended: extended() };
}

function parseExplain(context: StatementContext, cli: boolean): Body {
  const { cursor } = context;
  const { token } = cursor;
  const ends = cursor.peek(1).kind === 'end' || cursor.looksAtSymbol(';', 1);
  if (token.kind === 'word' && beginsStatement(token.value, false) && !ends) {
    return cursor.nested(() => ({ kind: 'explain', statement: parseStatement(context, cli) }));
  }
  cursor.couldBe('statement');
  return { kind: 'explain', queryId: context.name() };
}

function parseAssert(context: StatementContext): Body {
  const { cursor } = context;
  const exists = cursor.takeWord('NOT') === undefined;
  if (!exists) cursor.expectWords('EXISTS');
  const what = (cursor.takeWord('TOPIC', 'SCHEMA') ?? cursor.fail()).value;
  cursor.undecided = false;
  const timeout = (): Duration | undefined =>
    cursor.takeWord('TIMEOUT') === undefined ? undefined : context.duration();
  if (what === 'TOPIC') {
    const topic = context.resourceName();
    const properties = context.properties('upper-case');
    const limit = timeout();
    return { kind: 'assert-topic', topic, exists, properties, ...(limit && { timeout: limit }) };
  }
  const subject = cursor.takeWord('SUBJECT') === undefined ? undefined : context.resourceName();
  const id = cursor.takeWord('ID') === undefined ? undefined : context.integer('ID');
  const limit = timeout();
  return {
    kind: 'assert-schema',
    ...(subject !== undefined && { subject }),
    ...(id !== undefined && { id }),
    exists,
    ...(limit && { timeout: limit }),
  };
}
