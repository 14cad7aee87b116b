/**
 * Requests that were sent to a running Apache Kafka, in their order, and its answers: ours say the same. Ids that each broker gives
 * by itself are learned from the answers and put in their place; times, texts and the order of sets are not compared.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Broker } from '../../../src/broker/broker.ts';
import { listenForClients } from '../../../src/broker/listener.ts';
import type { BrokerListener } from '../../../src/broker/listener.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { nodeDisk } from '../../../src/core/disk.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { nodeNetwork } from '../../../src/core/network.ts';
import { systemRandom } from '../../../src/core/random.ts';
import { decodeRequestBody, decodeRequestHeader, decodeResponse, encodeRequest } from '../../../src/wire/codecs.ts';
import type { ApiName, Input, RequestBody } from '../../../src/wire/codecs.ts';
import { describeShared, sharedPath } from '../../shared.ts';
import { knownDifferences } from './known-differences.ts';

const file = 'conformance/kafka/behaviours.jsonl';
const recordedAt = 1_795_452_550_389;

interface Row {
  readonly name: string;
  readonly api?: ApiName;
  readonly version: number;
  readonly requestFrameHex: string | null;
  readonly responseFrameHex?: string | null;
  readonly outcome?: string;
}

describeShared('what a real broker answered', file, () => {
  let folder = '';
  let broker: Broker;
  let listener: BrokerListener;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-behaviours-'));
    // The hour of the recording: timestamps in the requests were chosen around it.
    const ahead = systemClock.now() - recordedAt;
    broker = await Broker.open({
      disk: nodeDisk,
      clock: { ...systemClock, now: () => systemClock.now() - ahead },
      random: systemRandom,
      logger: silentLogger,
      dataDir: folder,
      config: {
        'auto.create.topics.enable': 'false',
        'offsets.topic.num.partitions': '2',
        'transaction.state.log.num.partitions': '2',
        'num.io.threads': '2',
      },
    });
    listener = await listenForClients(broker, { network: nodeNetwork, port: 0 });
  });
  afterAll(async () => {
    await listener.close();
    await broker.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is what we answer, but for the differences that are known and explained', { timeout: 120_000 }, async () => {
    const replay = new Replay(listener.port);
    const differing = new Map<string, string>();
    for (const line of readFileSync(sharedPath(file), 'utf8').trim().split('\n')) {
      const row = JSON.parse(line) as Row;
      const difference = await replay.run(row);
      if (difference !== undefined) differing.set(row.name, difference);
    }
    replay.close();
    if (process.env['MILLRACE_SHOW']) console.log([...differing].map((row) => row.join('  ')).join('\n'));
    const unexplained = [...differing].filter(([name]) => !knownDifferences.has(name));
    expect(unexplained).toEqual([]);
    expect([...knownDifferences.keys()].filter((name) => !differing.has(name))).toEqual([]); // gone: take them off the list
  });
});

/** Fields that another run gives differently and that stand for something given before. */
const learned = new Set([
  'topicId',
  'memberId',
  'leader',
  'members',
  'producerId',
  'sessionId',
  'clusterId',
  'memberIdOrGenerated',
]);
/** Fields that no two runs have alike, or that are texts for people. */
const ignored = new Set([
  'throttleTimeMs',
  'errorMessage',
  'batchIndexErrorMessage',
  'logAppendTimeMs',
  'host',
  'port',
  'clientHost',
  'timestamp',
  'maxTimestamp',
  'logAppendTime',
  'totalBytes',
  'usableBytes',
  'logDir',
  'clientInstanceId',
  'subscriptionId',
  'pushIntervalMs',
  'authorizedOperations',
  'topicAuthorizedOperations',
  'clusterAuthorizedOperations',
  'lastTimestamp',
  'startTimeMs',
  'transactionStartTimeMs',
  'size',
]); // prettier-ignore

class Replay {
  private readonly port: number;
  private socket: Socket | undefined;
  private received: Buffer = Buffer.alloc(0);
  private closed = false;
  private wake = (): void => {};
  /** What the real broker gave → what ours gave. */
  private readonly ids = new Map<string, unknown>();

  constructor(port: number) {
    this.port = port;
  }

  close(): void {
    this.socket?.destroy();
  }

  /** Undefined when our broker did what the real one did; else what was different. */
  async run(row: Row): Promise<string | undefined> {
    if (row.requestFrameHex === null) return this.runLarge(row);
    const golden = Buffer.from(row.requestFrameHex, 'hex');
    const frames = row.api === undefined ? [golden] : this.withOurIds(row.api, golden.subarray(4));
    const answer = await this.send(frames, row.outcome);
    if (row.outcome !== undefined) {
      const outcome = Buffer.isBuffer(answer) ? 'an answer' : answer;
      const wanted = row.outcome === 'the broker closed the connection' ? 'closed' : 'silence';
      return outcome === wanted ? undefined : `${outcome} instead of ${wanted}`;
    }
    if (!Buffer.isBuffer(answer)) return `${answer} instead of an answer`;
    if (row.responseFrameHex === undefined || row.responseFrameHex === null) return undefined;
    const expected = Buffer.from(row.responseFrameHex, 'hex').subarray(4);
    if (row.api === undefined) return undefined;
    return this.difference(
      decodeResponse(row.api, row.version, expected).body,
      decodeResponse(row.api, row.version, answer).body,
      '',
    );
  }

