/**
 * The names of a query: which source a column belongs to, what columns are called behind joins, what unnamed columns of a
 * SELECT are called.
 *
 * Expressions have two forms here. *Qualified*: every column names its source (`T.ID`); messages show it. *Flat*: columns have
 * the names of the plan's columns, which are `ID`, or behind a join `T_ID`.
 */
import type { DataSource } from '../../catalog/source.ts';
import { invalid } from '../../sql-error.ts';
import type { Expression, ExpressionOf } from '../../syntax/ast.ts';
import type { Query, Relation } from './ast.ts';
import { printExpression, printName } from './print.ts';
import { pseudoColumns, windowBounds } from './scope.ts';
import { mapParts, visit } from './walk.ts';

export interface NamedSource {
  readonly alias: string;
  readonly source: DataSource;
}

export class QueryNames {
  readonly sources: readonly NamedSource[];
  readonly isJoin: boolean;
  readonly #windowed: boolean;
  readonly #aliases: AliasGenerator;

  /** `lookup` finds a source or throws. */
  constructor(query: Query, lookup: (relation: Relation) => DataSource) {
    const relations = [query.from, ...query.joins.map((join) => join.right)];
    this.sources = relations.map((relation) => ({ alias: relation.alias ?? relation.name, source: lookup(relation) }));
    this.isJoin = query.joins.length > 0;
    this.#windowed = query.window !== undefined;
    this.#aliases = new AliasGenerator(
      this.sources.flatMap(({ source }) => source.columns.map((column) => column.name)),
    );
  }

  source(alias: string): NamedSource | undefined {
    return this.sources.find((one) => one.alias === alias);
  }

  /** @throws when a name is ambiguous, or names a source that is not there */
  qualify(expression: Expression, lambdaNames: ReadonlySet<string> = new Set()): Expression {
    if (expression.kind === 'lambda') return this.#qualifyLambda(expression, lambdaNames);
    if (expression.kind !== 'column') return mapParts(expression, (part) => this.qualify(part, lambdaNames));
    if (expression.source !== undefined) {
      if (this.source(expression.source) === undefined) throw unknownAlias(expression.source, expression);
      return expression;
    }
    if (lambdaNames.has(expression.name)) return expression;
    const found = this.sources.filter((one) => hasColumn(one, expression.name));
    if (found.length > 1) {
      const sources = found.map(({ alias }) => `${printName(alias)}.${printName(expression.name)}`).sort();
      throw invalid(
        `${place(expression)}Column '${printName(expression.name)}' is ambiguous. Could be ${joined(sources, 'or')}.`,
        expression.span,
      );
    }
    const [only] = found;
    return only === undefined ? expression : { ...expression, source: only.alias };
  }

  #qualifyLambda(lambda: ExpressionOf<'lambda'>, outer: ReadonlySet<string>): Expression {
    for (const name of lambda.parameters) {
      if (this.sources.some(({ source }) => source.columns.some((column) => column.name === name))) {
        throw invalid(`Lambda function argument can't be a column name: ${name}`, lambda.span);
      }
      if (outer.has(name)) throw invalid('Reusing lambda arguments in nested lambda is not allowed', lambda.span);
    }
    return { ...lambda, body: this.qualify(lambda.body, new Set([...outer, ...lambda.parameters])) };
  }

  /** The columns' names in the plan; the reverse of what `qualify` does, behind a join with the alias in front. */
  flatten(expression: Expression): Expression {
    if (expression.kind !== 'column') return mapParts(expression, (part) => this.flatten(part));
    if (expression.source === undefined) return expression;
    return { kind: 'column', name: this.flatName(expression.source, expression.name), span: expression.span };
  }

  flatName(alias: string, name: string): string {
    return this.isJoin ? `${alias}_${name}` : name;
  }

  /**
   * Checks that every column exists. Gives the aliases of the sources that are used.
   * `synthetic`: a name like ROWKEY may be the key that the join makes up.
   */
  check(
    expression: Expression,
    clause: string,
    options: { readonly synthetic?: boolean; readonly more?: string } = {},
  ): Set<string> {
    const used = new Set<string>();
    const lambdaNames = new Set<string>();
    visit(expression, (part) => {
      if (part.kind === 'lambda') for (const name of part.parameters) lambdaNames.add(name);
      if (part.kind !== 'column' || (part.source === undefined && lambdaNames.has(part.name))) return undefined;
      const found = this.sources.filter(
        (one) =>
          (part.source === undefined || part.source === one.alias) &&
          (hasColumn(one, part.name) || (this.#windowed && windowBounds.has(part.name))),
      );
      const [first] = found;
      if (first === undefined || (part.source === undefined && found.length > 1)) {
        const madeUp =
          options.synthetic === true && this.isJoin && part.source === undefined && part.name.startsWith('ROWKEY');
        if (!madeUp) throw unknownColumn(part, clause, options.more);
        return undefined;
      }
      used.add(first.alias);
      return undefined;
    });
    return used;
  }

  /** Is the name a column of more than one source? Then a column of it is called `ALIAS_NAME` in a SELECT. */
  clashes(name: string): boolean {
    if (!this.isJoin) return false;
    if (pseudoColumns.has(name)) return true;
    return this.sources.filter(({ source }) => source.columns.some((column) => column.name === name)).length > 1;
  }

  /** What a SELECT expression without alias is called. Asked once for each, in order. */
  aliasFor(expression: Expression): string {
    if (expression.kind === 'column') {
      return expression.source !== undefined && this.clashes(expression.name)
        ? `${expression.source}_${expression.name}`
        : expression.name;
    }
    return this.#aliases.next(expression);
  }
}

/** Names that no column has: `KSQL_COL_n`, or a field's own name with a number when it is taken. */
export class AliasGenerator {
  readonly #used = new Map<string, Set<number>>();
  readonly #next = new Map<string, number>();

  constructor(names: readonly string[]) {
    for (const name of names) {
      const [base, number] = split(name);
      const numbers = this.#used.get(base) ?? new Set<number>();
      this.#used.set(base, numbers.add(number));
    }
  }

  next(expression: Expression): string {
    return expression.kind === 'field'
      ? this.numbered(split(expression.name)[0], true)
      : this.numbered('KSQL_COL', false);
  }

  numbered(base: string, dropZero: boolean): string {
    let index = this.#next.get(base) ?? 0;
    while (this.#used.get(base)?.has(index) === true) index++;
    this.#next.set(base, index + 1);
    return index === 0 && dropZero ? base : `${base}_${index}`;
  }
}

function split(name: string): [string, number] {
  const match = /^(.*?)_(\d+)$/.exec(name);
  return match === null ? [name, 0] : [match[1] ?? '', Number(match[2])];
}

function hasColumn({ source }: NamedSource, name: string): boolean {
  if (pseudoColumns.has(name)) return true;
  if (windowBounds.has(name) && source.window !== undefined) return true;
  return source.columns.some((column) => column.name === name);
}

function unknownColumn(column: ExpressionOf<'column'>, clause: string, more: string | undefined): Error {
  const text = printExpression(column);
  return invalid(
    `${place(column)}${clause} column '${text}' cannot be resolved.${more === undefined ? '' : ` ${more.replaceAll('{}', text)}`}`,
    column.span,
  );
}

export function unknownAlias(alias: string, { span }: Expression): Error {
  return invalid(`Failed to prepare statement: '${alias}' is not a valid stream/table name or alias.`, span);
}

/** `Line: 1, Col: 8: `. */
export function place({ span }: { readonly span: { readonly line: number; readonly column: number } }): string {
  return `Line: ${span.line}, Col: ${span.column}: `;
}

/** `a, b and c`. */
export function joined(parts: readonly string[], word: 'and' | 'or' | ''): string {
  if (word === '' || parts.length < 2) return parts.join(', ');
  return `${parts.slice(0, -1).join(', ')} ${word} ${parts.at(-1)}`;
}
