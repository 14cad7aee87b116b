/**
 * One connection to one broker: requests go out as they come, answers come back in the same order (the protocol's promise), versions
 * are the newest that both sides know. A connection that breaks fails everything that waits on it; it is not opened again.
 */
import type { Clock, Timer } from '../core/clock.ts';
import { StackError, messageOf } from '../core/errors.ts';
import type { Network, Socket } from '../core/network.ts';
import { apis } from '../wire/apis.ts';
import { decodeResponse, encodeRequest } from '../wire/codecs.ts';
import type { ApiName, Input, RequestBody, ResponseBody } from '../wire/codecs.ts';
import { kafkaError } from '../wire/error-codes.ts';
import { FrameReader } from '../wire/frames.ts';
import type { Channel } from './channel.ts';

export interface ConnectionOptions {
  readonly network: Network;
  readonly clock: Clock;
  readonly host: string;
  readonly port: number;
  /** `client.id`. */
  readonly clientId: string;
  /** `request.timeout.ms`: an answer that takes longer breaks the connection. */
  readonly requestTimeoutMs: number;
  /** `socket.connection.setup.timeout.ms`, 10,000 by default. */
  readonly setupTimeoutMs?: number;
}

interface Waiting {
  readonly api: ApiName;
  readonly version: number;
  readonly correlationId: number;
  readonly resolve: (body: unknown) => void;
  readonly reject: (error: StackError) => void;
  readonly timer: Timer;
}

/** Longest answer that is believed: it is bounded by what was asked for, and nothing asks for this much. */
const frameBytesMax = 512 * 1024 * 1024;

const setupTimeoutMsDefault = 10_000;

export class Connection implements Channel {
  readonly host: string;
  readonly port: number;
  private readonly socket: Socket;
  private readonly options: ConnectionOptions;
  private readonly waiting: Waiting[] = [];
  private readonly ranges = new Map<number, { readonly min: number; readonly max: number }>();
  private readonly levels = new Map<string, number>();
  private readonly frames: FrameReader = new FrameReader(frameBytesMax);
  private correlationId = 0;
  private failure: StackError | undefined;
  /** Set while the broker wants to be left alone: its end on the monotonic clock, and what is to be written then. */
  private throttled:
    | { readonly until: number; readonly timer: Timer; readonly frames: (readonly Buffer[])[] }
    | undefined;

  private constructor(socket: Socket, options: ConnectionOptions) {
    this.socket = socket;
    this.options = options;
    this.host = options.host;
    this.port = options.port;
    socket.stream.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.stream.on('error', (error: Error) => this.fail(error));
    socket.stream.on('close', () => this.fail(undefined));
  }

  /** Connects and learns which versions the broker speaks. Rejects with MILLRACE_UNREACHABLE. */
  static async open(options: ConnectionOptions): Promise<Connection> {
    let socket: Socket;
    try {
      socket = await connectWithin(options, options.setupTimeoutMs ?? setupTimeoutMsDefault);
    } catch (error) {
      throw unreachable(options, messageOf(error), error);
    }
    const connection = new Connection(socket, options);
    try {
      await connection.negotiate();
    } catch (error) {
      connection.close();
      throw error;
    }
    return connection;
  }

  /** False once it broke or was closed. */
  get isOpen(): boolean {
    return this.failure === undefined;
  }

  /** The finalized level of a feature (KIP-584); 0 when the broker tells none. */
  featureLevel(name: string): number {
    return this.levels.get(name) ?? 0;
  }

  /** The newest version of an API that both sides know; undefined when there is none. */
  versionOf(api: ApiName, maxVersion: number = apis[api].maxVersion): number | undefined {
    const theirs = this.ranges.get(apis[api].key);
    if (theirs === undefined) return undefined;
    const version = Math.min(theirs.max, maxVersion);
    return version >= Math.max(theirs.min, apis[api].minVersion) ? version : undefined;
  }

  /**
   * Sends a request in the newest version that both sides know, at most `maxVersion`. `timeoutMs` is in place of the connection's.
   * @throws KafkaError UNSUPPORTED_VERSION, StackError MILLRACE_UNREACHABLE, MILLRACE_TIMEOUT
   */
  request<N extends ApiName>(
    api: N,
    body: Input<RequestBody<N>>,
    maxVersion?: number,
    timeoutMs?: number,
  ): Promise<ResponseBody<N>> {
    const version = this.versionOf(api, maxVersion);
    if (version === undefined) {
      return Promise.reject(
        kafkaError('UNSUPPORTED_VERSION', `The broker at ${this.host}:${this.port} does not support ${api}.`),
      );
    }
    return this.send(api, version, body, timeoutMs);
  }

  /** Sends a request that has no answer: Produce with acks 0. */
  sendWithoutAnswer<N extends ApiName>(api: N, body: Input<RequestBody<N>>): void {
    const version = this.versionOf(api);
    if (version === undefined) throw kafkaError('UNSUPPORTED_VERSION');
    this.write(
      encodeRequest(api, version, { correlationId: this.correlationId++, clientId: this.options.clientId }, body),
    );
  }

  close(): void {
    this.failure ??= unreachable(this.options, 'the connection was closed');
    this.throttled?.timer.cancel();
    this.socket.stream.destroy();
    this.rejectAll(this.failure);
  }

