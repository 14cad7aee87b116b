/**
 * Connect's own data model: what a connector gives to the converters. Values in JavaScript: boolean, number (INT8 … INT32, FLOAT32, FLOAT64,
 * INT64 when exact), bigint (INT64), string, Buffer (BYTES), array, Map with string keys, object with all of the fields (STRUCT), null
 * where optional. Logical types hold what is written for them: Date days, Time and Timestamp milliseconds, Decimal the bytes of its
 * unscaled value (two's complement, big-endian).
 */

export type ConnectType =
  | 'INT8'
  | 'INT16'
  | 'INT32'
  | 'INT64'
  | 'FLOAT32'
  | 'FLOAT64'
  | 'BOOLEAN'
  | 'STRING'
  | 'BYTES'
  | 'ARRAY'
  | 'MAP'
  | 'STRUCT';

export interface ConnectSchema {
  readonly type: ConnectType;
  readonly optional: boolean;
  readonly name?: string;
  readonly version?: number;
  readonly doc?: string;
  /** In the form of the values above. */
  readonly default?: ConnectValue;
  readonly parameters?: ReadonlyMap<string, string>;
  /** Of a STRUCT, filled after the schema itself is known so that it can hold itself. */
  fields?: readonly ConnectField[];
  /** Of a MAP; always STRING here. */
  readonly keySchema?: ConnectSchema;
  /** Of ARRAY and MAP. */
  readonly valueSchema?: ConnectSchema;
}

export interface ConnectField {
  readonly name: string;
  readonly schema: ConnectSchema;
}

export type ConnectValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Buffer
  | readonly ConnectValue[]
  | ReadonlyMap<string, ConnectValue>
  | ConnectStruct;

export interface ConnectStruct {
  readonly [field: string]: ConnectValue;
}

export const logicalNames = {
  decimal: 'org.apache.kafka.connect.data.Decimal',
  date: 'org.apache.kafka.connect.data.Date',
  time: 'org.apache.kafka.connect.data.Time',
  timestamp: 'org.apache.kafka.connect.data.Timestamp',
} as const;

/** Name of the STRUCT that stands for a union of Avro. */
export const avroUnionName = 'io.confluent.connect.avro.Union';

export const optionalString: ConnectSchema = { type: 'STRING', optional: true };
export const int64: ConnectSchema = { type: 'INT64', optional: false };

/** What a converter throws: `org.apache.kafka.connect.errors.DataException`. */
export class DataException extends Error {
  override readonly name = 'DataException';
  static readonly javaClass = 'org.apache.kafka.connect.errors.DataException';
}

/** The Java class of a value's schema, as error texts name it. */
export function javaClassOf(schema: ConnectSchema): string {
  switch (schema.name) {
    case logicalNames.decimal:
      return 'java.math.BigDecimal';
    case logicalNames.date:
    case logicalNames.time:
    case logicalNames.timestamp:
      return 'java.util.Date';
    default:
      return javaClasses[schema.type];
  }
}

const javaClasses: Readonly<Record<ConnectType, string>> = {
  INT8: 'java.lang.Byte',
  INT16: 'java.lang.Short',
  INT32: 'java.lang.Integer',
  INT64: 'java.lang.Long',
  FLOAT32: 'java.lang.Float',
  FLOAT64: 'java.lang.Double',
  BOOLEAN: 'java.lang.Boolean',
  STRING: 'java.lang.String',
  BYTES: 'java.nio.HeapByteBuffer',
  ARRAY: 'java.util.ArrayList',
  MAP: 'java.util.HashMap',
  STRUCT: 'org.apache.kafka.connect.data.Struct',
};
