/**
 * From fetched bytes to loops: walks the batches of a fetch, passes over control batches and aborted transactions,
 * decompresses, and runs the loop of the records' schemas over each.
 */
import { batchHeaderBytes } from '../wire/record-batch.ts';
import {
  batchAttributes,
  batchBaseOffset,
  batchBaseTimestamp,
  batchControlType,
  batchHasAppendTime,
  batchIsControl,
  batchIsTransactional,
  batchLastOffset,
  batchLeaderEpoch,
  batchMaxTimestamp,
  batchProducerId,
  batchRecordBytes,
  batchSize,
  controlTypes,
} from '../wire/record-batch.ts';
import type { AbortedTransaction } from './cluster.ts';
import { parseAvroShape } from './compiler/avro-shape.ts';
import type { AvroShape } from './compiler/avro-shape.ts';
import type { SerdeFormat } from '../sql/physical/plan.ts';
import type { Ahead, InputPosition, MissingSchemas, RunEnd } from './position.ts';
import type { SchemaResult } from './program.ts';
import type { FunctionLookup } from './compiler/code.ts';
import { loopEnds } from './compiler/loop-ends.ts';
import { compileLoop } from './compiler/pipeline.ts';
import type { Loop, Pipeline, PipelineContext } from './compiler/pipeline.ts';
import { messageOf, StackError } from '../core/errors.ts';

/** The loops of one task, compiled when the first record of a combination of schemas arrives. */
export class LoopCache {
  readonly #pipeline: Pipeline;
  readonly #context: PipelineContext;
  readonly #functions: FunctionLookup;
  readonly #schemas = new Map<number, SchemaResult>();
  readonly #loops = new Map<string, { number: Loop; exact: Loop | undefined }>();
  #last: { key: number; value: number; loops: { number: Loop; exact: Loop | undefined } } | undefined;

  constructor(pipeline: Pipeline, context: PipelineContext, functions: FunctionLookup) {
    this.#pipeline = pipeline;
    this.#context = context;
    this.#functions = functions;
  }

  /** A schema, or why it cannot be had: its records are bad then. */
  addSchema(id: number, schema: SchemaResult): void {
    this.#schemas.set(id, schema);
  }

