/** FROM with joins: conditions checked as ksqlDB does, keys found or made up, one node per join. */
import type { PlanExpression } from '../../expression.ts';
import type { FunctionRegistry } from '../../functions/registry.ts';
import { logicalJoin } from '../../logical/join.ts';
import type { LogicalJoin, LogicalWithin } from '../../logical/join.ts';
import { invalid } from '../../sql-error.ts';
import type { Expression, ExpressionOf } from '../../syntax/ast.ts';
import { sameType, typeText } from '../../types.ts';
import type { SqlType } from '../../types.ts';
import type { JoinClause, Query } from './ast.ts';
import { durationMs } from './durations.ts';
import { bindExpression, newBindContext } from './expressions.ts';
import { AliasGenerator } from './names.ts';
import type { NamedSource, QueryNames } from './names.ts';
import { printExpression, printName } from './print.ts';
import { checkKeyType } from './projection.ts';
import { keysMissing, noSpan, sameExpression, sourceRelation, starOrder } from './relation.ts';
import type { KeyColumn, Projection, Relation } from './relation.ts';
import type { ScopeColumn } from './scope.ts';
import type { PlanningSettings } from './settings.ts';

export interface JoinContext {
  readonly names: QueryNames;
  readonly functions: FunctionRegistry;
  readonly types: ReadonlyMap<string, SqlType>;
  readonly settings: PlanningSettings;
}

/** A join with its two sides in order: what came before on the left. */
interface Condition {
  readonly clause: JoinClause;
  readonly left: Expression;
  readonly right: Expression;
  readonly leftSource: NamedSource;
  readonly rightSource: NamedSource;
  /** `a = b` as it was written. */
  readonly text: string;
  readonly flipped: boolean;
}

/** A relation under construction; its columns carry their aliases. */
interface Side {
  readonly relation: Relation;
  /** Absent on the result of a join. */
  readonly source?: NamedSource;
  /** Expressions that are equal to the key. */
  readonly equivalent: readonly Expression[];
  readonly viable: readonly ExpressionOf<'column'>[];
}

export function joinRelation(query: Query, context: JoinContext): Relation {
  const { names } = context;
  const seen = new Set<string>();
  for (const { source } of names.sources) {
    if (seen.has(source.name)) {
      throw invalid(
        names.sources.length > 2
          ? `N-way joins do not support multiple occurrences of the same source. Source: '${source.name}'.`
          : `Can not join '${source.name}' to '${source.name}': self joins are not yet supported.`,
        query.span,
      );
    }
    seen.add(source.name);
  }
  const conditions = query.joins.map((clause, i) => condition(clause, names.sources[i + 1] as NamedSource, names));
  let side = leaf(names.sources[0] as NamedSource, context);
  conditions.forEach((one, i) => {
    side = join(side, one, i === conditions.length - 1, context);
  });
  return side.relation;
}

