/** The SELECT list as columns of the result: keys in front for a sink, everything in order for somebody who asked. */
import type { PlanExpression } from '../../expression.ts';
import { logicalProject } from '../../logical/project.ts';
import type { LogicalProject } from '../../logical/project.ts';
import type { LogicalNode } from '../../logical/node.ts';
import { invalid, within } from '../../sql-error.ts';
import type { Expression } from '../../syntax/ast.ts';
import type { Span } from '../../syntax/lexer.ts';
import { containsMap, isNumeric, sameType, sqlTypes, typeText } from '../../types.ts';
import type { SqlType } from '../../types.ts';
import { convertLiteral } from './bound.ts';
import { bindExpression } from './expressions.ts';
import type { BindContext } from './expressions.ts';
import { columnFailure, mayFail } from './failures.ts';
import { joined } from './names.ts';
import type { QueryPurpose, SelectExpression } from './clauses.ts';
import type { Relation } from './relation.ts';
import { windowBounds } from './scope.ts';

export interface ProjectedColumn {
  readonly name: string;
  readonly type: SqlType;
  /** Position in the node. */
  readonly column: number;
}

export interface Projected {
  readonly node: LogicalNode;
  readonly key: readonly ProjectedColumn[];
  readonly value: readonly ProjectedColumn[];
  /** Transient queries: the columns in the order of the SELECT list. */
  readonly columns: readonly (ProjectedColumn & { readonly key: boolean })[];
  readonly windowBounds?: { readonly start: number; readonly end: number };
}

/** A column of the result before it has a place. */
export interface ResultPart {
  readonly name: string;
  readonly type: SqlType;
  readonly expression: PlanExpression;
  /** What it was made of, as messages name it. */
  readonly source?: Expression;
  /** Which key column it is; absent: a value. */
  readonly keyIndex?: number;
}

export function project(
  select: readonly SelectExpression[],
  relation: Relation,
  purpose: QueryPurpose,
  context: BindContext,
): Projected {
  const persistent = purpose.kind === 'persistent';
  const target = purpose.kind === 'persistent' ? purpose.target : undefined;
  const parts = select.flatMap(({ name, flat }, position): ResultPart[] => {
    if (persistent && flat.kind === 'column' && windowBounds.has(flat.name) && name === flat.name) return [];
    const value = within(flat.span, () => bindExpression(flat, context));
    if (value.type === undefined) throw untypedNull(flat.span);
    const at = flat.kind === 'column' ? relation.keys.findIndex((key) => key.name === flat.name) : -1;
    const key = relation.keys[at];
    if (key === undefined)
      return [{ name, source: flat, ...coerced(value.expression, target?.columns[position]?.type) }];
    const expression: PlanExpression = persistent
      ? { kind: 'column', index: key.index, type: key.type }
      : value.expression;
    return [{ name, type: value.type, expression, source: flat, keyIndex: at }];
  });
  if (persistent) {
    relation.keys.forEach((key, i) => {
      const names = parts.filter((part) => part.keyIndex === i).map((part) => part.name);
      if (new Set(names).size > 1) {
        throw invalid(
          `The projection contains a key column (\`${key.name}\`) more than once, aliased as: ${joined([...names].sort(), 'and')}.\n` +
            'Each key column must only be in the projection once. If you intended to copy the key into the value, then consider using the AS_VALUE function to indicate which key reference should be copied.',
        );
      }
    });
  }
  if (!parts.some((part) => !persistent || part.keyIndex === undefined))
    throw invalid('The projection contains no value columns.');
  return place(relation.node, parts, relation.keys.length, persistent, windowExpressions(relation));
}

export function untypedNull(span?: Span): Error {
  return invalid(
    "Can't infer a type of null. Please explicitly cast it to a required type, e.g. CAST(null AS VARCHAR).",
    span,
  );
}

/** A number literal takes the DECIMAL type of the column that it is inserted into. */
function coerced(
  expression: PlanExpression,
  wanted: SqlType | undefined,
): { readonly type: SqlType; readonly expression: PlanExpression } {
  if (
    wanted?.kind === 'DECIMAL' &&
    expression.kind === 'literal' &&
    isNumeric(expression.type) &&
    !sameType(expression.type, wanted)
  ) {
    const value = convertLiteral(expression.value, expression.type, wanted);
    if (value !== undefined) return { type: wanted, expression: { kind: 'literal', value, type: wanted } };
  }
  return { type: expression.type, expression };
}

