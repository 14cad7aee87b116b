/** Code that turns the record at hand into the source's columns: schemas are checked, both sides decoded, the row's time found. */
import { messageOf, StackError } from '../../core/errors.ts';
import type { PhysicalSource } from '../../sql/physical/plan.ts';
import { noTime } from './bytes.ts';
import { plain, plainOf, unsupported } from './code.ts';
import type { Code, CodeMode, CodeValue } from './code.ts';
import { decoder } from './decode.ts';
import type { WantedColumn } from './decode-avro.ts';
import { loopEnds } from './loop-ends.ts';
import type { Pipeline, Variant } from './pipeline.ts';

type Side = 'key' | 'value';

const schemaIdAt = (at: string): string =>
  `((b[${at} + 1] << 24) | (b[${at} + 2] << 16) | (b[${at} + 3] << 8) | b[${at} + 4])`;

/** Leaves with a record of another schema, before anything happened; throws for one that names none. */
export function schemaCheck(code: Code, { readsKeySchema, readsValueSchema }: Pipeline, variant: Variant): void {
  if (!readsKeySchema && !readsValueSchema) return;
  const tests: string[] = [];
  if (readsKeySchema)
    tests.push(`(kl >= 0 && (kl < 5 || b[ko] !== 0 || ${schemaIdAt('ko')} !== ${variant.keySchema}))`);
  if (readsValueSchema)
    tests.push(`(vl >= 0 && (vl < 5 || b[vo] !== 0 || ${schemaIdAt('vo')} !== ${variant.valueSchema}))`);
  code.line(`if (${tests.join(' || ')}) {`);
  if (readsKeySchema)
    code.line("if (kl >= 0 && (kl < 5 || b[ko] !== 0)) throw malformed('its key does not begin with a schema id');");
  if (readsValueSchema)
    code.line("if (vl >= 0 && (vl < 5 || b[vo] !== 0)) throw malformed('its value does not begin with a schema id');");
  code.line(
    `C.reason = ${loopEnds.schema}; rows--; C.keySchema = ${readsKeySchema ? `kl >= 0 ? ${schemaIdAt('ko')} : ${variant.keySchema}` : '-1'};`,
    `C.valueSchema = ${readsValueSchema ? `vl >= 0 ? ${schemaIdAt('vo')} : ${variant.valueSchema}` : '-1'}; return at; }`,
  );
}

/** Decodes what the plan uses of some sides; columns of a side that is null, or not decoded, are null. */
export function sourceColumns(
  code: Code,
  pipeline: Pipeline,
  variant: Variant,
  mode: CodeMode,
  sides: readonly Side[],
): CodeValue[] {
  const { source, used } = pipeline;
  const columns = new Map<number, CodeValue>();
  if (sides.includes('key')) decodeSide(code, pipeline, variant, mode, 'key', columns);
  if (sides.includes('value')) decodeSide(code, pipeline, variant, mode, 'value', columns);
  return source.columns.map((column, index): CodeValue => {
    const read = columns.get(index);
    if (read !== undefined) return read;
    const long = (text: string): CodeValue =>
      plain(column.type, 'false', mode.exact && column.type.kind === 'BIGINT' ? `BigInt(${text})` : text);
    switch (column.origin.from) {
      case 'rowtime':
        return long('ts');
      case 'partition':
        return long('partition');
      case 'offset':
        return long('(baseOffset + od)');
      case 'headers':
      case 'header':
        if (used.has(index)) throw unsupported('record headers cannot be read by it');
        return plain(column.type, 'true', 'null');
      default:
        return plain(column.type, 'true', 'null');
    }
  });
}