function condition(clause: JoinClause, joining: NamedSource, names: QueryNames): Condition {
  const on = names.qualify(clause.on);
  const isEqual = (one: Expression): boolean => one.kind === 'comparison' && one.operator === '=';
  if (on.kind !== 'comparison') {
    if (on.kind === 'logical' && isEqual(on.left) && isEqual(on.right)) {
      throw invalid(
        `Invalid join condition: joins on multiple conditions are not yet supported. Got ${printExpression(on)}.`,
        clause.span,
      );
    }
    throw invalid(`Unsupported join expression: ${printExpression(on)}`, clause.span);
  }
  if (!isEqual(on)) throw invalid('Only equality join criteria is supported.', clause.span);
  const sides = [on.left, on.right].map((expression) => ({ expression, used: names.check(expression, 'JOIN ON') }));
  const sources = sides.map(({ expression, used }) => {
    const [only, ...more] = [...used];
    if (only === undefined || more.length > 0) {
      throw invalid(
        `Invalid comparison expression '${printExpression(expression)}' in join '${printExpression(on)}'. Each side of the join comparision must contain references from exactly one source.`,
        expression.span,
      );
    }
    return names.source(only) as NamedSource;
  });
  const [first, second] = sources as [NamedSource, NamedSource];
  if (first === second) {
    throw invalid(
      `Each side of the join must reference exactly one source and not the same source. Left side references \`${first.alias}\` and right references \`${second.alias}\``,
      clause.span,
    );
  }
  checkWindows(first, second);
  if (first !== joining && second !== joining) {
    throw invalid(
      `A join criteria is expected to reference the source (\`${joining.alias}\`) in the FROM clause, instead the right source references \`${second.alias}\` and the left source references \`${first.alias}\``,
      clause.span,
    );
  }
  const flipped = first === joining;
  return {
    clause,
    left: flipped ? on.right : on.left,
    right: flipped ? on.left : on.right,
    leftSource: flipped ? second : first,
    rightSource: joining,
    text: `${printExpression(on.left)} = ${printExpression(on.right)}`,
    flipped,
  };
}

function checkWindows(left: NamedSource, right: NamedSource): void {
  const [a, b] = [left.source.window, right.source.window];
  if ((a === undefined) !== (b === undefined)) {
    const text = ({ alias, source }: NamedSource): string => `\`${alias}\` is ${source.window?.type ?? 'not'} windowed`;
    throw invalid(`Can not join windowed source to non-windowed source.\n${text(left)}\n${text(right)}`);
  }
  if (a === undefined || b === undefined) return;
  if ((a.type === 'SESSION') !== (b.type === 'SESSION')) {
    throw invalid(
      `Incompatible windowed sources.\nLeft source: ${a.type}\nRight source: ${b.type}\n` +
        'Session windowed sources can only be joined to other session windowed sources, and may still not result in expected behaviour as session bounds must be an exact match for the join to work\n' +
        'Hopping and tumbling windowed sources can only be joined to other hopping and tumbling windowed sources',
    );
  }
}

/** A source whose columns are called `ALIAS_NAME`. */
function leaf(source: NamedSource, { settings, names }: JoinContext): Side {
  // A joined table is read from its beginning, whatever the session says: it has to be whole.
  const whole = source.source.kind === 'TABLE' ? { ...settings, autoOffsetReset: 'earliest' as const } : settings;
  const plain = sourceRelation(source, whole);
  const columns = plain.scope.columns.map((column) => ({ ...column, name: names.flatName(source.alias, column.name) }));
  const keys = plain.keys.map((key) => ({ ...key, name: names.flatName(source.alias, key.name) }));
  return {
    source,
    equivalent: [],
    viable: [],
    relation: {
      ...plain,
      scope: { columns },
      keys,
      star: (alias) => (alias === undefined || alias === source.alias ? starOrder({ columns }) : []),
    },
  };
}

