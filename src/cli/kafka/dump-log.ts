/** `kafka-dump-log`: what lies in the files of a partition, batch by batch: segments (`.log`) and their indexes. */
import { basename, resolve } from 'node:path';
import { StackError, messageOf } from '../../core/errors.ts';
import {
  batchAttributes,
  batchBaseOffset,
  batchBaseSequence,
  batchBaseTimestamp,
  batchCompression,
  batchControlType,
  batchCrc,
  batchHasAppendTime,
  batchHeaderBytes,
  batchIsControl,
  batchIsTransactional,
  batchLastOffset,
  batchLastSequence,
  batchLeaderEpoch,
  batchMagic,
  batchMaxTimestamp,
  batchPrefixBytes,
  batchProducerEpoch,
  batchProducerId,
  batchRecordCount,
  batchSize,
  controlTypes,
  decodeRecords,
  sequenceAfter,
  verifyBatch,
} from '../../wire/record-batch.ts';
import type { DecodedRecord } from '../../wire/record-batch.ts';
import { fileOf } from './client-config.ts';
import { Options } from './options.ts';
import type { OptionSpecs } from './options.ts';
import type { KafkaTool, ToolEnvironment } from './tool.ts';

const notSupported = [
  'cluster-metadata-decoder',
  'offsets-decoder',
  'transaction-log-decoder',
  'share-group-state-decoder',
  'remote-log-metadata-decoder',
  'index-sanity-check',
  'verify-index-only',
] as const;

const specs: OptionSpecs = {
  'deep-iteration': { help: 'Tell the records of the batches too.' },
  files: { argument: 'String: file1, file2, ...', required: true, help: 'The files, .log, .index or .timeindex.' },
  help: { help: 'Print usage information.' },
  'max-bytes': { argument: 'Integer: size', help: 'Read so many bytes of each .log file. (default: 2147483647)' },
  'print-data-log': { help: 'Print keys and values as text.' },
  'skip-record-metadata': { help: 'With --print-data-log: only keys and values of records.' },
  version: { help: 'Display Kafka version.' },
  ...Object.fromEntries(notSupported.map((name) => [name, { help: 'Not supported.' }])),
};

/** What the shortest message of the oldest format has. */
const recordBytesMin = 14;

interface DumpOptions {
  readonly isDeep: boolean;
  readonly withContent: boolean;
  readonly withoutMetadata: boolean;
  readonly bytesMax: number | undefined;
}

export const dumpLog: KafkaTool = {
  intro:
    'This tool helps to parse a log file and dump its contents to the console, useful for debugging a seemingly corrupt log segment.',
  specs,
  run: async (args, env) => {
    const options = Options.parse(specs, args);
    const refused = notSupported.find((name) => options.has(name));
    if (refused !== undefined)
      throw new StackError('MILLRACE_UNSUPPORTED', `--${refused} is not supported here: use Kafka's own tool.`);
    const withContent = options.has('print-data-log');
    const chosen: DumpOptions = {
      isDeep: withContent || options.has('deep-iteration'),
      withContent,
      withoutMetadata: options.has('skip-record-metadata'),
      bytesMax: options.number('max-bytes'),
    };
    for (const path of (options.value('files') as string).split(',')) {
      env.out(`Dumping ${path}\n`);
      if (path.endsWith('.log')) await dumpSegment(path, chosen, env);
      else if (path.endsWith('.index')) dumpIndex(path, env);
      else if (path.endsWith('.timeindex')) dumpTimeIndex(path, env);
      else env.err(`Ignoring unknown file ${resolve(path)}\n`);
    }
    return 0;
  },
};

function startOf(path: string): number {
  const text = basename(path).split('.')[0] ?? '';
  if (/^\d+$/.test(text)) return Number(text);
  throw new StackError(
    'MILLRACE_CONFIG_INVALID',
    `For input string: "${text}" (a segment is called by its first offset)`,
  );
}

async function dumpSegment(path: string, options: DumpOptions, env: ToolEnvironment): Promise<void> {
  env.out(`Log starting offset: ${startOf(path)}\n`);
  const whole = fileOf(env, path);
  const bytes = whole.subarray(0, options.bytesMax);
  const last = { offset: -1 };
  const gaps: string[] = [];
  let at = 0;
  while (bytes.length - at >= batchHeaderBytes) {
    const size = batchSize(bytes, at);
    if (size - batchPrefixBytes < recordBytesMin)
      throw new StackError(
        'MILLRACE_LOG_CORRUPT',
        `org.apache.kafka.common.errors.CorruptRecordException: Found record size ${size - batchPrefixBytes} smaller than minimum record overhead (${recordBytesMin}) in file ${resolve(path)}.`,
      );
    if (size < batchHeaderBytes || size > bytes.length - at || batchMagic(bytes, at) !== 2) break;
    env.out(`${batchLine(bytes, at, size)}\n`);
    if (options.isDeep) env.out(recordLines(bytes, at, options, last, gaps));
    await env.drained();
    if (env.signal.aborted) return;
    at += size;
  }
  if (at < bytes.length && options.bytesMax === undefined)
    env.out(`Found ${bytes.length - at} invalid bytes at the end of ${basename(path)}\n`);
  if (gaps.length > 0) env.err(`Non-consecutive offsets in ${resolve(path)}\n${gaps.join('')}`);
}

