/**
 * Expressions and types as they are written, with their places. Shared by the dialects; names are already in the case that
 * the dialect gives them (upper case unless quoted).
 */
import type { Span } from './lexer.ts';

interface Node {
  readonly span: Span;
}

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';
export type ComparisonOperator = '=' | '<>' | '<' | '<=' | '>' | '>=' | 'IS DISTINCT FROM' | 'IS NOT DISTINCT FROM';

export type Expression = Node &
  (
    | { readonly kind: 'null' }
    | { readonly kind: 'boolean'; readonly value: boolean }
    /** An integer that fits in 32 bits. */
    | { readonly kind: 'integer'; readonly value: number }
    /** An integer that fits in 64 bits, as decimal text. */
    | { readonly kind: 'long'; readonly value: string }
    /** `1.50`, as it is written. */
    | { readonly kind: 'decimal'; readonly value: string }
    | { readonly kind: 'double'; readonly value: number }
    | { readonly kind: 'string'; readonly value: string }
    | { readonly kind: 'column'; readonly source?: string; readonly name: string }
    /** `struct->field`. */
    | { readonly kind: 'field'; readonly base: Expression; readonly name: string }
    /** `struct->*`, in a SELECT list only. */
    | { readonly kind: 'all-fields'; readonly base: Expression }
    | { readonly kind: 'subscript'; readonly base: Expression; readonly index: Expression }
    | {
        readonly kind: 'arithmetic';
        readonly operator: ArithmeticOperator;
        readonly left: Expression;
        readonly right: Expression;
      }
    | { readonly kind: 'sign'; readonly sign: '+' | '-'; readonly operand: Expression }
    | { readonly kind: 'concat'; readonly left: Expression; readonly right: Expression }
    | {
        readonly kind: 'comparison';
        readonly operator: ComparisonOperator;
        readonly left: Expression;
        readonly right: Expression;
      }
    | {
        readonly kind: 'logical';
        readonly operator: 'AND' | 'OR';
        readonly left: Expression;
        readonly right: Expression;
      }
    | { readonly kind: 'not'; readonly operand: Expression }
    | { readonly kind: 'is-null'; readonly operand: Expression; readonly negated: boolean }
    | {
        readonly kind: 'between';
        readonly operand: Expression;
        readonly low: Expression;
        readonly high: Expression;
      }
    | { readonly kind: 'in'; readonly operand: Expression; readonly values: readonly Expression[] }
    | {
        readonly kind: 'like';
        readonly operand: Expression;
        readonly pattern: Expression;
        readonly escape?: string;
      }
    | {
        readonly kind: 'case';
        /** `CASE operand WHEN …`; absent = each branch has its own condition. */
        readonly operand?: Expression;
        readonly branches: readonly { readonly when: Expression; readonly then: Expression }[];
        readonly otherwise?: Expression;
      }
    | { readonly kind: 'cast'; readonly operand: Expression; readonly type: TypeExpression }
    /** `star`: `COUNT(*)`. */
    | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[]; readonly star?: boolean }
    | { readonly kind: 'array'; readonly items: readonly Expression[] }
    | { readonly kind: 'map'; readonly entries: readonly { readonly key: Expression; readonly value: Expression }[] }
    | { readonly kind: 'struct'; readonly fields: readonly { readonly name: string; readonly value: Expression }[] }
    | { readonly kind: 'lambda'; readonly parameters: readonly string[]; readonly body: Expression }
    /** `DAYS` as first argument of DATEADD and its like. */
    | { readonly kind: 'unit'; readonly unit: string }
  );

export type ExpressionOf<K extends Expression['kind']> = Extract<Expression, { kind: K }>;

export type TypeExpression = Node &
  (
    | {
        readonly kind: 'named';
        readonly name: string;
        readonly quoted: boolean;
        readonly parameters: readonly string[];
      }
    | { readonly kind: 'array-of'; readonly element: TypeExpression }
    | { readonly kind: 'map-of'; readonly key: TypeExpression; readonly value: TypeExpression }
    | {
        readonly kind: 'struct-of';
        readonly fields: readonly { readonly name: string; readonly type: TypeExpression }[];
      }
  );
