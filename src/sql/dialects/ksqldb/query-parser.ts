/** SELECT: select list, sources and joins, windows, and the clauses behind. */
import type { Expression } from '../../syntax/ast.ts';
import type { Duration, GroupingClause, JoinClause, Query, Relation, SelectItem, WindowClause } from './ast.ts';
import { keywords } from './keywords.ts';
import type { StatementContext } from './statement-context.ts';

/** @throws SqlSyntaxError */
export function parseQuery(context: StatementContext): Query {
  const { cursor, expressions } = context;
  const start = cursor.expectWords('SELECT');
  cursor.undecided = false;
  const select = cursor.list(() => parseSelectItem(context));
  cursor.expectWords('FROM');
  const from = parseRelation(context);
  const joins: JoinClause[] = [];
  while (cursor.isWord('INNER', 'FULL', 'LEFT', 'RIGHT', 'JOIN')) joins.push(parseJoin(context));
  const window = cursor.takeWord('WINDOW') === undefined ? undefined : parseWindow(context);
  const where = cursor.takeWord('WHERE') === undefined ? undefined : expressions.parse();
  const groupBy = parseGrouping(context, 'GROUP');
  const partitionBy = parseGrouping(context, 'PARTITION');
  const having = cursor.takeWord('HAVING') === undefined ? undefined : expressions.parse();
  let emit: Query['emit'];
  if (cursor.takeWord('EMIT') !== undefined) {
    emit = (cursor.takeWord('CHANGES', 'FINAL') ?? cursor.fail()).value as Query['emit'];
  }
  const limit = cursor.takeWord('LIMIT') === undefined ? undefined : context.integer('LIMIT');
  return {
    select,
    from,
    joins,
    ...(window && { window }),
    ...(where && { where }),
    ...(groupBy && { groupBy }),
    ...(partitionBy && { partitionBy }),
    ...(having && { having }),
    ...(emit && { emit }),
    ...(limit !== undefined && { limit }),
    span: cursor.spanFrom(start),
  };
}

/** ksqlDB reads on to the item's end before it decides for a form, so that within it no list of expectations is known. */
function parseSelectItem(context: StatementContext): SelectItem {
  const { cursor, expressions } = context;
  const start = cursor.token;
  if (cursor.takeSymbol('*') !== undefined) return { kind: 'all', span: cursor.spanFrom(start) };
  if (cursor.isNameToken(start) && cursor.looksAtSymbol('.', 1) && cursor.looksAtSymbol('*', 2)) {
    const source = cursor.nameOf(cursor.advance());
    cursor.advance();
    cursor.advance();
    context.qualified(source, start);
    return { kind: 'all', source, span: cursor.spanFrom(start) };
  }
  cursor.undecided = true;
  const expression = expressions.parse();
  cursor.undecided = false;
  if (cursor.looksAtSymbol('->') && canHaveFields(expression)) {
    cursor.advance();
    cursor.expectSymbol('*');
    const span = cursor.spanFrom(start);
    return { kind: 'expression', expression: { kind: 'all-fields', base: expression, span }, span };
  }
  let alias: string | undefined;
  if (cursor.takeWord('AS') !== undefined || cursor.isName()) alias = context.name();
  return { kind: 'expression', expression, ...(alias !== undefined && { alias }), span: cursor.spanFrom(start) };
}

/** `->*` follows a value, not an operation: `a + b->*` is no form. */
function canHaveFields(expression: Expression): boolean {
  return !['arithmetic', 'comparison', 'logical', 'concat', 'sign', 'not', 'is-null', 'between', 'in', 'like'].includes(
    expression.kind,
  );
}

function parseRelation(context: StatementContext): Relation {
  const { cursor } = context;
  const start = cursor.token;
  const name = context.sourceName();
  context.sources.add(name);
  // EMIT and PARTITION can be names; with what follows they are clauses.
  const clause =
    cursor.looksAt('EMIT', 'CHANGES') || cursor.looksAt('EMIT', 'FINAL') || cursor.looksAt('PARTITION', 'BY');
  if (cursor.takeWord('AS') === undefined && (clause || !cursor.isName()))
    return { name, span: cursor.spanFrom(start) };
  const alias = context.sourceName();
  context.sources.add(alias);
  return { name, alias, span: cursor.spanFrom(start) };
}

const joinTypes: Readonly<Record<string, JoinClause['type']>> = {
  INNER: 'INNER',
  LEFT: 'LEFT',
  RIGHT: 'RIGHT',
  FULL: 'OUTER',
};

