/** The statements of ksqlDB as they are written. */
import type { Expression, TypeExpression } from '../../syntax/ast.ts';
import type { Span } from '../../syntax/lexer.ts';

export type SourceKind = 'STREAM' | 'TABLE';

/** A value of a WITH clause: a literal or a name, as text; names of properties are in upper case. */
export interface PropertyValue {
  readonly kind: 'string' | 'number' | 'boolean' | 'null';
  readonly value: string;
  readonly span: Span;
}
export type Properties = ReadonlyMap<string, PropertyValue>;

export interface ColumnElement {
  readonly name: string;
  readonly type: TypeExpression;
  readonly constraint?:
    | { readonly kind: 'KEY' | 'PRIMARY KEY' | 'HEADERS' }
    | { readonly kind: 'HEADER'; readonly key: string };
  readonly span: Span;
}

export interface Duration {
  readonly value: number;
  readonly unit: string;
}

export type WindowClause = { readonly name?: string; readonly span: Span } & (
  | {
      readonly type: 'TUMBLING';
      readonly size: Duration;
      readonly retention?: Duration;
      readonly grace?: Duration;
    }
  | {
      readonly type: 'HOPPING';
      readonly size: Duration;
      readonly advance: Duration;
      readonly retention?: Duration;
      readonly grace?: Duration;
    }
  | { readonly type: 'SESSION'; readonly gap: Duration; readonly retention?: Duration; readonly grace?: Duration }
);

export type SelectItem =
  | { readonly kind: 'expression'; readonly expression: Expression; readonly alias?: string; readonly span: Span }
  | { readonly kind: 'all'; readonly source?: string; readonly span: Span };

export interface Relation {
  readonly name: string;
  readonly alias?: string;
  readonly span: Span;
}

export interface JoinClause {
  readonly type: 'INNER' | 'LEFT' | 'RIGHT' | 'OUTER';
  readonly right: Relation;
  readonly within?: { readonly before: Duration; readonly after: Duration; readonly symmetric: boolean };
  readonly grace?: Duration;
  readonly on: Expression;
  readonly span: Span;
}

export interface GroupingClause {
  readonly expressions: readonly Expression[];
  /** Written in brackets. */
  readonly bracketed: boolean;
  readonly span: Span;
}

export interface Query {
  readonly select: readonly SelectItem[];
  readonly from: Relation;
  readonly joins: readonly JoinClause[];
  readonly window?: WindowClause;
  readonly where?: Expression;
  readonly groupBy?: GroupingClause;
  readonly partitionBy?: GroupingClause;
  readonly having?: Expression;
  /** Absent: no EMIT clause, so a SELECT of its own is a pull query. */
  readonly emit?: 'CHANGES' | 'FINAL';
  readonly limit?: number;
  readonly span: Span;
}

interface CreateSource {
  readonly source: SourceKind;
  readonly name: string;
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
  readonly properties: Properties;
}

export type Statement = { readonly span: Span } & (
  | ({
      readonly kind: 'create-source';
      /** Read-only (`CREATE SOURCE STREAM`). */
      readonly readOnly: boolean;
      readonly columns: readonly ColumnElement[];
    } & CreateSource)
  | ({ readonly kind: 'create-as'; readonly query: Query } & CreateSource)
  | { readonly kind: 'insert-query'; readonly target: string; readonly properties: Properties; readonly query: Query }
  | {
      readonly kind: 'insert-values';
      readonly target: string;
      readonly columns: readonly string[];
      readonly values: readonly Expression[];
    }
  | { readonly kind: 'query'; readonly query: Query }
  | {
      readonly kind: 'drop-source';
      readonly source: SourceKind;
      readonly name: string;
      readonly ifExists: boolean;
      readonly deleteTopic: boolean;
    }
  | {
      readonly kind: 'alter-source';
      readonly source: SourceKind;
      readonly name: string;
      readonly add: readonly { readonly name: string; readonly type: TypeExpression }[];
    }
  | {
      readonly kind: 'create-type';
      readonly name: string;
      readonly type: TypeExpression;
      readonly ifNotExists: boolean;
    }
  | { readonly kind: 'drop-type'; readonly name: string; readonly ifExists: boolean }
  | {
      readonly kind: 'create-connector';
      readonly direction: 'SOURCE' | 'SINK';
      readonly name: string;
      readonly ifNotExists: boolean;
      /** Property names as written. */
      readonly properties: Properties;
    }
  | { readonly kind: 'drop-connector'; readonly name: string; readonly ifExists: boolean }
  | { readonly kind: 'describe-connector'; readonly name: string }
  | { readonly kind: 'list-streams' | 'list-tables'; readonly extended: boolean }
  | { readonly kind: 'list-topics'; readonly extended: boolean; readonly all: boolean }
  | { readonly kind: 'list-queries'; readonly extended: boolean }
  | {
      readonly kind: 'list-functions' | 'list-properties' | 'list-types' | 'list-variables' | 'list-connector-plugins';
    }
  | { readonly kind: 'list-connectors'; readonly scope: 'ALL' | 'SOURCE' | 'SINK' }
  | { readonly kind: 'describe-source'; readonly name: string; readonly extended: boolean }
  | { readonly kind: 'describe-sources'; readonly source: SourceKind; readonly extended: boolean }
  | { readonly kind: 'describe-function'; readonly name: string }
  | { readonly kind: 'explain'; readonly queryId: string }
  | { readonly kind: 'explain'; readonly queryId?: undefined; readonly statement: Statement }
  | {
      readonly kind: 'print';
      readonly topic: string;
      readonly fromBeginning: boolean;
      readonly interval?: number;
      readonly limit?: number;
    }
  /** Absent id = ALL. */
  | { readonly kind: 'terminate' | 'pause' | 'resume'; readonly queryId?: string }
  | { readonly kind: 'set' | 'alter-system'; readonly name: string; readonly value: string }
  | { readonly kind: 'unset'; readonly name: string }
  | { readonly kind: 'define'; readonly name: string; readonly value: string }
  | { readonly kind: 'undefine'; readonly name: string }
  | {
      readonly kind: 'assert-topic';
      readonly topic: string;
      readonly exists: boolean;
      readonly properties: Properties;
      readonly timeout?: Duration;
    }
  | {
      readonly kind: 'assert-schema';
      readonly subject?: string;
      readonly id?: number;
      readonly exists: boolean;
      readonly timeout?: Duration;
    }
  | { readonly kind: 'run-script'; readonly file: string }
  | { readonly kind: 'spool'; readonly file?: string }
);

export type StatementOf<K extends Statement['kind']> = Extract<Statement, { kind: K }>;

/** One statement of a text. */
export interface ParsedStatement {
  readonly statement: Statement;
  /** Exactly as it stands in the text (after substitution of variables), with its semicolon. */
  readonly text: string;
  /** The same with passwords and other secrets of connectors replaced by `'[string]'`: what may be shown and logged. */
  readonly maskedText: string;
}