/** The window's bounds of a relation whose keys carry windows: of whichever side of a join is there. */
export function windowExpressions(
  relation: Relation,
): { readonly start: PlanExpression; readonly end: PlanExpression } | undefined {
  if (relation.node.window === undefined) return undefined;
  const bound = (name: string): PlanExpression => {
    const all = relation.scope.columns.flatMap((column, index): PlanExpression[] =>
      column.role === 'window' && column.name.endsWith(name) ? [{ kind: 'column', index, type: column.type }] : [],
    );
    const [first, second] = all as [PlanExpression, PlanExpression | undefined];
    if (second === undefined) return first;
    const there: PlanExpression = { kind: 'is-null', operand: first, negated: true, type: sqlTypes.boolean };
    // oxlint-disable-next-line unicorn/no-thenable -- The grammar's word; nobody awaits an expression.
    return { kind: 'case', branches: [{ when: there, then: first }], otherwise: second, type: sqlTypes.bigint };
  };
  return { start: bound('WINDOWSTART'), end: bound('WINDOWEND') };
}

/** Gives every part its place in a projection above the node. */
export function place(
  node: LogicalNode,
  parts: readonly ResultPart[],
  keyCount: number,
  persistent: boolean,
  bounds: { readonly start: PlanExpression; readonly end: PlanExpression } | undefined,
): Projected {
  const ordered = persistent
    ? [
        ...Array.from({ length: keyCount }, (_, i) => parts.find((part) => part.keyIndex === i)).filter(
          (part) => part !== undefined,
        ),
        ...parts.filter((part) => part.keyIndex === undefined),
      ]
    : parts;
  checkNames(ordered, persistent);
  // A key of a sink is no column of its value.
  const isValue = ({ keyIndex }: ResultPart): boolean => !persistent || keyIndex === undefined;
  const columns = ordered.map((part, at): LogicalProject['columns'][number] => {
    const { name, type, expression, source } = part;
    if (source === undefined || !isValue(part) || !mayFail(expression)) return { name, type, expression };
    return {
      name,
      type,
      expression,
      failure: columnFailure(source, name, ordered.slice(0, at).filter(isValue).length),
    };
  });
  const places = ordered.map(({ name, type, keyIndex }, column) => ({
    name,
    type,
    column,
    key: keyIndex !== undefined,
  }));
  if (persistent && bounds !== undefined) {
    columns.push({ name: 'WINDOWSTART', type: sqlTypes.bigint, expression: bounds.start });
    columns.push({ name: 'WINDOWEND', type: sqlTypes.bigint, expression: bounds.end });
  }
  const plain = ({ name, type, column }: (typeof places)[number]): ProjectedColumn => ({ name, type, column });
  const key = places.filter((one) => one.key);
  return {
    node: logicalProject(
      node,
      columns,
      key.map(({ column }) => column),
    ),
    key: key.map(plain),
    value: places.filter((one) => !one.key).map(plain),
    columns: places,
    ...(persistent && bounds !== undefined && { windowBounds: { start: columns.length - 2, end: columns.length - 1 } }),
  };
}

function checkNames(parts: readonly ResultPart[], persistent: boolean): void {
  const values = parts.filter((part) => !persistent || part.keyIndex === undefined);
  for (const [i, part] of values.entries()) {
    if (values.findIndex((other) => other.name === part.name) < i) {
      throw invalid(`Duplicate value columns found in schema: \`${part.name}\` ${typeText(part.type)}`);
    }
  }
  if (!persistent) return;
  const keys = parts.filter((part) => part.keyIndex !== undefined);
  const clashing = keys.filter((key) => values.some((value) => value.name === key.name));
  if (clashing.length > 0)
    throw invalid(`Value columns clash with key columns: ${clashing.map(({ name }) => `\`${name}\``).join(', ')}`);
  for (const key of keys) checkKeyType(key.name, key.type);
}

/** Maps have no one form in bytes, so they cannot be keys. */
export function checkKeyType(name: string, type: SqlType): void {
  if (containsMap(type)) {
    throw invalid(
      `Map keys, including types that contain maps, are not supported as they may lead to unexpected behavior due to inconsistent serialization. Key column name: \`${name}\`. Column type: ${typeText(type)}. See https://github.com/confluentinc/ksql/issues/6621 for more.`,
    );
  }
}
