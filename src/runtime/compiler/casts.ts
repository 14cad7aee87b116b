/** CAST between SQL types. Conversions that cannot be inlined are functions of `cast-functions.ts`. */
import type { SqlType } from '../../sql/types.ts';
import { sameType } from '../../sql/types.ts';
import { castFunction } from './cast-functions.ts';
import { not, plainOf } from './code.ts';
import type { Code, CodeValue } from './code.ts';
import { guard, plain, unsupported, zero } from './code.ts';
import type { ExpressionScope } from './code.ts';

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
  code.line(`let ${result} = ${zero(type) === '0' ? '0' : 'null'};`);
  if (to !== 'BIGINT') {
    const nul = code.name('n');
    code.line(`let ${nul} = true;`);
    code.line(
      guard(value.nul, `const t = ${code.constant(convert)}(${v}); if (t !== null) { ${result} = t; ${nul} = false; }`)
        .replace(/^/, '{ ')
        .replace(/$/, ' }'),
    );
    return plain(type, nul, result);
  }
  const nul = code.name('n');
  code.line(
    `{ const t = ${value.nul === 'false' ? '' : `${value.nul} ? null : `}${code.constant(convert)}(${v}); ${result} = t; }`,
    `const ${nul} = ${result} === null;`,
  );
  if (exact) {
    const wide = code.name('v');
    code.line(`const ${wide} = ${nul} ? 0n : BigInt(${result});`);
    return plain(type, nul, wide);
  }
  code.line(`if (${not(nul)} && typeof ${result} === 'bigint') ${scope.bail}`);
  return plain(type, nul, result);
}
