/** Types as they are written, resolved: names, synonyms, parameters, the types that users registered. */
import { invalid } from '../../sql-error.ts';
import type { TypeExpression } from '../../syntax/ast.ts';
import { isNumeric, isTime, sqlTypes } from '../../types.ts';
import type { SqlType } from '../../types.ts';

const names: Readonly<Record<string, SqlType>> = {
  BOOLEAN: sqlTypes.boolean,
  INT: sqlTypes.integer,
  INTEGER: sqlTypes.integer,
  BIGINT: sqlTypes.bigint,
  DOUBLE: sqlTypes.double,
  VARCHAR: sqlTypes.string,
  STRING: sqlTypes.string,
  BYTES: sqlTypes.bytes,
  DATE: sqlTypes.date,
  TIME: sqlTypes.time,
  TIMESTAMP: sqlTypes.timestamp,
};

/** @throws StackError MILLRACE_SQL_INVALID for a name that is no type, and for wrong parameters */
export function resolveType(type: TypeExpression, named: ReadonlyMap<string, SqlType>): SqlType {
  switch (type.kind) {
    case 'array-of':
      return { kind: 'ARRAY', element: resolveType(type.element, named) };
    case 'map-of':
      return { kind: 'MAP', key: resolveType(type.key, named), value: resolveType(type.value, named) };
    case 'struct-of':
      return {
        kind: 'STRUCT',
        fields: type.fields.map((field) => ({ name: field.name, type: resolveType(field.type, named) })),
      };
    case 'named': {
      if (!type.quoted) {
        const upper = type.name.toUpperCase();
        if (upper === 'DECIMAL' || upper === 'DEC') return decimal(type.parameters, type);
        const primitive = names[upper];
        if (primitive !== undefined) return primitive;
      }
      const own = named.get(type.name);
      if (own !== undefined) return own;
      throw invalid(`Cannot resolve unknown type: ${type.name}`, type.span);
    }
  }
}

function decimal(parameters: readonly string[], type: TypeExpression): SqlType {
  if (parameters.length !== 2) throw invalid('Cannot create a DECIMAL without precision and scale', type.span);
  const [precision, scale] = parameters.map(Number) as [number, number];
  if (!(precision > 0)) throw invalid(`DECIMAL precision must be >= 1: DECIMAL(${precision},${scale})`, type.span);
  if (!(scale >= 0)) throw invalid(`DECIMAL scale must be >= 0: DECIMAL(${precision},${scale})`, type.span);
  if (precision < scale) {
    throw invalid(`DECIMAL precision must be >= scale: DECIMAL(${precision},${scale})`, type.span);
  }
  return { kind: 'DECIMAL', precision, scale };
}

/** Is there a CAST from one type to the other? */
export function castIsPossible(from: SqlType, to: SqlType): boolean {
  const numeric = isNumeric(from);
  if (from.kind === to.kind) {
    if (from.kind === 'ARRAY' && to.kind === 'ARRAY') return castIsPossible(from.element, to.element);
    if (from.kind === 'MAP' && to.kind === 'MAP') {
      return castIsPossible(from.key, to.key) && castIsPossible(from.value, to.value);
    }
    if (from.kind === 'STRUCT' && to.kind === 'STRUCT') {
      return to.fields.every((field) => {
        const own = from.fields.find(({ name }) => name === field.name);
        return own === undefined || castIsPossible(own.type, field.type);
      });
    }
    return true;
  }
  if (to.kind === 'STRING') return true;
  if (numeric) return isNumeric(to);
  if (from.kind === 'STRING') return isNumeric(to) || isTime(to) || to.kind === 'BOOLEAN' || to.kind === 'BYTES';
  if (from.kind === 'TIMESTAMP') return to.kind === 'DATE' || to.kind === 'TIME';
  return from.kind === 'DATE' && to.kind === 'TIMESTAMP';
}
