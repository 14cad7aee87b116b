/**
 * Bound expressions to code: each sub-expression leaves its value in locals, nulls as flags, branches as `if`.
 *
 * Functions come from a table by id. What depends on bytes (equality of strings) or on the exactness of BIGINT is written
 * here; everything else is the function's own inline template or a call.
 */
import type { PlanExpression } from '../../sql/physical/plan.ts';
import { sqlTypes, typeText } from '../../sql/types.ts';
import type { SqlType } from '../../sql/types.ts';
import { castCode } from './casts.ts';
import { guard, not, or, plain, plainOf, unsupported, zero } from './code.ts';
import { failure, failureOf, nullOperand, zeroDivisor } from './failures.ts';
import type { Code, CodeValue, CompilableFunction, ExpressionScope } from './code.ts';

export function compileExpression(code: Code, expression: PlanExpression, scope: ExpressionScope): CodeValue {
  switch (expression.kind) {
    case 'column': {
      const column = scope.columns[expression.index];
      if (column === undefined) throw unsupported(`column ${expression.index} does not exist`);
      return column;
    }
    case 'literal':
      return literal(code, expression.value, expression.type, scope);
    case 'and':
    case 'or':
      return logical(code, expression, scope);
    case 'not': {
      const value = compileExpression(code, expression.operand, scope);
      requireValue(code, value, scope);
      return plain(expression.type, 'false', `!${paren(plainOf(value))}`);
    }
    case 'is-null': {
      const value = compileExpression(code, expression.operand, scope);
      return plain(expression.type, 'false', expression.negated ? not(value.nul) : value.nul);
    }
    case 'case':
      return choice(code, expression, scope);
    case 'call':
      return call(code, expression, scope);
    case 'cast': {
      const { operand, type } = expression;
      if (expression.implicit !== true) return castCode(code, part(code, operand, scope, typeText(type)), type, scope);
      const { failures: _, ...around } = scope;
      return castCode(code, compileExpression(code, operand, scope), type, around);
    }
    case 'field': {
      const value = compileExpression(code, expression.operand, scope);
      const result = code.name('f');
      code.line(
        `let ${result} = null;`,
        guard(value.nul, `${result} = ${plainOf(value)}[${JSON.stringify(expression.name)}] ?? null;`),
      );
      return fromPlain(code, expression.type, result, scope);
    }
    case 'struct': {
      const fields = expression.fields.map(({ name, value }) => {
        const compiled = part(code, value, scope, 'struct field');
        return `${JSON.stringify(name)}: ${toPlain(compiled, scope.mode.exact)}`;
      });
      const result = code.name('s');
      code.line(`const ${result} = { ${fields.join(', ')} };`);
      return plain(expression.type, 'false', result);
    }
    case 'lambda':
      return lambda(code, expression, scope);
    case 'parameter': {
      const value = scope.parameters?.get(expression.id);
      if (value === undefined) throw unsupported('a parameter of a lambda stands outside of it');
      return value;
    }
  }
}

/** A value as callers outside of generated code see it: null or plain. */
export function toPlain(value: CodeValue, exact: boolean): string {
  if (value.nul === 'true') return 'null';
  const v = value.type.kind === 'BIGINT' && exact ? `publicLong(${plainOf(value)})` : plainOf(value);
  return value.nul === 'false' ? v : `(${value.nul} ? null : ${v})`;
}

/** A local that holds null or a plain value, as a value of the mode. */
export function fromPlain(code: Code, type: SqlType, local: string, scope: ExpressionScope): CodeValue {
  if (type.kind !== 'BIGINT') return plain(type, `(${local} === null)`, local);
  if (!scope.mode.exact) {
    code.line(`if (typeof ${local} === 'bigint') ${scope.bail}`);
    return plain(type, `(${local} === null)`, local);
  }
  const wide = code.name('v');
  code.line(`const ${wide} = ${local} === null ? 0n : BigInt(${local});`);
  return plain(type, `(${local} === null)`, wide);
}