  private runLarge(row: Row): string | undefined {
    return `its request is not in the file (${row.name})`;
  }

  private withOurIds(api: ApiName, frame: Buffer): Buffer[] {
    const { apiVersion, correlationId, clientId, bodyOffset } = decodeRequestHeader(frame);
    const body = decodeRequestBody(api, apiVersion, frame, bodyOffset);
    return encodeRequest(
      api,
      apiVersion,
      { correlationId, clientId },
      this.replaced(body) as Input<RequestBody<ApiName>>,
    );
  }

  private replaced(value: unknown): unknown {
    if (Buffer.isBuffer(value)) return value;
    if (Array.isArray(value)) return value.map((item) => this.replaced(item));
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.replacedField(name, item)]));
    return value;
  }

  private replacedField(name: string, value: unknown): unknown {
    if (typeof value === 'object' && value !== null && !(Array.isArray(value) && name === 'topicIds'))
      return this.replaced(value);
    const key = idKey(name, value);
    return this.ids.has(key) ? this.ids.get(key) : value;
  }

  private difference(expected: unknown, actual: unknown, path: string): string | undefined {
    if (Buffer.isBuffer(expected) || Buffer.isBuffer(actual)) return bytesDiffer(expected, actual, path);
    if (Array.isArray(expected) && Array.isArray(actual)) {
      if (expected.length !== actual.length) return `${path}: ${actual.length} entries instead of ${expected.length}`;
      const [a, b] = [sorted(expected), sorted(actual)];
      for (const [i, item] of a.entries()) {
        const found = this.difference(item, b[i], `${path}[${i}]`);
        if (found !== undefined) return found;
      }
      return undefined;
    }
    if (isObject(expected) && isObject(actual)) {
      for (const [name, value] of Object.entries(expected)) {
        if (ignored.has(name)) continue;
        const ours = actual[name];
        if (learned.has(name) && !Array.isArray(value) && String(value) !== '' && value !== -1 && value !== 0) {
          const key = idKey(name, value);
          if (!this.ids.has(key)) this.ids.set(key, ours);
          if (String(this.ids.get(key)) !== String(ours)) return `${path}.${name}: ${String(ours)} is another id`;
          continue;
        }
        const found = this.difference(value, ours, `${path}.${name}`);
        if (found !== undefined) return found;
      }
      return undefined;
    }
    return String(expected) === String(actual)
      ? undefined
      : `${path}: ${String(actual)} instead of ${String(expected)}`;
  }

  private async send(frames: readonly Buffer[], outcome: string | undefined): Promise<Buffer | 'closed' | 'silence'> {
    const socket = await this.connected();
    for (const frame of frames) socket.write(frame);
    for (let patience = outcome === 'no response' ? 15 : 400; patience > 0; patience--) {
      const frame = this.take();
      if (frame !== undefined) return frame;
      if (this.closed) return 'closed';
      await Promise.race([
        new Promise<void>((resolve) => {
          this.wake = resolve;
        }),
        new Promise<void>((resolve) => setTimeout(resolve, 50)),
      ]);
    }
    if (outcome !== 'no response') this.close(); // whatever comes later is not an answer to the next request
    return 'silence';
  }

  private take(): Buffer | undefined {
    if (this.received.length < 4) return undefined;
    const end = 4 + this.received.readInt32BE(0);
    if (this.received.length < end) return undefined;
    const frame = this.received.subarray(4, end);
    this.received = this.received.subarray(end);
    return frame;
  }

  private async connected(): Promise<Socket> {
    if (this.socket !== undefined && !this.closed && !this.socket.destroyed) return this.socket;
    const socket = connect(this.port, '127.0.0.1');
    this.socket = socket;
    this.closed = false;
    this.received = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.wake();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.socket === socket) this.closed = true;
      this.wake();
    });
    await new Promise((resolve) => socket.once('connect', resolve));
    return socket;
  }
}

function idKey(name: string, value: unknown): string {
  return name === 'producerId' || name === 'sessionId' ? `${name} ${String(value)}` : String(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Lists of objects that are sets: by the field that names an entry. */
function sorted(list: readonly unknown[]): readonly unknown[] {
  const name = [
    'apiKey',
    'resourceName',
    'producerId',
    'name',
    'groupId',
    'transactionalId',
    'partitionIndex',
    'index',
    'partition',
  ].find((field) => isObject(list[0]) && field in list[0]);
  if (name === undefined) return list;
  const key = (item: unknown): string => String((item as Record<string, unknown>)[name]).padStart(12, '0');
  return [...list].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

/** Record batches carry times and ids of their own; their number of bytes and offsets are compared. */
function bytesDiffer(expected: unknown, actual: unknown, path: string): string | undefined {
  if (!Buffer.isBuffer(expected) || !Buffer.isBuffer(actual))
    return `${path}: ${String(actual)} instead of ${String(expected)}`;
  return expected.length === actual.length
    ? undefined
    : `${path}: ${actual.length} bytes instead of ${expected.length}`;
}
