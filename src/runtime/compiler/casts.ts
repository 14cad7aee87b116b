/** CAST between SQL types. Conversions that cannot be inlined are functions of `cast-functions.ts`. */
import type { SqlType } from '../../sql/types.ts';
import { sameType, typeText } from '../../sql/types.ts';
import { castCanFail, castFunction } from './cast-functions.ts';
import { not, plainOf } from './code.ts';
import type { Code, CodeValue } from './code.ts';
import { guard, plain, unsupported, zero } from './code.ts';
import type { ExpressionScope } from './code.ts';
import { failureOf } from './failures.ts';

export function castCode(code: Code, value: CodeValue, type: SqlType, scope: ExpressionScope): CodeValue {
  if (sameType(value.type, type)) return value;
  if (value.nul === 'true') return plain(type, 'true', 'null');
  const from = value.type.kind;
  const to = type.kind;
  const v = plainOf(value);
  const { exact } = scope.mode;
  if (from === 'INTEGER' && to === 'BIGINT') {
    if (!exact) return plain(type, value.nul, v);
    const widened = code.name('v');
    code.line(`let ${widened} = 0n; ${guard(value.nul, `${widened} = BigInt(${v});`)}`);
    return plain(type, value.nul, widened);
  }
  if ((from === 'INTEGER' || from === 'BIGINT') && to === 'DOUBLE') {
    return plain(
      type,
      value.nul,
      from === 'BIGINT' && exact ? `Number(${value.nul === 'false' ? v : `(${v} ?? 0n)`})` : v,
    );
  }
  if (from === 'BIGINT' && to === 'INTEGER') {
    // Java's narrowing keeps the low 32 bits.
    return plain(
      type,
      value.nul,
      exact ? `Number(BigInt.asIntN(32, ${value.nul === 'false' ? v : `(${v} ?? 0n)`}))` : `toInt32(${v})`,
    );
  }
  const convert = castFunction(value.type, type);
  if (convert === undefined) throw unsupported(`a cast from ${from} to ${to} is not available`);
  const result = code.name('v');
  const nul = code.name('n');
  code.line(`let ${result} = ${zero(type)}, ${nul} = true;`);
  const call = `const t = ${code.constant(convert)}(${v});`;
  const take = `if (t !== null) { ${result} = t; ${nul} = false; }`;
  if (!castCanFail(value.type, type)) code.line(guard(value.nul, `${call} ${take}`));
  else code.line(guard(value.nul, failing(code, value.type, type, v, `${call} ${take}`, scope)));
  if (to !== 'BIGINT') return plain(type, nul, result);
  if (exact) {
    const wide = code.name('v');
    code.line(`const ${wide} = ${nul} ? 0n : BigInt(${result});`);
    return plain(type, nul, wide);
  }
  code.line(`if (${not(nul)} && typeof ${result} === 'bigint') ${scope.bail}`);
  return plain(type, nul, result);
}

/** A conversion that may give null or throw for a value: the cast alone is null then, where failures of parts are kept. */
function failing(
  code: Code,
  from: SqlType,
  to: SqlType,
  v: string,
  statement: string,
  { failures }: ExpressionScope,
): string {
  const where = code.constant(`Error processing ${typeText(to)}`);
  const reason = `${code.constant(failureOf)}(${where}, ${code.constant(noNumber)}(${v}))`;
  if (failures === undefined) return `${statement} else throw ${reason};`;
  const list = code.constant(failures);
  const checked = `${statement} else ${list}.push(${reason});`;
  // What cannot be read as a number gives null; all else is thrown.
  if (from.kind === 'STRING' && ['INTEGER', 'BIGINT', 'DOUBLE'].includes(to.kind)) return checked;
  return `try { ${checked} } catch (e) { ${list}.push(${code.constant(failureOf)}(${where}, e)); }`;
}

/** Why a text is no number, in Java's words. */
function noNumber(value: unknown): string {
  return `For input string: "${String(value).trim()}"`;
}