function batchLine(b: Buffer, at: number, size: number): string {
  const deleteHorizon =
    (batchAttributes(b, at) & 0x40) === 0 ? 'OptionalLong.empty' : `OptionalLong[${batchBaseTimestamp(b, at)}]`;
  return [
    `baseOffset: ${batchBaseOffset(b, at)}`,
    `lastOffset: ${batchLastOffset(b, at)}`,
    `count: ${batchRecordCount(b, at)}`,
    `baseSequence: ${batchBaseSequence(b, at)}`,
    `lastSequence: ${batchBaseSequence(b, at) < 0 ? -1 : batchLastSequence(b, at)}`,
    `producerId: ${batchProducerId(b, at)}`,
    `producerEpoch: ${batchProducerEpoch(b, at)}`,
    `partitionLeaderEpoch: ${batchLeaderEpoch(b, at)}`,
    `isTransactional: ${batchIsTransactional(b, at)}`,
    `isControl: ${batchIsControl(b, at)}`,
    `deleteHorizonMs: ${deleteHorizon}`,
    `position: ${at}`,
    `${timestampType(b, at)}: ${batchMaxTimestamp(b, at)}`,
    `size: ${size}`,
    `magic: ${batchMagic(b, at)}`,
    `compresscodec: ${batchCompression(b, at) ?? 'unknown'}`,
    `crc: ${batchCrc(b, at)}`,
    `isvalid: ${isValid(b, at)}`,
  ].join(' ');
}

function timestampType(b: Buffer, at: number): string {
  return batchHasAppendTime(b, at) ? 'LogAppendTime' : 'CreateTime';
}

function isValid(b: Buffer, at: number): boolean {
  try {
    verifyBatch(b, at);
    return true;
  } catch {
    return false;
  }
}

function recordLines(
  b: Buffer,
  at: number,
  { withContent, withoutMetadata }: DumpOptions,
  last: { offset: number },
  gaps: string[],
): string {
  let records: readonly DecodedRecord[];
  try {
    records = decodeRecords(b, at);
  } catch (error) {
    return `| ${messageOf(error)}\n`;
  }
  let text = '';
  for (const record of records) {
    if (record.offset !== last.offset + 1) gaps.push(`  ${last.offset} is followed by ${record.offset}\n`);
    last.offset = record.offset;
    if (!withoutMetadata) text += metadataOf(b, at, record);
    if (withContent && !batchIsControl(b, at)) text += contentOf(record, withoutMetadata ? '| ' : ' ');
    text += '\n';
  }
  return text;
}

function metadataOf(b: Buffer, at: number, { offset, timestamp, key, value, headers }: DecodedRecord): string {
  const base = batchBaseSequence(b, at);
  const sequence = base < 0 ? -1 : sequenceAfter(base, offset - batchBaseOffset(b, at));
  const names = headers.map((header) => header.key).join(',');
  const sizes = `keySize: ${key?.length ?? -1} valueSize: ${value?.length ?? -1}`;
  const line = `| offset: ${offset} ${timestampType(b, at)}: ${timestamp} ${sizes} sequence: ${sequence} headerKeys: [${names}]`;
  return batchIsControl(b, at) ? `${line}${controlOf(b, at, value)}` : line;
}

function controlOf(b: Buffer, at: number, value: Buffer | null): string {
  const type = batchControlType(b, at);
  if (type !== controlTypes.commit && type !== controlTypes.abort) return ` controlType: ${type}`;
  const name = type === controlTypes.commit ? 'COMMIT' : 'ABORT';
  return ` endTxnMarker: ${name} coordinatorEpoch: ${value === null || value.length < 6 ? -1 : value.readInt32BE(2)}`;
}

function contentOf({ key, value }: DecodedRecord, before: string): string {
  const parts = [
    ...(key === null ? [] : [`key: ${key.toString('utf8')}`]),
    ...(value === null ? [] : [`payload: ${value.toString('utf8')}`]),
  ];
  return parts.length === 0 ? '' : `${before}${parts.join(' ')}`;
}

/** Entries of eight bytes: offset behind the first of the segment, position in it. */
function dumpIndex(path: string, env: ToolEnvironment): void {
  const bytes = fileOf(env, path);
  const start = startOf(path);
  for (let at = 0; at + 8 <= bytes.length; at += 8)
    env.out(`offset: ${start + bytes.readInt32BE(at)} position: ${bytes.readInt32BE(at + 4)}\n`);
}

/** Entries of twelve bytes: timestamp, offset behind the first of the segment. */
function dumpTimeIndex(path: string, env: ToolEnvironment): void {
  const bytes = fileOf(env, path);
  const start = startOf(path);
  for (let at = 0; at + 12 <= bytes.length; at += 12)
    env.out(`timestamp: ${bytes.readBigInt64BE(at)} offset: ${start + bytes.readInt32BE(at + 8)}\n`);
}