/** A function over plain values. What is not exact as a number leaves it by an exception. */
function lambda(code: Code, expression: PlanExpression & { kind: 'lambda' }, scope: ExpressionScope): CodeValue {
  const names = expression.parameters.map(() => code.name('l'));
  const inner = code.child();
  const { fail: _, ...around } = scope;
  const own: ExpressionScope = { ...around, bail: 'throw inexact;' };
  const parameters = new Map(scope.parameters);
  expression.parameters.forEach(({ id, type }, i) => {
    parameters.set(id, fromPlain(inner, type, names[i] as string, own));
  });
  const body = compileExpression(inner, expression.body, { ...own, parameters });
  const result = code.name('f');
  code.line(
    `const ${result} = (${names.join(', ')}) => {`,
    ...inner.lines,
    `return ${toPlain(body, scope.mode.exact)}; };`,
  );
  return plain(expression.type, 'false', result);
}

function paren(text: string): string {
  return /^\w+$/.test(text) ? text : `(${text})`;
}

function literal(
  code: Code,
  value: null | boolean | number | string,
  type: SqlType,
  { mode, bail }: ExpressionScope,
): CodeValue {
  if (value === null) return plain(type, 'true', 'null');
  switch (type.kind) {
    case 'BIGINT': {
      const exact = BigInt(value as number | string);
      if (mode.exact) return plain(type, 'false', `${code.constant(exact)}`);
      if (!Number.isSafeInteger(Number(exact))) {
        code.line(`if (true) ${bail}`);
        return plain(type, 'false', '0');
      }
      return plain(type, 'false', `${Number(exact) < 0 ? `(${exact})` : exact}`);
    }
    case 'STRING': {
      const bytes = Buffer.from(String(value));
      return {
        form: 'bytes',
        type,
        nul: 'false',
        buffer: code.constant(bytes),
        offset: '0',
        length: String(bytes.length),
      };
    }
    case 'BYTES':
      return plain(type, 'false', code.constant(Buffer.from(String(value), 'base64')));
    case 'DOUBLE': {
      const number = Number(value);
      return plain(type, 'false', Object.is(number, -0) ? '(-0)' : number < 0 ? `(${number})` : String(number));
    }
    case 'BOOLEAN':
      return plain(type, 'false', String(value));
    default:
      return plain(
        type,
        'false',
        typeof value === 'number' ? (value < 0 ? `(${value})` : String(value)) : code.constant(value),
      );
  }
}

/** The statement that leaves what is computed without a value. */
export function leave(code: Code, { fail }: ExpressionScope, why: string): string {
  return fail === undefined ? `throw ${code.constant(failure(why, why))};` : fail(why);
}

/** An operand that is null fails, as Java does where it takes a value out of its box. */
function requireValue(code: Code, { nul }: CodeValue, scope: ExpressionScope): void {
  if (nul !== 'false') code.line(`if (${nul}) ${leave(code, scope, nullOperand)}`);
}

/** AND and OR from left to right, as Java's: the right side is evaluated only when it decides. */
function logical(code: Code, expression: PlanExpression & { kind: 'and' | 'or' }, scope: ExpressionScope): CodeValue {
  const isOr = expression.kind === 'or';
  const left = compileExpression(code, expression.left, scope);
  requireValue(code, left, scope);
  const inner = code.child();
  const right = compileExpression(inner, expression.right, scope);
  requireValue(inner, right, scope);
  const [l, r] = [left, right].map((value) => (value.nul === 'true' ? 'false' : paren(plainOf(value))));
  if (inner.lines.length === 0) return plain(expression.type, 'false', `${l} ${isOr ? '||' : '&&'} ${r}`);
  const value = code.name('b');
  code.line(`let ${value} = ${isOr};`, `if (${isOr ? `!${l}` : l}) {`, ...inner.lines, `${value} = ${r};`, '}');
  return plain(expression.type, 'false', value);
}

function choice(code: Code, expression: PlanExpression & { kind: 'case' }, scope: ExpressionScope): CodeValue {
  const value = code.name('c');
  const nul = code.name('n');
  code.line(`let ${value} = null, ${nul} = true;`);
  let depth = 0;
  const assign = (then: PlanExpression): void => {
    const result = compileExpression(code, then, scope);
    code.line(guard(result.nul, `${value} = ${plainOf(result)}; ${nul} = false;`));
  };
  for (const branch of expression.branches) {
    const when = compileExpression(code, branch.when, scope);
    requireValue(code, when, scope);
    code.line(`if (${when.nul === 'true' ? 'false' : plainOf(when)}) {`);
    assign(branch.then);
    code.line('} else {');
    depth++;
  }
  if (expression.otherwise !== undefined) assign(expression.otherwise);
  code.line('}'.repeat(depth));
  return plain(expression.type, nul, value);
}