function parseJoin(context: StatementContext): JoinClause {
  const { cursor } = context;
  const start = cursor.token;
  const word = cursor.takeWord('INNER', 'LEFT', 'RIGHT', 'FULL')?.value ?? 'INNER';
  if (word !== 'INNER') cursor.takeWord('OUTER');
  cursor.expectWords('JOIN');
  const right = parseRelation(context);
  let within: JoinClause['within'];
  let grace: Duration | undefined;
  if (cursor.takeWord('WITHIN') !== undefined) {
    if (cursor.takeSymbol('(') !== undefined) {
      const before = context.duration();
      cursor.expectSymbol(',');
      const after = context.duration();
      cursor.expectSymbol(')');
      within = { before, after, symmetric: false };
    } else {
      const size = context.duration();
      within = { before: size, after: size, symmetric: true };
    }
    grace = cursor.isWord('GRACE') ? parseGrace(context) : undefined;
  }
  cursor.expectWords('ON');
  const on = context.expressions.parse();
  return {
    type: joinTypes[word] ?? 'INNER',
    right,
    ...(within && { within }),
    ...(grace && { grace }),
    on,
    span: cursor.spanFrom(start),
  };
}

function parseGrace(context: StatementContext): Duration {
  context.cursor.expectWords('GRACE', 'PERIOD');
  return context.duration();
}

const keywordSet: ReadonlySet<string> = new Set(keywords);

function parseWindow(context: StatementContext): WindowClause {
  const { cursor } = context;
  const start = cursor.token;
  const named = start.kind === 'word' && !keywordSet.has(start.value) ? cursor.advance().value : undefined;
  const name = named === undefined ? {} : { name: named };
  const type = (cursor.takeWord('TUMBLING', 'HOPPING', 'SESSION') ?? cursor.fail()).value;
  cursor.expectSymbol('(');
  if (type === 'SESSION') {
    const gap = context.duration();
    const rest = parseWindowOptions(context);
    return { type, ...name, gap, ...rest, span: cursor.spanFrom(start) };
  }
  cursor.expectWords('SIZE');
  const size = context.duration();
  if (type === 'TUMBLING') {
    const rest = parseWindowOptions(context);
    return { type, ...name, size, ...rest, span: cursor.spanFrom(start) };
  }
  cursor.expectSymbol(',');
  cursor.expectWords('ADVANCE', 'BY');
  const advance = context.duration();
  const rest = parseWindowOptions(context);
  return { type: 'HOPPING', ...name, size, advance, ...rest, span: cursor.spanFrom(start) };
}

/** `[, RETENTION n u] [, GRACE PERIOD n u] )`. */
function parseWindowOptions(context: StatementContext): { readonly retention?: Duration; readonly grace?: Duration } {
  const { cursor } = context;
  let retention: Duration | undefined;
  let grace: Duration | undefined;
  while (grace === undefined && cursor.takeSymbol(',') !== undefined) {
    if (retention === undefined && cursor.takeWord('RETENTION') !== undefined) retention = context.duration();
    else grace = parseGrace(context);
  }
  cursor.expectSymbol(')');
  return { ...(retention && { retention }), ...(grace && { grace }) };
}

function parseGrouping(context: StatementContext, word: 'GROUP' | 'PARTITION'): GroupingClause | undefined {
  const { cursor, expressions } = context;
  const start = cursor.takeWord(word);
  if (start === undefined) return undefined;
  cursor.expectWords('BY');
  const value = (): Expression => expressions.parseValue();
  const brackets = cursor.looksAtSymbol('(') ? whatBracketsHold(context) : 'operand';
  if (brackets === 'operand') {
    return { expressions: cursor.list(value), bracketed: false, span: cursor.spanFrom(start) };
  }
  cursor.expectSymbol('(');
  const one = (): Expression[] => [expressions.parse()];
  const list = cursor.isSymbol(')') ? [] : brackets === 'one' ? one() : cursor.list(value);
  cursor.expectSymbol(')');
  return { expressions: list, bracketed: true, span: cursor.spanFrom(start) };
}

/**
 * What the bracket that opens here holds: one whole expression, the list of them, or the first operand of something longer
 * like `(a + b) * 2`. Only behind it can that be told.
 */
function whatBracketsHold({ cursor }: StatementContext): 'one' | 'list' | 'operand' {
  let depth = 0;
  let commas = 0;
  for (let ahead = 0; ; ahead++) {
    const token = cursor.peek(ahead);
    if (token.kind === 'end') break;
    if (token.kind !== 'symbol') continue;
    if (token.value === ',' && depth === 1) commas++;
    if ('([{'.includes(token.value)) depth++;
    if (')]}'.includes(token.value) && --depth === 0) {
      const next = cursor.peek(ahead + 1);
      if (next.kind === 'symbol' && next.value !== ';' && next.value !== ')') return 'operand';
      break;
    }
  }
  return commas === 0 ? 'one' : 'list';
}
