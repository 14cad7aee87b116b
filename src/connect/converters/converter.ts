/** What turns Connect data into bytes. */
import type { ConnectSchema, ConnectValue } from '../data/schema.ts';

/** Bytes of a value; they are the converter's own and stay as they are until its next call. Throws `DataException`. */
export type Encode = (value: ConnectValue) => Uint8Array | null;

export interface Converter {
  /**
   * An encoder for the values of one schema in one topic, made once and used for every record.
   * `alwaysNull`: no value will ever be there (a key without key field), so no schema needs to be registered.
   * @throws DataException when the converter cannot hold such a schema
   */
  prepare(topic: string, schema: ConnectSchema, alwaysNull?: boolean): Promise<Encode>;
}

/** What converters reach outside of themselves. */
export interface ConverterContext {
  readonly isKey: boolean;
  /** The Schema Registry at one of the comma-separated addresses of `schema.registry.url`. */
  readonly registryAt: (url: string) => SchemaRegistrar;
}

export interface RegisteredText {
  readonly schema: string;
  /** `AVRO` when absent. */
  readonly schemaType?: string;
}

/** The part of a Schema Registry's client that converters need. */
export interface SchemaRegistrar {
  /** Registers a schema under a subject, or finds it there; gives its id. */
  register(subject: string, schema: RegisteredText): Promise<number>;
  /** Finds a schema under a subject without registering it; undefined when it is not there. */
  lookup(subject: string, schema: RegisteredText): Promise<{ readonly id: number } | undefined>;
}
