/**
 * Bound expressions: what binders make of the text and what plans hold. Plain data.
 *
 * Names, types, overloads and coercions are settled; a function is one id of the function table (`functions/lookup.ts`).
 */
import type { SqlType } from './types.ts';

/** A bound expression over the columns of the node below: names, types, overloads and coercions are settled. */
export type PlanExpression =
  | { readonly kind: 'column'; readonly index: number; readonly type: SqlType }
  | { readonly kind: 'literal'; readonly value: PlanLiteral; readonly type: SqlType }
  /** From left to right; the right side is evaluated only when it decides. An operand that is null fails, as that of `not` does. */
  | {
      readonly kind: 'and' | 'or';
      readonly left: PlanExpression;
      readonly right: PlanExpression;
      readonly type: SqlType;
    }
  | { readonly kind: 'not'; readonly operand: PlanExpression; readonly type: SqlType }
  | { readonly kind: 'is-null'; readonly operand: PlanExpression; readonly negated: boolean; readonly type: SqlType }
  | {
      /** Lazy: a branch is evaluated only when its condition is reached and true. A condition that is null fails. */
      readonly kind: 'case';
      readonly branches: readonly { readonly when: PlanExpression; readonly then: PlanExpression }[];
      readonly otherwise?: PlanExpression;
      readonly type: SqlType;
    }
  /**
   * What fails (an operator of a null, a division by zero, a function that throws) is null up to the nearest cast, argument that is a
   * call, or item around it, else all of the expression.
   */
  /** A function resolved to one overload, by its id in the function table (`add:bigint`, `ucase:string`, `compare-lt:double` …). */
  | {
      readonly kind: 'call';
      readonly function: string;
      readonly args: readonly PlanExpression[];
      readonly type: SqlType;
    }
  /** What fails in it is null and the rest goes on, unless it is `implicit`: an operand's, for the sake of its operator. */
  | {
      readonly kind: 'cast';
      readonly operand: PlanExpression;
      readonly type: SqlType;
      readonly implicit?: true;
    }
  | { readonly kind: 'field'; readonly operand: PlanExpression; readonly name: string; readonly type: SqlType }
  /** A new STRUCT; a field may be null. */
  | {
      readonly kind: 'struct';
      readonly fields: readonly { readonly name: string; readonly value: PlanExpression }[];
      readonly type: SqlType;
    }
  /**
   * A function that another one calls: the argument of TRANSFORM, FILTER, REDUCE. It is passed as a JavaScript function over
   * plain values; null in, null out is not implied. `type` is what the body gives.
   */
  | {
      readonly kind: 'lambda';
      readonly parameters: readonly { readonly id: number; readonly name: string; readonly type: SqlType }[];
      readonly body: PlanExpression;
      readonly type: SqlType;
    }
  /** A parameter of an enclosing lambda; ids are unique within one expression. */
  | { readonly kind: 'parameter'; readonly id: number; readonly type: SqlType };

/** BIGINT literals beyond 2^53 and DECIMALs are kept as decimal text, BYTES as base64. */
export type PlanLiteral = null | boolean | number | string;
