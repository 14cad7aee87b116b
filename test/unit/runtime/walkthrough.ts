/** The walk-through's query 2.5 as a plan, its records, and what comes out. */
import type { PhysicalPlan } from '../../../src/sql/physical/plan.ts';
import { sqlTypes } from '../../../src/sql/types.ts';

export const sourceSchemaId = 1;
export const sourceSchema: string = JSON.stringify({
  type: 'record',
  name: 'commercialrating',
  fields: [
    { name: 'brand', type: 'string' },
    { name: 'duration', type: 'int' },
    { name: 'rating', type: 'int' },
  ],
});
export const sinkSchemaId = 2;
const optional = (type: string): unknown => ['null', type];
export const sinkSchema: string = JSON.stringify({
  type: 'record',
  name: 'KsqlDataSourceSchema',
  namespace: 'io.confluent.ksql.avro_schemas',
  fields: [
    { name: 'CNT', type: optional('long'), default: null },
    { name: 'DURATION_MEAN', type: optional('double'), default: null },
    { name: 'RATING_MEAN', type: optional('double'), default: null },
  ],
});

export const query25 = (emit: 'change' | 'commit'): PhysicalPlan => ({
  version: 1,
  root: {
    node: 'topic-sink',
    topic: 'METRICS_PER_BRAND',
    keyFormat: { format: 'KAFKA', wrapped: false },
    valueFormat: { format: 'AVRO', wrapped: true, writer: { schemaId: sinkSchemaId, schema: sinkSchema } },
    key: [{ name: 'BRAND', type: sqlTypes.string, column: 0 }],
    value: [
      { name: 'CNT', type: sqlTypes.bigint, column: 1 },
      { name: 'DURATION_MEAN', type: sqlTypes.double, column: 2 },
      { name: 'RATING_MEAN', type: sqlTypes.double, column: 3 },
    ],
    input: {
      node: 'aggregate',
      keys: [{ name: 'BRAND', type: sqlTypes.string, expression: { kind: 'column', index: 0, type: sqlTypes.string } }],
      nullKey: 'drop',
      aggregates: [
        { name: 'CNT', type: sqlTypes.bigint, aggregate: { id: 'count:star', args: [] } },
        {
          name: 'DURATION_MEAN',
          type: sqlTypes.double,
          aggregate: { id: 'avg:integer', args: [{ kind: 'column', index: 1, type: sqlTypes.integer }] },
        },
        {
          name: 'RATING_MEAN',
          type: sqlTypes.double,
          aggregate: { id: 'avg:integer', args: [{ kind: 'column', index: 2, type: sqlTypes.integer }] },
        },
      ],
      emit,
      rowtime: 'max',
      input: {
        node: 'source',
        topic: 'commercials_avro',
        keyFormat: { format: 'NONE', wrapped: false },
        valueFormat: { format: 'AVRO', wrapped: true },
        columns: [
          { name: 'BRAND', type: sqlTypes.string, origin: { from: 'value', name: 'BRAND' } },
          { name: 'DURATION', type: sqlTypes.integer, origin: { from: 'value', name: 'DURATION' } },
          { name: 'RATING', type: sqlTypes.integer, origin: { from: 'value', name: 'RATING' } },
        ],
        changelog: 'append',
        badRecord: 'skip',
        autoOffsetReset: 'earliest',
      },
    },
  },
});

export interface Commercial {
  readonly brand: string;
  readonly duration: number;
  readonly rating: number;
}

/** A commercial as Avro behind the registry's five bytes. */
export function avroCommercial({ brand, duration, rating }: Commercial): Buffer {
  const name = Buffer.from(brand);
  return Buffer.concat([
    Buffer.from([0, 0, 0, 0, sourceSchemaId]),
    zigzag(name.length),
    name,
    zigzag(duration),
    zigzag(rating),
  ]);
}

export function zigzag(value: number): Buffer {
  const out: number[] = [];
  let z = value >= 0 ? value * 2 : -value * 2 - 1;
  while (z > 127) {
    out.push((z % 128) | 128);
    z = Math.floor(z / 128);
  }
  out.push(z);
  return Buffer.from(out);
}

export interface BrandMetrics {
  readonly cnt: number;
  readonly duration: number;
  readonly rating: number;
}

/** A sink value: three unions of null and a number. */
export function readMetrics(value: Buffer): BrandMetrics {
  let at = 6;
  if (value.readUInt32BE(1) !== sinkSchemaId || value[5] !== 2) throw new Error('not a value of the sink');
  let cnt = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = value[at++] as number;
    cnt += (byte & 127) * scale;
    if (byte < 128) break;
  }
  const double = (): number => {
    if (value[at] !== 2) throw new Error('a null');
    at += 9;
    return value.readDoubleLE(at - 8);
  };
  return { cnt: cnt / 2, duration: double(), rating: double() };
}

/** What the query gives over the whole input. */
export function expectedMetrics(rows: readonly Commercial[]): Map<string, BrandMetrics> {
  const sums = new Map<string, { cnt: number; duration: number; rating: number }>();
  for (const { brand, duration, rating } of rows) {
    const sum = sums.get(brand) ?? { cnt: 0, duration: 0, rating: 0 };
    sums.set(brand, { cnt: sum.cnt + 1, duration: sum.duration + duration, rating: sum.rating + rating });
  }
  return new Map(
    [...sums].map(([brand, { cnt, duration, rating }]) => [
      brand,
      { cnt, duration: duration / cnt, rating: rating / cnt },
    ]),
  );
}
