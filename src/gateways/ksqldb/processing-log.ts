/**
 * The processing log: what goes wrong with records and queries, as records of a topic and as a stream over it (ksqlDB's
 * "processing log"; layout of its public documentation).
 *
 *   const log = new ProcessingLog({ kafka, logger, settings });
 *   const queries = createQueryManager({ …, onErrors: (queryId, errors) => log.note(queryId, errors) });
 */
import type { KafkaClient, Producer } from '../../client/kafka-client.ts';
import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { QueryError } from '../../runtime/jobs.ts';
import { booleanSetting, numberSetting, settingOf } from './properties.ts';
import type { Settings } from './properties.ts';

interface ProcessingLogPorts {
  readonly kafka: KafkaClient;
  readonly logger: Logger;
  /** The server's, by plain name. */
  readonly settings: Settings;
}

/** Records that may wait to be written; more are lost, as everything about them is in the query's own errors, too. */
const waitingMax = 1000;

/** `ProcessingLogMessageSchema.MessageType`. */
const messageTypes = { deserialization: 0, processing: 1, thread: 4 } as const;

export class ProcessingLog {
  readonly topic: string;
  readonly streamName: string;
  readonly #ports: ProcessingLogPorts;
  #producer: Promise<Producer> | undefined;
  #waiting = 0;
  #writing: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(ports: ProcessingLogPorts) {
    this.#ports = ports;
    const { settings } = ports;
    const serviceId = settingOf('ksql.service.id', settings) ?? 'default_';
    this.topic = settingOf('ksql.logging.processing.topic.name', settings) ?? `${serviceId}ksql_processing_log`;
    this.streamName = settingOf('ksql.logging.processing.stream.name', settings) ?? 'KSQL_PROCESSING_LOG';
  }

  /** Creates the topic when the settings say so. */
  async open(): Promise<void> {
    const { kafka, settings } = this.#ports;
    if (!booleanSetting('ksql.logging.processing.topic.auto.create', settings)) return;
    await kafka.admin.ensureTopic({
      topic: this.topic,
      partitions: numberSetting('ksql.logging.processing.topic.partitions', settings),
      replicationFactor: numberSetting('ksql.logging.processing.topic.replication.factor', settings),
    });
  }

  /** The statement that declares the stream; undefined when the settings do not ask for it. */
  get streamStatement(): string | undefined {
    if (!booleanSetting('ksql.logging.processing.stream.auto.create', this.#ports.settings)) return undefined;
    return `CREATE STREAM \`${this.streamName}\` (${columns}) WITH (KAFKA_TOPIC='${this.topic.replaceAll("'", "''")}', KEY_FORMAT='KAFKA', VALUE_FORMAT='JSON');`;
  }

  /** Writes in its own time; a log that cannot be written stops nobody. */
  note(queryId: string, errors: readonly QueryError[]): void {
    if (this.#closed) return;
    // A query over the log that fails on its records would feed itself.
    const own = errors.filter(({ topic }) => topic !== this.topic);
    const fitting = own.slice(0, Math.max(0, waitingMax - this.#waiting));
    this.#waiting += fitting.length;
    for (const error of fitting) {
      this.#writing = this.#writing
        .then(() => this.#write(queryId, error))
        .catch((failure: unknown) => {
          this.#producer = undefined; // the next one starts anew
          this.#ports.logger.warn(`The processing log cannot be written: ${messageOf(failure)}`, { topic: this.topic });
        })
        .finally(() => this.#waiting--);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing;
    const producer = await this.#producer?.catch(() => undefined);
    await producer?.close();
  }

  async #write(queryId: string, error: QueryError): Promise<void> {
    const { kafka } = this.#ports;
    const record = await this.#recordOf(error);
    const value = Buffer.from(JSON.stringify(logEntry(queryId, error, record)));
    this.#producer ??= kafka.producer();
    await (await this.#producer).send({ topic: this.topic, key: null, value });
  }

  /** The value of the record that failed, where the settings allow it in a log; null when it is gone. */
  async #recordOf({ topic, partition, offset }: QueryError): Promise<Buffer | null> {
    const { kafka, settings } = this.#ports;
    if (!booleanSetting('ksql.logging.processing.rows.include', settings)) return null;
    if (topic === undefined || partition === undefined || offset === undefined || offset < 0) return null;
    for await (const records of kafka.read(topic, partition, { from: offset, to: offset + 1 }))
      for (const record of records) if (record.offset === offset) return record.value;
    return null;
  }
}

/** One line of the log. Names of loggers are those of the steps of ksqlDB's plans. */
function logEntry(queryId: string, error: QueryError, record: Buffer | null): object {
  const { message, cause, topic, timeMs } = error;
  const kind = error.kind === 'query' ? 'thread' : error.decoding === true ? 'deserialization' : 'processing';
  const step = {
    deserialization: 'KsqlTopic.Source.deserializer',
    processing: stepOf(message),
    thread: 'thread.exception',
  };
  return {
    level: 'ERROR',
    logger: `processing.${queryId}.${step[kind]}`,
    time: timeMs,
    message: {
      type: messageTypes[kind],
      deserializationError:
        kind !== 'deserialization'
          ? null
          : {
              target: 'value',
              errorMessage: `Failed to deserialize value from topic: ${topic ?? ''}. ${message}`,
              recordB64: record?.toString('base64') ?? null,
              cause: [message],
              topic: topic ?? null,
            },
      recordProcessingError:
        kind !== 'processing'
          ? null
          : {
              errorMessage: message,
              record: record?.toString('utf8') ?? null,
              cause: cause === '' ? [] : [cause ?? message],
            },
      productionError: null,
      serializationError: null,
      kafkaStreamsThreadError:
        kind !== 'thread'
          ? null
          : {
              errorMessage: 'Unhandled exception caught in streams thread',
              threadName: `_confluent-ksql-query_${queryId}-StreamThread-1`,
              cause: [message],
            },
    },
  };
}

/** The step in which an expression failed, by what is said of it. */
function stepOf(message: string): string {
  if (message.startsWith('Error evaluating predicate')) return 'WhereFilter';
  if (message.startsWith('Error calculating group-by') || message.startsWith('Group-by column'))
    return 'Aggregate.GroupBy';
  return message.startsWith('Error computing new key') ? 'PartitionBy' : 'Project';
}

const columns = `LOGGER STRING, LEVEL STRING, TIME BIGINT, MESSAGE STRUCT<\`TYPE\` INTEGER, deserializationError STRUCT<target STRING, errorMessage STRING, recordB64 STRING, cause ARRAY<STRING>, \`TOPIC\` STRING>, recordProcessingError STRUCT<errorMessage STRING, record STRING, cause ARRAY<STRING>>, productionError STRUCT<errorMessage STRING>, serializationError STRUCT<target STRING, errorMessage STRING, record STRING, cause ARRAY<STRING>, \`TOPIC\` STRING>, kafkaStreamsThreadError STRUCT<errorMessage STRING, threadName STRING, cause ARRAY<STRING>>>`;