function decodeSide(
  code: Code,
  pipeline: Pipeline,
  variant: Variant,
  mode: CodeMode,
  side: Side,
  columns: Map<number, CodeValue>,
): void {
  const { source, used } = pipeline;
  const [format, at, length] =
    side === 'key' ? ([source.keyFormat, 'ko', 'kl'] as const) : ([source.valueFormat, 'vo', 'vl'] as const);
  const all = source.columns.flatMap(({ origin, type }, index): WantedColumn[] =>
    origin.from === side ? [{ name: origin.name, type, index }] : [],
  );
  if (all.length === 0) return;
  const wanted = all.filter(({ index }) => used.has(index));
  const unused = all.filter(({ index }) => !used.has(index));
  const declared = all.map(({ name }) => name);
  const needsSchema = side === 'key' ? pipeline.readsKeySchema : pipeline.readsValueSchema;
  const given = side === 'key' ? variant.keyShape : variant.valueShape;
  const id = side === 'key' ? variant.keySchema : variant.valueSchema;
  const fails = (why: string): void => {
    code.line(`if (${length} >= 0) throw malformed(${JSON.stringify(why)});`);
    for (const column of wanted) columns.set(column.index, plain(column.type, 'true', 'null'));
  };
  // Without a schema yet: the check of schemas leaves with every record that has this side.
  if (needsSchema && id < 0) return fails('its schema is not known');
  if (typeof given === 'string') return fails(given);
  const inner = code.child();
  const read = new Map<number, CodeValue>();
  inner.line(`o = ${at}; const ve = ${at} + ${length};`);
  try {
    decoder(
      inner,
      { format, wanted, unused, declared, ...(typeof given === 'object' && { shape: given }) },
      read,
      mode,
    );
  } catch (error) {
    // A record of such a schema is bad; where there is no schema the plan is none for the loop.
    if (!needsSchema || !(error instanceof StackError) || error.code !== 'MILLRACE_UNSUPPORTED') throw error;
    return fails(`schema ${id} cannot be used: ${messageOf(error)}`);
  }
  for (const { index } of unused) read.delete(index);
  if (side === 'value') {
    code.line(...inner.lines);
    for (const [index, value] of read) columns.set(index, value);
    return;
  }
  // The key may be missing, and its names may meet the value's: what it has leaves the block through locals.
  const outs: string[] = [];
  for (const [index, value] of read) {
    const name = code.name('w');
    const nul = `${name}n`;
    code.line(`let ${nul} = true;`);
    outs.push(`${nul} = ${value.nul};`);
    if (value.form === 'bytes') {
      code.line(`let ${name}o = 0, ${name}l = 0;`);
      outs.push(`${name}o = ${value.offset}; ${name}l = ${value.length};`);
      columns.set(index, { ...value, nul, offset: `${name}o`, length: `${name}l` });
    } else {
      const start = value.type.kind === 'BIGINT' && mode.exact ? '0n' : numeric.has(value.type.kind) ? '0' : 'null';
      code.line(`let ${name} = ${start};`);
      outs.push(`${name} = ${value.v};`);
      columns.set(index, plain(value.type, nul, name));
    }
  }
  code.line('if (kl >= 0) {', ...inner.lines, ...outs, '}');
}

const numeric: ReadonlySet<string> = new Set(['INTEGER', 'BIGINT', 'DOUBLE']);

/** Leaves the row's time in `ts`. Records without one are left out. */
export function rowTime(
  code: Code,
  source: PhysicalSource,
  columns: readonly CodeValue[],
  counter: (name: string) => string,
): void {
  const { rowtime } = source;
  if (rowtime !== undefined) {
    const column = columns[rowtime.column];
    if (column === undefined || rowtime.format !== undefined || !['BIGINT', 'TIMESTAMP'].includes(column.type.kind))
      throw unsupported('a row time must be a BIGINT or TIMESTAMP column');
    const bad = code.constant(noTime(rowtime.badTime === 'fail'));
    if (column.nul !== 'false') code.line(`if (${column.nul}) throw ${bad}(null);`);
    code.line(`ts = Number(${plainOf(column)});`, `if (!(ts >= 0)) throw ${bad}(${plainOf(column)});`);
  }
  recordTime(code, counter);
}

/** The record's own time is the row's. */
export function recordTime(code: Code, counter: (name: string) => string): void {
  code.line(
    `if (ts < 0) { ${counter('null-time')}++; continue; }`,
    `if (ts > until) { C.reason = ${loopEnds.ahead}; C.aheadTime = ts; rows--; return at; }`,
    'if (ts >= streamTime) streamTime = ts;',
  );
}
