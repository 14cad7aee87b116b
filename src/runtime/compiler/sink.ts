/** Code that puts a row out: as a record, written where it will lie in its batch, or as a result row. */
import type { PhysicalPlan } from '../../sql/physical/plan.ts';
import { isSourceKey, keyColumns } from '../rows/row-shape.ts';
import { not, plainOf, unsupported } from './code.ts';
import type { Code, CodeMode, CodeValue } from './code.ts';
import { encoder } from './encode.ts';
import { toPlain } from './expressions.ts';

export interface SinkInput {
  readonly row: readonly CodeValue[];
  /** The flag of a row that is withdrawn, or of a record without a value. */
  readonly dead: string;
  /** The record at hand ends at `next`, and its headers begin at this position: they go on with the row. */
  readonly headersAt?: string;
}

type Counter = (name: string) => string;

/** Emits the sink. What cannot be written throws, before anything counts. */
export function sink(
  code: Code,
  { root }: PhysicalPlan,
  partitions: number,
  input: SinkInput,
  mode: CodeMode,
  counter: Counter,
): void {
  if (root.node === 'result-sink') results(code, root, input, mode, counter);
  else records(code, root, partitions, input, mode, counter);
}

function columnOf({ row }: SinkInput): (index: number) => CodeValue {
  return (index) => {
    const found = row[index];
    if (found === undefined) throw unsupported(`the sink names column ${index}, which does not exist`);
    return found;
  };
}

function results(
  code: Code,
  root: PhysicalPlan['root'] & { node: 'result-sink' },
  input: SinkInput,
  mode: CodeMode,
  counter: Counter,
): void {
  const { dead } = input;
  const upsert = root.changelog === 'upsert';
  if (dead === 'true' && !upsert) {
    code.line(`${counter('sink-null-value')}++;`);
    return;
  }
  const value = columnOf(input);
  const keys = new Set(keyColumns(root.input));
  const texts = root.columns.map(({ column }) => toPlain(value(column), mode.exact));
  // A withdrawn row is told by its key.
  const kept = root.columns.map(({ column }, i) => (keys.has(column) ? texts[i] : 'null'));
  const push = `C.rows.push([${texts.join(', ')}]);`;
  if (dead === 'false') code.line(push);
  else code.line(`if (${dead}) C.rows.push([${[...kept, ...(upsert ? ['true'] : [])].join(', ')}]); else ${push}`);
  code.line(`${counter('sink')}++;`);
}

function records(
  code: Code,
  root: PhysicalPlan['root'] & { node: 'topic-sink' },
  partitions: number,
  input: SinkInput,
  mode: CodeMode,
  counter: Counter,
): void {
  const { dead, headersAt } = input;
  const value = columnOf(input);
  // Where there are several partitions the key has to be known before it is known where the record lies.
  const one = partitions === 1;
  code.line('{');
  const time = recordTime(code, root, value);
  if (one) code.line('const to = writers[0];');
  else {
    code.line('let p = 0;');
    key(code, root, value, mode);
    code.line(
      'const key = X, keyLength = okl;',
      `const to = writers[okl < 0 ? Math.abs(partition) % ${partitions} : partitionOf(X, 0, okl, ${partitions})];`,
    );
  }
  // In this block the encoder writes into the batch: `scratch` and `X` are the names that it knows.
  code.line(
    '{',
    `const scratch = to, time = ${time}, rs = to.begin(time);`,
    'let X = to.buffer, p = rs + to.recordLengthBytes;',
    'X[p++] = 0;',
    'p = writeZigzag(X, p, time - to.baseTimestamp);',
    'p = writeVarint(X, p, to.count << 1);',
    'const ks = p; p += to.keyLengthBytes;',
  );
  if (one) key(code, root, value, mode);
  else code.line('let okl = keyLength;', 'if (okl > 0) { X = to.ensure(p, okl); p = copyBytes(key, 0, okl, X, p); }');
  windowBehindKey(code, root, value);
  code.line(
    'p = to.endKey(ks, okl, p); X = to.buffer;',
    'if (p + 8 > X.length) X = to.ensure(p, 8);',
    'const vs = p; p += to.valueLengthBytes;',
    'let ovl = -1;',
  );
  if (dead !== 'true') {
    code.line(dead === 'false' ? '{' : `if (!${dead}) {`);
    encoder(
      code,
      root.valueFormat,
      root.value,
      root.value.map(({ column }) => value(column)),
      'evl',
      mode,
    );
    code.line('ovl = evl; }');
  }
  code.line(
    'p = to.endValue(vs, ovl, p);',
    headersAt === undefined
      ? 'to.end(rs, p, time);'
      : `if (next - (${headersAt}) === 1) to.end(rs, p, time); else to.endWithHeaders(rs, p, time, b, ${headersAt}, next);`,
    `if (ovl < 0) ${counter('tombstone')}++; else ${counter('sink')}++;`,
    '}',
    '}',
  );
}

/** Leaves the key's length in `okl`, −1 without one. A row whose whole key is null has none, unless rows got a new key of several columns. */
function key(
  code: Code,
  root: PhysicalPlan['root'] & { node: 'topic-sink' },
  value: (index: number) => CodeValue,
  mode: CodeMode,
): void {
  const columns = root.key.map(({ column }) => column);
  const values = columns.map(value);
  const nulls = values.map(({ nul }) => nul);
  const mayBeMissing =
    root.keyFormat.wrapped &&
    values.length > 0 &&
    !nulls.includes('false') &&
    (values.length === 1 || isSourceKey(root.input, columns));
  code.line('let okl = -1;');
  if (mayBeMissing && nulls.every((nul) => nul === 'true')) return;
  code.line(mayBeMissing ? `if (${nulls.map(not).join(' || ')}) {` : '{');
  encoder(code, root.keyFormat, root.key, values, 'ekl', mode);
  code.line('okl = ekl; }');
}

/** The key's window: start, or end and start. Kafka's partitioner does not look at it. */
function windowBehindKey(
  code: Code,
  { window, windowedKey }: PhysicalPlan['root'] & { node: 'topic-sink' },
  value: (index: number) => CodeValue,
): void {
  if (window === undefined || windowedKey === undefined) return;
  const bounds = windowedKey === 'session' ? [window.end, window.start] : [window.start];
  code.line(
    'if (okl >= 0) {',
    `if (p + ${bounds.length * 8} > X.length) X = to.ensure(p, ${bounds.length * 8});`,
    ...bounds.map((bound) => `p = writeInt64(X, p, Number(${plainOf(value(bound))}));`),
    `okl += ${bounds.length * 8}; }`,
  );
}

/** The expression of the record's time: the row's, or what a column holds. */
function recordTime(
  code: Code,
  { timestamp, timestampFormat }: PhysicalPlan['root'] & { node: 'topic-sink' },
  value: (index: number) => CodeValue,
): string {
  if (timestamp === undefined) return 'ts';
  const column = value(timestamp);
  if (timestampFormat !== undefined || !['INTEGER', 'BIGINT', 'TIMESTAMP'].includes(column.type.kind))
    throw unsupported(`the time of its output is a ${column.type.kind}`);
  code.line(
    `const rt = ${column.nul === 'false' ? '' : `${column.nul} ? ts : `}Number(${plainOf(column)});`,
    "if (!(rt >= 0)) throw malformed('the timestamp ' + rt + ' of its output is negative');",
  );
  return 'rt';
}