function call(code: Code, expression: PlanExpression & { kind: 'call' }, scope: ExpressionScope): CodeValue {
  const name = expression.function.slice(0, expression.function.indexOf(':'));
  const operator = operators.has(name) || name.startsWith('compare-');
  const args = expression.args.map((arg, i) =>
    operator ? compileExpression(code, arg, scope) : part(code, arg, scope, itemNames[name]?.[i % 2]),
  );
  const bytes = bytesEquality(code, expression, args);
  if (bytes !== undefined) return bytes;
  const fn = scope.functions(expression.function);
  if (fn === undefined) throw unsupported(`the function ${expression.function} cannot be executed`);
  const propagates = fn.nulls === 'propagate';
  const mayBeNull = propagates ? or(...args.map((arg) => arg.nul)) : 'false';
  if (name.startsWith('compare-') && propagates) return comparison(code, expression, args, fn, mayBeNull, scope);
  let argNul = mayBeNull;
  if (needsValues.has(name) && argNul !== 'false') {
    code.line(`if (${argNul}) ${leave(code, scope, nullOperand)}`);
    argNul = argNul === 'true' ? 'true' : 'false';
  } else if (name === 'element' && args[0]?.type.kind === 'ARRAY' && args[1]?.nul !== 'false') {
    code.line(`if (!${paren(args[0].nul)} && ${args[1]?.nul}) ${leave(code, scope, nullOperand)}`);
  }
  if (argNul === 'true') return plain(expression.type, 'true', 'null');
  const value = code.name('v');
  const texts = args.map((arg) =>
    propagates || arg.nul === 'false' ? paren(plainOf(arg)) : `(${arg.nul} ? null : ${plainOf(arg)})`,
  );
  const called =
    fn.inline !== undefined ? fn.inline(texts, scope.mode.exact) : `${code.constant(fn.call)}(${texts.join(', ')})`;
  const whole = expression.type.kind === 'BIGINT' && !scope.mode.exact;
  const neverNull = fn.neverNull === true || divisions.has(name);
  // A BIGINT has one zero, a number two. What a function gives may be a bigint, to which no number can be added.
  const oneZero = whole && propagates && neverNull;
  // Null, which a division may give, is no number to which zero could be added.
  const mends = oneZero && (fn.inline === undefined || divisions.has(name));
  const text = oneZero && !mends ? `${called} + 0` : called;
  let nul = argNul;
  if (propagates && neverNull) {
    code.line(
      argNul === 'false'
        ? `${mends ? 'let' : 'const'} ${value} = ${text};`
        : `let ${value} = ${zero(expression.type)}; ${guard(argNul, `${value} = ${text};`)}`,
      divisions.has(name) ? `if (${value} === null) ${leave(code, scope, zeroDivisor)}` : '',
      mends ? `if (typeof ${value} === 'number') ${value} += 0;` : '',
    );
    if (argNul !== 'false' && !/^\w+$/.test(argNul)) {
      nul = code.name('n');
      code.line(`const ${nul} = ${argNul};`);
    }
  } else {
    nul = code.name('n');
    code.line(
      `let ${value} = null;`,
      guard(argNul, `${value} = ${text};`),
      `const ${nul} = ${value} === null || ${value} === undefined;`,
    );
    if (whole) code.line(`if (${not(nul)} && typeof ${value} === 'number') ${value} += 0;`);
  }
  if (expression.type.kind === 'BIGINT' && !scope.mode.exact) {
    // Not exact as a number: the twin does this record. NaN fails the comparison as well.
    code.line(
      `if (${nul === 'false' ? '' : `${not(nul)} && `}!(${value} <= 9007199254740991 && ${value} >= -9007199254740991)) ${scope.bail}`,
    );
  }
  if (expression.type.kind === 'BIGINT' && scope.mode.exact) {
    // A function that only knows numbers gave one.
    const exact = code.name('v');
    code.line(`const ${exact} = ${nul === 'false' ? '' : `${nul} ? 0n : `}BigInt.asIntN(64, BigInt(${value}));`);
    return plain(expression.type, nul, exact);
  }
  return plain(expression.type, nul, value);
}

