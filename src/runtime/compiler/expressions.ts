/**
 * Bound expressions to code: each sub-expression leaves its value in locals, nulls as flags, branches as `if`.
 *
 * Functions come from a table by id. What depends on bytes (equality of strings) or on the exactness of BIGINT is written
 * here; everything else is the function's own inline template or a call.
 */
import type { PlanExpression } from '../../sql/physical/plan.ts';
import { sqlTypes } from '../../sql/types.ts';
import type { SqlType } from '../../sql/types.ts';
import { castCode } from './casts.ts';
import { guard, not, or, plain, plainOf, unsupported, zero } from './code.ts';
import type { Code, CodeValue, ExpressionScope } from './code.ts';

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
      return { form: 'plain', type: expression.type, nul: value.nul, v: `!${paren(plainOf(value))}` };
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
      const value = compileExpression(code, expression.operand, scope);
      return castCode(code, value, expression.type, scope);
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
        const compiled = part(code, value, scope);
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
  const own: ExpressionScope = { ...scope, bail: 'throw inexact;', strict: true };
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

/** Three-valued AND and OR; the right side is evaluated only when it can still decide. */
function logical(code: Code, expression: PlanExpression & { kind: 'and' | 'or' }, scope: ExpressionScope): CodeValue {
  const decided = expression.kind === 'or';
  const left = compileExpression(code, expression.left, scope);
  const inner = code.child();
  const right = compileExpression(inner, expression.right, scope);
  const value = code.name('b');
  const nullable = or(left.nul, right.nul) !== 'false';
  const nul = nullable ? code.name('n') : 'false';
  const leftIs =
    left.nul === 'true' ? 'false' : left.nul === 'false' ? plainOf(left) : `(!${left.nul} && ${plainOf(left)})`;
  const leftDecides =
    left.nul === 'true' ? 'false' : decided ? leftIs : `(${not(left.nul)} && !${paren(plainOf(left))})`;
  code.line(`let ${value} = ${decided};`, nullable ? `let ${nul} = false;` : '', `if (!${paren(leftDecides)}) {`);
  code.line(...inner.lines);
  const rightDecides =
    right.nul === 'true'
      ? 'false'
      : decided
        ? `(${not(right.nul)} && ${plainOf(right)})`
        : `(${not(right.nul)} && !${paren(plainOf(right))})`;
  code.line(
    `if (!${paren(rightDecides)}) {`,
    nullable
      ? `if (${or(left.nul, right.nul)}) ${nul} = true; else ${value} = ${!decided};`
      : `${value} = ${!decided};`,
    '} }',
  );
  return plain(expression.type, nul, value);
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
    code.line(`if (${when.nul === 'false' ? '' : `${not(when.nul)} && `}${paren(plainOf(when))}) {`);
    assign(branch.then);
    code.line('} else {');
    depth++;
  }
  if (expression.otherwise !== undefined) assign(expression.otherwise);
  code.line('}'.repeat(depth));
  return plain(expression.type, nul, value);
}

function call(code: Code, expression: PlanExpression & { kind: 'call' }, scope: ExpressionScope): CodeValue {
  const operator = operators.test(expression.function);
  const args = expression.args.map((arg) => (operator ? compileExpression(code, arg, scope) : part(code, arg, scope)));
  const bytes = bytesEquality(code, expression, args);
  if (bytes !== undefined) return bytes;
  const fn = scope.functions(expression.function);
  if (fn === undefined) throw unsupported(`the function ${expression.function} cannot be executed`);
  const value = code.name('v');
  const propagates = fn.nulls === 'propagate';
  const argNul = propagates ? or(...args.map((arg) => arg.nul)) : 'false';
  if (scope.strict === true && argNul !== 'false' && arithmetic.test(expression.function))
    code.line(`if (${argNul}) throw malformed('an operand is null');`);
  if (argNul === 'true') return plain(expression.type, 'true', 'null');
  const texts = args.map((arg) =>
    propagates || arg.nul === 'false' ? paren(plainOf(arg)) : `(${arg.nul} ? null : ${plainOf(arg)})`,
  );
  const called =
    fn.inline !== undefined ? fn.inline(texts, scope.mode.exact) : `${code.constant(fn.call)}(${texts.join(', ')})`;
  const whole = expression.type.kind === 'BIGINT' && !scope.mode.exact;
  // A BIGINT has one zero, a number two. What a function gives may be a bigint, to which no number can be added.
  const oneZero = whole && propagates && fn.neverNull === true;
  const text = oneZero && fn.inline !== undefined ? `${called} + 0` : called;
  let nul = argNul;
  if (propagates && fn.neverNull === true) {
    const mends = oneZero && fn.inline === undefined;
    code.line(
      argNul === 'false'
        ? `${mends ? 'let' : 'const'} ${value} = ${text};`
        : `let ${value} = ${zero(expression.type)}; ${guard(argNul, `${value} = ${text};`)}`,
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

const arithmetic = /^(?:add|subtract|multiply|divide|modulo|negate):/;
const operators = /^(?:add|subtract|multiply|divide|modulo|negate|concat|like|element|compare-\w+|nvl-false):/;

/** An argument of a function, a field of a struct, an element: what fails is null there, and the rest goes on. */
function part(code: Code, expression: PlanExpression, scope: ExpressionScope): CodeValue {
  if (scope.partial === undefined || !canThrow(expression)) return compileExpression(code, expression, scope);
  const inner = code.child();
  const value = compileExpression(inner, expression, scope);
  const result = code.name('a');
  code.line(
    `let ${result} = null;`,
    'try {',
    ...inner.lines,
    `${result} = ${toPlain(value, scope.mode.exact)};`,
    `} catch (e) { if (e === inexact || e?.details?.fatal === true) throw e; ${code.constant(scope.partial)}.error = e; }`,
  );
  return fromPlain(code, expression.type, result, scope);
}

function canThrow(expression: PlanExpression): boolean {
  switch (expression.kind) {
    case 'column':
    case 'literal':
    case 'parameter':
    case 'lambda':
      return false;
    case 'cast':
    case 'call':
    case 'case':
      return true;
    case 'and':
    case 'or':
      return canThrow(expression.left) || canThrow(expression.right);
    case 'not':
    case 'is-null':
    case 'field':
      return canThrow(expression.operand);
    case 'struct':
      return expression.fields.some(({ value }) => canThrow(value));
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
  return plain(sqlTypes.boolean, nul, value);
}