function join(left: Side, on: Condition, final: boolean, context: JoinContext): Side {
  const right = leaf(on.rightSource, context);
  const { names, functions, types } = context;
  const bind = (side: Side, expression: Expression): PlanExpression =>
    bindExpression(names.flatten(expression), newBindContext(side.relation.scope, functions, types, 'Predicate'))
      .expression;
  const same = left.equivalent.some((one) => sameExpression(one, on.left));
  const keyOf = ({ relation }: Side): PlanExpression => {
    const [key] = relation.keys as [KeyColumn];
    return { kind: 'column', index: key.index, type: key.type };
  };
  const leftKey = same ? keyOf(left) : bind(left, on.left);
  const rightKey = bind(right, on.right);
  const kind = kindOf(left, right, on, leftKey, rightKey);
  if (!sameType(leftKey.type, rightKey.type)) {
    if (kind === 'table' || kind === 'foreign-key') {
      const [a, b] =
        on.text.split(' = ').length === 2
          ? on.text.split(' = ')
          : [printExpression(on.left), printExpression(on.right)];
      const [x, y] = on.flipped ? [rightKey, leftKey] : [leftKey, rightKey];
      throw invalid(
        `Invalid join condition: types don't match. Got ${a}{${typeText(x.type)}} = ${b}{${typeText(y.type)}}.`,
        on.clause.span,
      );
    }
    throw invalid(
      `Invalid join. Key types differ: ${typeText(leftKey.type)} vs ${typeText(rightKey.type)}`,
      on.clause.span,
    );
  }
  if (kind !== 'foreign-key') checkRepartition(left, right, on, kind, leftKey, rightKey);
  const within = withinOf(on, kind);
  // The key that an earlier join made up is no column that could be named.
  const made = left.source === undefined ? left.relation.scope.columns.length - 1 : -1;
  const columns: ScopeColumn[] = [...left.relation.scope.columns, ...right.relation.scope.columns].map((column, i) => ({
    ...column,
    name: i === made ? '' : column.name,
    role: column.role === 'key' ? 'value' : column.role,
  }));
  const outer = on.clause.type === 'OUTER';
  const equivalent = outer ? [] : [...(same ? left.equivalent : []), on.left, on.right];
  const viable = outer ? [] : viableColumns(left, on, equivalent);
  const node = logicalJoin(
    {
      kind,
      type: on.clause.type,
      left: left.relation.node,
      right: right.relation.node,
      leftKey,
      rightKey,
      ...(within && { within }),
    },
    { name: 'ROWKEY', type: leftKey.type },
  );
  const relation: Relation =
    kind === 'foreign-key'
      ? foreignKeyRelation(node, columns, left, right)
      : keyedRelation(node, columns, viable, final, left, right, context);
  return { relation, equivalent, viable };
}

/** What is joined with what, with ksqlDB's refusals. */
function kindOf(
  left: Side,
  right: Side,
  on: Condition,
  leftKey: PlanExpression,
  rightKey: PlanExpression,
): LogicalJoin['kind'] {
  const { type } = on.clause;
  const words = {
    INNER: '[INNER] JOIN',
    LEFT: 'LEFT [OUTER] JOIN',
    RIGHT: 'RIGHT [OUTER] JOIN',
    OUTER: '[FULL] OUTER JOIN',
  };
  const got = `${on.leftSource.source.name} ${words[type]} ${on.rightSource.source.name}`;
  const span = on.clause.span;
  if (left.relation.kind === 'STREAM') {
    if (right.relation.kind === 'STREAM') return 'stream';
    if (type === 'OUTER')
      throw invalid(`Invalid join type: full-outer join not supported for stream-table join. Got ${got}.`, span);
    if (!isKey(right, on.right, rightKey)) {
      throw invalid(
        `Invalid join condition: stream-table joins require to join on the table's primary key. Got ${on.text}.`,
        span,
      );
    }
    if (on.clause.within !== undefined) {
      throw invalid(
        'A window definition was provided for a Stream-Table join. These joins are not windowed. Please drop the window definition (ie. the WITHIN clause) and try to execute your join again.',
        span,
      );
    }
    if (type === 'RIGHT') throw invalid(`Invalid join type encountered: ${words[type]}`, span);
    return 'lookup';
  }
  if (right.relation.kind === 'STREAM') {
    throw invalid(
      `Invalid join order: table-stream joins are not supported; only stream-table joins. Got ${got}.`,
      span,
    );
  }
  if (!isKey(right, on.right, rightKey)) {
    throw invalid(
      `Invalid join condition: table-table joins require to join on the primary key of the right input table. Got ${on.text}.`,
      span,
    );
  }
  if (on.clause.within !== undefined) {
    throw invalid(
      'A window definition was provided for a Table-Table join. These joins are not windowed. Please drop the window definition (i.e. the WITHIN clause) and try to execute your Table-Table join again.',
      span,
    );
  }
  if (left.source === undefined ? isJoinedKey(on) : isKey(left, on.left, leftKey)) return 'table';
  if (type === 'OUTER')
    throw invalid(
      `Invalid join type: full-outer join not supported for foreign-key table-table join. Got ${got}.`,
      span,
    );
  if (left.source === undefined) {
    throw invalid(
      `Invalid join condition: foreign-key table-table joins are not supported as part of n-way joins. Got ${on.text}.`,
      span,
    );
  }
  if (right.source?.source.window !== undefined)
    throw invalid('Foreign-key table-table joins are not supported on windowed tables.', span);
  if (type === 'RIGHT') throw invalid('RIGHT OUTER JOIN on a foreign key is not supported', span);
  return 'foreign-key';
}

