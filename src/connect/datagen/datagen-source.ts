/**
 * The Datagen connector's task: what it generates, and the offset from which a later life goes on. After each record its random
 * generator is seeded anew with a number that it drew, so that this one number is all there is to remember.
 */
import type { Random } from '../../core/random.ts';
import { toConnectSchema } from '../data/avro-data.ts';
import { JsonNumber } from '../data/json-text.ts';
import type { Json, JsonObject } from '../data/json-text.ts';
import { optionalString } from '../data/schema.ts';
import type { ConnectSchema, ConnectStruct } from '../data/schema.ts';
import { ConnectException } from '../errors.ts';
import type { DatagenConfig, ReadFile } from './datagen-config.ts';
import { compileGenerator } from './generator.ts';
import type { Generate } from './generator.ts';
import { JavaRandom, longOfHalves } from './java-random.ts';
import { wrong } from './arg-properties.ts';

export interface DatagenSourceOptions {
  readonly config: DatagenConfig;
  readonly taskId: number;
  /** What an earlier life left. */
  readonly offset: JsonObject | undefined;
  readonly random: Random;
  readonly readFile: ReadFile;
}

/** The source partition of a task. */
export function partitionOfTask(taskId: number): JsonObject {
  return new Map<string, Json>([['task.id', new JsonNumber(String(taskId))]]);
}

/** Where the source is; cheap to take, made into an offset only when it is written. */
export interface Mark {
  readonly iteration: number;
  readonly seedUpper: number;
  readonly seedLower: number;
}

export class DatagenSource {
  readonly topic: string;
  readonly maxIntervalMs: number;
  readonly valueSchema: ConnectSchema;
  /** That of the key field, or an optional STRING without values. */
  readonly keySchema: ConnectSchema;
  readonly keyField: string | undefined;
  readonly generation: number;
  /** The number of the next record, from 0. */
  iteration: number;
  private readonly iterations: number;
  private readonly java = new JavaRandom();
  private readonly make: Generate;

  /** Throws GeneratorError or DataException when the schema cannot be generated from. */
  constructor({ config, taskId, offset, random, readFile }: DatagenSourceOptions) {
    this.topic = config.topic;
    this.maxIntervalMs = config.maxIntervalMs;
    this.iterations = config.iterations;
    this.java.setSeed(random.bytes(8).readBigInt64BE());
    if (config.seed !== undefined) {
      this.java.setSeed(config.seed);
      for (let i = 0; i < taskId; i++) this.java.setSeed(this.java.nextLong());
    }
    this.generation = Number(longOf(offset, 'task.generation') ?? 0n);
    this.iteration = Number(longOf(offset, 'current.iteration') ?? 0n);
    const seed = longOf(offset, 'random.seed');
    if (seed !== undefined) this.java.setSeed(seed);
    const { schema } = config;
    this.valueSchema = toConnectSchema(schema);
    this.make = compileGenerator(schema, { generated: this.iteration, readFile });
    if (schema.kind !== 'record')
      throw wrong(`Expected Avro Random Generator to return instance of GenericRecord, found ${schema.kind} instead`);
    this.keyField = config.keyField === '' ? undefined : config.keyField;
    this.keySchema = this.valueSchema.fields?.find(({ name }) => name === this.keyField)?.schema ?? optionalString;
  }

  /** The next record's value. Throws ConnectException (completed) when all of `iterations` are there. */
  next(): ConnectStruct {
    if (this.iterations > 0 && this.iteration >= this.iterations) {
      throw new ConnectException(`Stopping connector: generated the configured ${this.iteration} number of messages`, {
        completed: true,
      });
    }
    const value = this.make(this.java) as ConnectStruct;
    this.java.reseed();
    this.iteration++;
    return value;
  }

  mark(): Mark {
    return { iteration: this.iteration, seedUpper: this.java.seedUpper, seedLower: this.java.seedLower };
  }

  /** What the next life begins with, after the records up to a mark. */
  offsetAt({ iteration, seedUpper, seedLower }: Mark): JsonObject {
    const number = (value: number | bigint): Json => new JsonNumber(String(value));
    return new Map([
      ['task.generation', number(this.generation + 1)],
      ['random.seed', number(longOfHalves(seedUpper, seedLower))],
      ['current.iteration', number(iteration)],
    ]);
  }
}

function longOf(offset: JsonObject | undefined, name: string): bigint | undefined {
  const value = offset?.get(name);
  return value instanceof JsonNumber && /^-?\d+$/.test(value.text) ? BigInt(value.text) : undefined;
}