  /** An old broker answers an unknown version of ApiVersions in the layout of version 0 (KIP-511). */
  private async negotiate(): Promise<void> {
    let answer = await this.send('ApiVersions', 3, { clientSoftwareName: 'millrace', clientSoftwareVersion: '0.1.0' });
    if (answer.errorCode === 35) answer = await this.send('ApiVersions', 0, {});
    if (answer.errorCode !== 0)
      throw unreachable(this.options, `it answered ApiVersions with error ${answer.errorCode}`);
    for (const { apiKey, minVersion, maxVersion } of answer.apiKeys)
      this.ranges.set(apiKey, { min: minVersion, max: maxVersion });
    for (const { name, maxVersionLevel } of answer.finalizedFeatures) this.levels.set(name, maxVersionLevel);
  }

  private send<N extends ApiName>(
    api: N,
    version: number,
    body: Input<RequestBody<N>>,
    timeoutMs: number = this.options.requestTimeoutMs,
  ): Promise<ResponseBody<N>> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const correlationId = this.correlationId++;
    const frame = encodeRequest(api, version, { correlationId, clientId: this.options.clientId }, body);
    const { clock } = this.options;
    const heldMs = this.throttled === undefined ? 0 : this.throttled.until - clock.monotonic();
    return new Promise((resolve, reject) => {
      const timer = clock.setTimer(() => {
        this.fail(
          undefined,
          new StackError('MILLRACE_TIMEOUT', `${this.host}:${this.port} did not answer ${api} within ${timeoutMs} ms.`),
        );
      }, timeoutMs + heldMs);
      this.waiting.push({ api, version, correlationId, resolve: resolve as (body: unknown) => void, reject, timer });
      this.write(frame);
    });
  }

  private write(frame: readonly Buffer[]): void {
    if (this.throttled !== undefined) {
      this.throttled.frames.push(frame);
      return;
    }
    const { stream } = this.socket;
    stream.cork();
    for (const chunk of frame) stream.write(chunk);
    stream.uncork();
  }

  private receive(chunk: Buffer): void {
    try {
      for (const frame of this.frames.add(chunk)) this.answer(frame);
    } catch (error) {
      this.fail(error instanceof Error ? error : undefined);
    }
  }

  private answer(frame: Buffer): void {
    const first = this.waiting.shift();
    if (first === undefined) throw new StackError('MILLRACE_WIRE_MALFORMED', 'an answer that nobody asked for');
    first.timer.cancel();
    try {
      // The layout of version 0 is what a broker answers that does not know the version.
      const version =
        first.api === 'ApiVersions' && first.version > 0 && frame.length >= 6 && frame.readInt16BE(4) === 35
          ? 0
          : first.version;
      const { correlationId, body } = decodeResponse(first.api, version, frame);
      if (correlationId !== first.correlationId) {
        throw new StackError(
          'MILLRACE_WIRE_MALFORMED',
          `the answer to request ${first.correlationId} says it is one to ${correlationId}`,
        );
      }
      const { throttleTimeMs } = body as { readonly throttleTimeMs?: number };
      if (throttleTimeMs !== undefined && throttleTimeMs > 0) this.throttle(throttleTimeMs);
      first.resolve(body);
    } catch (error) {
      first.reject(unreachable(this.options, messageOf(error), error));
      throw error;
    }
  }

  /** A broker whose quota is used up answers at once, and wants nothing more for so long (KIP-219). */
  private throttle(delayMs: number): void {
    const { clock } = this.options;
    const until = clock.monotonic() + delayMs;
    if (this.throttled !== undefined && this.throttled.until >= until) return;
    this.throttled?.timer.cancel();
    const frames = this.throttled?.frames ?? [];
    const timer = clock.setTimer(() => {
      this.throttled = undefined;
      for (const frame of frames) this.write(frame);
    }, delayMs);
    this.throttled = { until, timer, frames };
  }

  private fail(
    error: Error | undefined,
    failure: StackError = unreachable(this.options, error?.message ?? 'it closed the connection', error),
  ): void {
    if (this.failure !== undefined) return;
    this.failure = failure;
    this.throttled?.timer.cancel();
    this.socket.stream.destroy();
    this.rejectAll(failure);
  }

  private rejectAll(failure: StackError): void {
    for (const { reject, timer } of this.waiting.splice(0)) {
      timer.cancel();
      reject(failure);
    }
  }
}

/** A network may swallow what is sent to an address that nobody has. */
function connectWithin({ network, clock, host, port }: ConnectionOptions, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    let late = false;
    const timer = clock.setTimer(() => {
      late = true;
      reject(new Error(`no connection within ${timeoutMs} ms`));
    }, timeoutMs);
    network.connect(host, port).then(
      (socket) => {
        timer.cancel();
        if (late) socket.stream.destroy();
        else resolve(socket);
      },
      (error: unknown) => {
        timer.cancel();
        reject(error);
      },
    );
  });
}

function unreachable({ host, port }: ConnectionOptions, why: string, cause?: unknown): StackError {
  return new StackError('MILLRACE_UNREACHABLE', `Cannot reach Kafka at ${host}:${port}: ${why}.`, {
    ...(cause === undefined ? {} : { cause }),
    details: { host, port },
  });
}