  missing(): number[] {
    const { keySchema, valueSchema } = this.#context;
    const ids = [];
    if (this.#pipeline.readsKeySchema && keySchema >= 0 && !this.#schemas.has(keySchema)) ids.push(keySchema);
    if (this.#pipeline.readsValueSchema && valueSchema >= 0 && !this.#schemas.has(valueSchema)) ids.push(valueSchema);
    return ids;
  }

  /** The loop for the schemas that the context names; all of them were added. */
  loop(exact: boolean): Loop {
    const { keySchema, valueSchema } = this.#context;
    let entry = this.#last;
    if (entry === undefined || entry.key !== keySchema || entry.value !== valueSchema) {
      const name = `${keySchema}:${valueSchema}`;
      let loops = this.#loops.get(name);
      if (loops === undefined) {
        loops = { number: this.#compile(false), exact: undefined };
        this.#loops.set(name, loops);
      }
      entry = { key: keySchema, value: valueSchema, loops };
      this.#last = entry;
    }
    if (!exact) return entry.loops.number;
    entry.loops.exact ??= this.#compile(true);
    return entry.loops.exact;
  }

  #compile(exact: boolean): Loop {
    const { keySchema, valueSchema } = this.#context;
    const { keyFormat, valueFormat } = this.#pipeline.source;
    const keyShape = this.#shape(keySchema, keyFormat);
    const valueShape = this.#shape(valueSchema, valueFormat);
    return compileLoop(
      this.#pipeline,
      this.#context,
      this.#functions,
      {
        keySchema,
        valueSchema,
        ...(keyShape !== undefined && { keyShape }),
        ...(valueShape !== undefined && { valueShape }),
      },
      exact,
    ).run;
  }

  /** What an Avro schema says, or why a schema cannot be used. */
  #shape(id: number, { format }: SerdeFormat): AvroShape | string | undefined {
    const schema = this.#schemas.get(id);
    if (schema === undefined) return undefined;
    if ('error' in schema) return schema.error;
    if (format !== 'AVRO') return undefined;
    try {
      return parseAvroShape(schema.text);
    } catch (error) {
      return `schema ${id} cannot be used: ${messageOf(error)}`;
    }
  }
}

/** Runs the records of `bytes` from `position.next` on. */
export function runBatches(
  bytes: Buffer,
  from: number,
  to: number,
  partition: number,
  position: InputPosition,
  aborted: AbortedFilter,
  loops: LoopCache,
  context: PipelineContext,
): RunEnd {
  let at = from;
  while (to - at >= batchHeaderBytes) {
    const size = batchSize(bytes, at);
    if (size > to - at) break;
    const last = batchLastOffset(bytes, at);
    if (last >= position.next) {
      if (batchIsControl(bytes, at)) aborted.control(bytes, at);
      else if (!aborted.skips(bytes, at)) {
        const stop = runBatch(bytes, at, size, partition, position, loops, context);
        if (stop !== undefined) return stop;
      }
      position.next = last + 1;
      position.leaderEpoch = batchLeaderEpoch(bytes, at);
    }
    at += size;
  }
  return at;
}

function runBatch(
  bytes: Buffer,
  at: number,
  size: number,
  partition: number,
  position: InputPosition,
  loops: LoopCache,
  context: PipelineContext,
): MissingSchemas | Ahead | undefined {
  const base = batchBaseOffset(bytes, at);
  const plainBatch = (batchAttributes(bytes, at) & 7) === 0;
  const known = context.open.get(position);
  const open = known?.base === base ? known : undefined;
  const b = open?.b ?? (plainBatch ? bytes : batchRecordBytes(bytes, at));
  const end = plainBatch ? at + size : b.length;
  let o = open?.o ?? (plainBatch ? at + batchHeaderBytes : 0);
  const stopped = (): void => {
    position.next = base + offsetDeltaAt(b, o);
    context.open.set(position, { base, b, o });
  };
  const baseTime = batchBaseTimestamp(bytes, at);
  const appendTime = batchHasAppendTime(bytes, at) ? batchMaxTimestamp(bytes, at) : -1;
  const skip = Math.max(0, position.next - base);
  while (o < end) {
    const missing = loops.missing();
    if (missing.length > 0) {
      stopped();
      return { ids: missing };
    }
    context.reason = 0;
    o = loops.loop(false)(b, o, end, base, baseTime, appendTime, partition, skip, position.until);
    if (context.reason === loopEnds.inexact) {
      // One record through the exact twin; its schemas are the ones that the loop was compiled for.
      context.reason = 0;
      const next = recordEnd(b, o);
      o = loops.loop(true)(b, o, next, base, baseTime, appendTime, partition, skip, position.until);
      if (o !== next && context.reason !== loopEnds.ahead)
        throw new StackError('MILLRACE_QUERY_FAILED', 'A record could not be processed exactly.');
    }
    if (context.reason === loopEnds.ahead) {
      stopped();
      return { at, time: context.aheadTime };
    }
  }
  context.open.delete(position);
  return undefined;
}

/** Reads the varint at `at` of a well-formed record. */
function varintAt(b: Buffer, at: number): { value: number; next: number } {
  let value = 0;
  let i = at;
  for (let scale = 1; ; scale *= 128) {
    const byte = b[i++] ?? 0;
    value += (byte & 127) * scale;
    if (byte < 128) break;
  }
  return { value: value % 2 === 0 ? value / 2 : -(value + 1) / 2, next: i };
}

function recordEnd(b: Buffer, at: number): number {
  const length = varintAt(b, at);
  return length.next + length.value;
}

function offsetDeltaAt(b: Buffer, at: number): number {
  const length = varintAt(b, at);
  const time = varintAt(b, length.next + 1);
  return varintAt(b, time.next).value;
}

/** Which transactional batches a read_committed reader passes over. */
export class AbortedFilter {
  #pending: AbortedTransaction[] = [];
  readonly #open = new Set<number>();

  /** Takes the list that came with a fetch; what was begun before stays open until its marker. */
  expect(aborted: readonly AbortedTransaction[]): void {
    this.#pending = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  }

  skips(b: Buffer, at: number): boolean {
    const last = batchLastOffset(b, at);
    while (this.#pending[0] !== undefined && this.#pending[0].firstOffset <= last) {
      this.#open.add((this.#pending.shift() as AbortedTransaction).producerId);
    }
    return this.#open.size > 0 && batchIsTransactional(b, at) && this.#open.has(batchProducerId(b, at));
  }

  control(b: Buffer, at: number): void {
    const base = batchBaseOffset(b, at);
    while (this.#pending[0] !== undefined && this.#pending[0].firstOffset <= base) {
      this.#open.add((this.#pending.shift() as AbortedTransaction).producerId);
    }
    if (batchControlType(b, at) === controlTypes.abort) this.#open.delete(batchProducerId(b, at));
  }
}