/** Operators: their operands are parts of the same expression. */
const operators: ReadonlySet<string> = new Set(
  'add subtract multiply divide modulo negate append like element'.split(' '),
);
/** Operators that fail where an operand is null. */
const needsValues: ReadonlySet<string> = new Set('add subtract multiply divide modulo negate like'.split(' '));
/** Null is what they give for a divisor of zero. */
const divisions: ReadonlySet<string> = new Set(['divide', 'modulo']);
/** How failures of items name them. */
const itemNames: Readonly<Record<string, readonly [string, string]>> = {
  'new-array': ['array item', 'array item'],
  'new-map': ['map key', 'map value'],
};

/** A comparison with a null is false. */
function comparison(
  code: Code,
  { type }: PlanExpression & { kind: 'call' },
  args: readonly CodeValue[],
  fn: CompilableFunction,
  nul: string,
  { mode }: ExpressionScope,
): CodeValue {
  if (nul === 'true') return plain(type, 'false', 'false');
  const texts = args.map((arg) => paren(plainOf(arg)));
  const test =
    fn.inline === undefined ? `${code.constant(fn.call)}(${texts.join(', ')})` : fn.inline(texts, mode.exact);
  const value = code.name('v');
  code.line(`const ${value} = ${nul === 'false' ? test : `${not(nul)} && ${paren(test)}`};`);
  return plain(type, 'false', value);
}

/**
 * An argument of a function, a field of a struct, an element. Of arguments, calls are computed on their own: what fails is null there,
 * and the rest goes on. Items (`item` is their name) all are.
 */
function part(code: Code, expression: PlanExpression, scope: ExpressionScope, item?: string): CodeValue {
  const what = item ?? ownName(expression);
  if (scope.failures === undefined || what === undefined || !canFail(expression))
    return compileExpression(code, expression, scope);
  const where = `Error processing ${what}`;
  const inner = code.child();
  const list = code.constant(scope.failures);
  const result = code.name('a');
  const fail = (why: string): string => `{ ${list}.push(${code.constant(failure(where, why))}); break ${result}_; }`;
  const value = compileExpression(inner, expression, { ...scope, fail });
  code.line(
    `let ${result} = null;`,
    `${result}_: try {`,
    ...inner.lines,
    `${result} = ${toPlain(value, scope.mode.exact)};`,
    `} catch (e) { if (e === inexact || e?.details?.fatal === true) throw e; ${list}.push(${code.constant(failureOf)}(${code.constant(where)}, e)); }`,
  );
  return fromPlain(code, expression.type, result, scope);
}

/** The name by which an argument is computed on its own: a function's or a field's. */
function ownName(expression: PlanExpression): string | undefined {
  if (expression.kind === 'field') return expression.name;
  if (expression.kind !== 'call') return undefined;
  const name = expression.function.slice(0, expression.function.indexOf(':'));
  return operators.has(name) || name.startsWith('compare-') || name in itemNames ? undefined : name.toUpperCase();
}

function canFail(expression: PlanExpression): boolean {
  switch (expression.kind) {
    case 'column':
    case 'literal':
    case 'parameter':
    case 'lambda':
      return false;
    case 'is-null':
    case 'field':
      return canFail(expression.operand);
    case 'struct':
      return expression.fields.some(({ value }) => canFail(value));
    default:
      return true;
  }
}

/** `=` and `<>` of strings compare bytes, without making strings. */
function bytesEquality(
  code: Code,
  expression: PlanExpression & { kind: 'call' },
  args: readonly CodeValue[],
): CodeValue | undefined {
  const match = /^(?:compare-)?(eq|ne|equal|not-equal):string$/.exec(expression.function);
  const [left, right] = args;
  if (match === null || left === undefined || right === undefined) return undefined;
  if (left.form !== 'bytes' || right.form !== 'bytes') return undefined;
  const nul = or(left.nul, right.nul);
  const equal = `sameBytes(${left.buffer}, ${left.offset}, ${left.length}, ${right.buffer}, ${right.offset}, ${right.length})`;
  const value = code.name('e');
  code.line(
    `const ${value} = ${match[1]?.startsWith('n') ? '!' : ''}${nul === 'false' ? equal : `(${not(nul)} && ${equal})`};`,
  );
  return plain(sqlTypes.boolean, 'false', value);
}