/** Behind a join: the expression is the primary key of the source that it names. */
function isJoinedKey(on: Condition): boolean {
  const keys = on.leftSource.source.columns.filter((column) => column.place === 'key');
  return on.left.kind === 'column' && keys.length === 1 && keys[0]?.name === on.left.name;
}

/** Is the expression the one key column of the side? */
function isKey({ relation }: Side, expression: Expression, bound: PlanExpression): boolean {
  const [key] = relation.keys;
  return (
    expression.kind === 'column' && relation.keys.length === 1 && bound.kind === 'column' && bound.index === key?.index
  );
}

function checkRepartition(
  left: Side,
  right: Side,
  on: Condition,
  kind: LogicalJoin['kind'],
  leftKey: PlanExpression,
  rightKey: PlanExpression,
): void {
  const more =
    'Implicit repartitioning of windowed sources is not supported. See https://github.com/confluentinc/ksql/issues/4385.';
  const moved = (side: Side, bound: PlanExpression): boolean =>
    side.relation.keys.length !== 1 || bound.kind !== 'column' || bound.index !== side.relation.keys[0]?.index;
  const [a, b] = [left.relation.node.window, right.relation.node.window];
  const differ = a !== undefined && b !== undefined && (a.type !== b.type || a.sizeMs !== b.sizeMs);
  if ((a && moved(left, leftKey)) || (b && moved(right, rightKey)) || differ) throw invalid(more, on.clause.span);
  const inferring = ['AVRO', 'PROTOBUF', 'JSON_SR'];
  const tables = [left, right].filter(
    (side) => side.relation.kind === 'TABLE' && side.source?.source.window !== undefined,
  );
  if (kind !== 'stream' && tables.some((side) => inferring.includes(side.source?.source.keyFormat.format ?? ''))) {
    throw invalid(
      `${more} As a result, ksqlDB does not support joins on windowed sources with Schema-Registry-enabled key formats (AVRO, JSON_SR, PROTOBUF) at this time. Please repartition your sources to use a different key format before performing the join.`,
      on.clause.span,
    );
  }
}

const day = 86_400_000;

function withinOf({ clause }: Condition, kind: LogicalJoin['kind']): LogicalWithin | undefined {
  if (kind !== 'stream') return undefined;
  if (clause.within === undefined) {
    throw invalid(
      'Stream-Stream joins must have a WITHIN clause specified. None was provided. To learn about how to specify a WITHIN clause with a stream-stream join, please visit: https://docs.confluent.io/current/ksql/docs/syntax-reference.html#create-stream-as-select',
      clause.span,
    );
  }
  const beforeMs = durationMs(clause.within.before);
  const afterMs = durationMs(clause.within.after);
  const grace = clause.grace && durationMs(clause.grace);
  return {
    beforeMs,
    afterMs,
    graceMs: grace ?? Math.max(day - beforeMs - afterMs, 0),
    unmatched: grace === undefined ? 'at-once' : 'on-close',
  };
}

function viableColumns(left: Side, on: Condition, equivalent: readonly Expression[]): ExpressionOf<'column'>[] {
  const all = [...left.viable, on.left, on.right].filter((one): one is ExpressionOf<'column'> => one.kind === 'column');
  return all.filter(
    (one, i) =>
      all.findIndex((other) => sameExpression(one, other)) === i &&
      equivalent.some((other) => sameExpression(one, other)),
  );
}

function keyedRelation(
  node: LogicalJoin,
  columns: readonly ScopeColumn[],
  viable: readonly ExpressionOf<'column'>[],
  final: boolean,
  left: Side,
  right: Side,
  { names }: JoinContext,
): Relation {
  const index = columns.length;
  const type = node.columns[index]?.type as SqlType;
  const synthetic = viable.length === 0;
  const keyName = synthetic
    ? new AliasGenerator([
        ...columns.map(({ name }) => name),
        ...names.sources.flatMap(({ source }) => source.columns.map((column) => column.name)),
      ]).numbered('ROWKEY', true)
    : '';
  const star = (alias?: string): readonly string[] => {
    const all = [...left.relation.star(alias), ...right.relation.star(alias)];
    return alias === undefined && synthetic && final
      ? [keyName, ...all]
      : all.filter((name) => !name.startsWith('ROWKEY') || columns.some((column) => column.name === name));
  };
  // Which of the viable columns is the key's name follows from the projection; `withKeyNamed` sets it.
  const flat = viable.map((one) => names.flatName(one.source ?? '', one.name));
  checkKeyType(flat[0] ?? keyName, type);
  return {
    node,
    scope: { columns: [...columns, { name: keyName, type, role: 'key' }] },
    kind: node.changelog === 'upsert' ? 'TABLE' : 'STREAM',
    keys: synthetic ? [{ name: keyName, type, index }] : flat.map((name) => ({ name, type, index })),
    star,
    checkKey: (sink, projection) => {
      if (synthetic) {
        if (!projection.contains({ kind: 'column', name: keyName, span: noSpan })) {
          throw keysMissing(sink, 'join expression', [printName(keyName)], 'one', true);
        }
        return;
      }
      if (!viable.some((one) => projection.contains(one))) {
        throw keysMissing(sink, 'join expression', viable.map(printExpression), 'one');
      }
    },
  };
}

/** Of several equal join columns the first that is selected gives the key its name. */
export function withKeyNamed(relation: Relation, selected: (flatName: string) => boolean): Relation {
  const [first] = relation.keys;
  if (relation.keys.length < 2 || first === undefined || !relation.keys.every((key) => key.index === first.index))
    return relation;
  const chosen = relation.keys.find((key) => selected(key.name)) ?? first;
  return { ...relation, keys: [chosen] };
}

function foreignKeyRelation(node: LogicalJoin, columns: readonly ScopeColumn[], left: Side, right: Side): Relation {
  const leftSource = left.source as NamedSource;
  const keys = left.relation.keys;
  return {
    node,
    scope: {
      columns: [
        ...columns.map(
          (column): ScopeColumn =>
            keys.some(({ name }) => name === column.name) ? { ...column, role: 'key' } : column,
        ),
        { name: '', type: node.columns.at(-1)?.type as SqlType, role: 'value' },
      ],
    },
    kind: 'TABLE',
    keys,
    star: (alias) => [...left.relation.star(alias), ...right.relation.star(alias)],
    checkKey: (_sink, projection: Projection) => {
      const own = leftSource.source.columns.filter((column) => column.place === 'key');
      const missing = own.filter(
        ({ name }) => !projection.contains({ kind: 'column', source: leftSource.alias, name, span: noSpan }),
      );
      if (missing.length === 0) return;
      const word = missing.length === 1 ? 'column' : 'columns';
      throw invalid(
        `Primary key ${word} missing in projection. For foreign-key table-table joins, the projection must include all primary key columns from the left input table (\`${leftSource.alias}\`). Missing ${word}: ${missing.map(({ name }) => `\`${name}\``).join(', ')}.`,
      );
    },
  };
}
