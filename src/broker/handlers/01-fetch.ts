/**
 * Fetch, versions 4–18: long polls (min bytes, max wait), sessions (KIP-227), topic ids from 13 on, both isolation levels,
 * limits for the whole answer and for each partition. The bytes of the log go to the client as they are; no record is decoded.
 * Left out: followers (there is one node), quotas, rack awareness.
 */
import type { PartitionLog } from '../../storage/partition-log.ts';
import { errorCode, kafkaError } from '../../wire/error-codes.ts';
import type { Input, RequestBody, ResponseBody } from '../../wire/codecs.ts';
import { safeNumber } from '../../core/assert.ts';
import type { Timer } from '../../core/clock.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import type { RequestContext } from '../context.ts';
import { codeOf } from '../errors.ts';
import { FetchSession, nextEpoch } from '../fetch-sessions.ts';
import type { SessionPartition } from '../fetch-sessions.ts';
import { checkEpoch, epochEnd } from '../leader-epochs.ts';
import type { Partition } from '../partition.ts';
import type { Services } from '../services.ts';

type Response = Input<ResponseBody<'Fetch'>>;
type Body = RequestBody<'Fetch'>;
type PartitionData = Input<ResponseBody<'Fetch'>['responses'][number]['partitions'][number]>;

const noRecords = Buffer.alloc(0);
const sessionless = -1;

/** One partition that is asked for. */
interface Wanted extends SessionPartition {
  readonly key: string;
}

interface Collected {
  readonly wanted: Wanted;
  readonly data: PartitionData;
}

export const fetch: ApiHandler<'Fetch'> = apiHandler('Fetch', [4, 18], (services, { version, body, context }) => {
  const byId = version >= 13;
  const opened = openContext(services, body, byId);
  if (typeof opened === 'string') return { errorCode: errorCode(opened) };
  const { session, wanted } = opened;
  const round = new FetchRound(services, body, version, wanted, context);
  const collected = round.collect();
  if (collected !== undefined) return answer(body, session, collected);
  return round.wait().then((late) => answer(body, session, late));
});

type SessionError = 'FETCH_SESSION_ID_NOT_FOUND' | 'INVALID_FETCH_SESSION_EPOCH' | 'FETCH_SESSION_TOPIC_ID_ERROR';

/** Which partitions this request is about, and its session if it has one. */
function openContext(
  services: Services,
  body: Body,
  byId: boolean,
): { readonly session: FetchSession | undefined; readonly wanted: Wanted[] } | SessionError {
  const { fetchSessions: sessions } = services;
  if (body.sessionEpoch === sessionless || body.sessionEpoch === 0) {
    if (body.sessionId !== 0) sessions.close(body.sessionId);
    const session = body.sessionEpoch === 0 && body.topics.length > 0 ? sessions.open(byId) : undefined;
    const target = session ?? new FetchSession(0, byId);
    update(services, target, body);
    return { session, wanted: wantedOf(target) };
  }
  const session = sessions.get(body.sessionId);
  if (session === undefined) return 'FETCH_SESSION_ID_NOT_FOUND';
  if (session.byId !== byId) return 'FETCH_SESSION_TOPIC_ID_ERROR';
  if (session.epoch !== body.sessionEpoch) return 'INVALID_FETCH_SESSION_EPOCH';
  for (const topic of body.forgottenTopicsData)
    for (const partition of topic.partitions) session.partitions.delete(session.key(topic, partition));
  update(services, session, body);
  if (session.partitions.size === 0) {
    sessions.close(session.id);
    return { session: undefined, wanted: [] };
  }
  session.epoch = nextEpoch(session.epoch);
  return { session, wanted: wantedOf(session) };
}

/** Takes the partitions of a request into a session. */
function update(services: Services, session: FetchSession, body: Body): void {
  for (const topic of body.topics) {
    for (const partition of topic.partitions) {
      const key = session.key(topic, partition.partition);
      const known = session.partitions.get(key);
      const wish = {
        fetchOffset: Number(partition.fetchOffset),
        maxBytes: partition.partitionMaxBytes,
        currentLeaderEpoch: partition.currentLeaderEpoch,
        lastFetchedEpoch: partition.lastFetchedEpoch,
      };
      if (known !== undefined) Object.assign(known, wish);
      else {
        const name = session.byId ? (services.catalog.topicById(topic.topicId)?.name ?? '') : topic.topic;
        session.partitions.set(key, {
          topic: name,
          topicId: topic.topicId,
          partition: partition.partition,
          ...wish,
          highWatermark: -1,
          logStartOffset: -1,
        });
      }
    }
  }
}

function wantedOf(session: FetchSession): Wanted[] {
  return Array.from(session.partitions, ([key, partition]) => Object.assign(partition, { key }));
}

/** One fetch: reads once, and again whenever one of its partitions moved, until there is enough to answer. */
class FetchRound {
  private readonly services: Services;
  private readonly body: Body;
  private readonly version: number;
  private readonly wanted: readonly Wanted[];
  private readonly context: RequestContext;

  constructor(services: Services, body: Body, version: number, wanted: readonly Wanted[], context: RequestContext) {
    this.services = services;
    this.body = body;
    this.version = version;
    this.wanted = wanted;
    this.context = context;
  }

  /** What there is now; undefined when the asker would rather wait for more (never when `final`). */
  collect(final: boolean = this.body.maxWaitMs <= 0): Collected[] | undefined {
    this.context.memory?.rewind();
    const collected: Collected[] = [];
    let left = Math.min(this.body.maxBytes, this.services.config.number('fetch.max.bytes'));
    let bytes = 0;
    let failed = false;
    for (const wanted of this.wanted) {
      const data = this.read(wanted, left, bytes === 0);
      const length = data.records?.length ?? 0;
      bytes += length;
      left -= length;
      if (data.errorCode !== 0 || data.divergingEpoch !== undefined) failed = true;
      collected.push({ wanted, data });
    }
    return final || failed || bytes >= this.body.minBytes || this.wanted.length === 0 ? collected : undefined;
  }

  private partition({ topic, topicId, partition }: SessionPartition): Partition | undefined {
    const { catalog } = this.services;
    return (this.version >= 13 ? catalog.topicById(topicId) : catalog.topic(topic))?.partitions[partition];
  }

  private read(wanted: Wanted, left: number, minOneBatch: boolean): PartitionData {
    const { body, services, version, context } = this;
    const committed = body.isolationLevel === 1;
    let known = false;
    try {
      const partition = this.partition(wanted);
      if (partition === undefined) {
        const topicKnown = version < 13 || services.catalog.topicById(wanted.topicId) !== undefined;
        throw kafkaError(topicKnown ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'UNKNOWN_TOPIC_ID');
      }
      known = true;
      checkEpoch(wanted.currentLeaderEpoch, services.catalog.leaderEpoch);
      // A follower's fetch: no other broker replicates from this one.
      if (body.replicaId >= 0 || body.replicaState.replicaId >= 0) throw kafkaError('NOT_LEADER_OR_FOLLOWER');
      const { log } = partition;
      const diverging = this.divergence(wanted, log);
      if (diverging !== undefined) return diverging;
      const maxBytes = Math.max(0, Math.min(wanted.maxBytes, left));
      if (wanted.fetchOffset > log.highWatermark) throw kafkaError('OFFSET_OUT_OF_RANGE');
      const result = log.read(wanted.fetchOffset, maxBytes, {
        isolation: committed ? 'read_committed' : 'read_uncommitted',
        minOneBatch,
        ...(context.memory === undefined ? {} : { memory: context.memory }),
      });
      return {
        partitionIndex: wanted.partition,
        errorCode: 0,
        highWatermark: result.highWatermark,
        lastStableOffset: result.lastStableOffset,
        logStartOffset: result.logStartOffset,
        abortedTransactions: committed ? result.abortedTransactions : null,
        records: result.records,
      };
    } catch (error) {
      return {
        partitionIndex: wanted.partition,
        errorCode: codeOf(error),
        highWatermark: -1,
        abortedTransactions: known ? null : [],
        records: noRecords,
      };
    }
  }

  /** The answer for an asker whose last batch lies not in our log (KIP-595): where the two part. */
  private divergence(
    { lastFetchedEpoch, fetchOffset, partition }: Wanted,
    log: PartitionLog,
  ): PartitionData | undefined {
    if (lastFetchedEpoch < 0) return undefined;
    const { leaderEpoch, endOffset } = epochEnd(log, lastFetchedEpoch, this.services.catalog.leaderEpoch);
    if (leaderEpoch < 0 || fetchOffset < log.logStartOffset) throw kafkaError('OFFSET_OUT_OF_RANGE');
    if (leaderEpoch === lastFetchedEpoch && endOffset >= fetchOffset) return undefined;
    return {
      partitionIndex: partition,
      errorCode: 0,
      highWatermark: log.highWatermark,
      lastStableOffset: log.lastStableOffset,
      logStartOffset: log.logStartOffset,
      divergingEpoch: { epoch: leaderEpoch, endOffset },
      abortedTransactions: this.body.isolationLevel === 1 ? [] : null,
      records: noRecords,
    };
  }

  /** Waits until there is enough, the time is over, or the asker is gone. */
  wait(): Promise<Collected[]> {
    const { clock } = this.services;
    const { signal } = this.context;
    return new Promise((resolve, reject) => {
      let timer: Timer | undefined;
      let due = false;
      let done = false;
      const stops: (() => void)[] = [];
      const finish = (final: boolean): void => {
        due = false;
        if (done) return;
        let collected: Collected[] | undefined;
        try {
          collected = this.collect(final);
        } catch (error) {
          done = true;
          stop();
          return reject(error);
        }
        if (collected === undefined) return;
        done = true;
        stop();
        resolve(collected);
      };
      const stop = (): void => {
        timer?.cancel();
        for (const end of stops) end();
        signal?.removeEventListener('abort', abandon);
      };
      const abandon = (): void => {
        done = true;
        stop();
        resolve([]);
      };
      // Many appends in one turn of the loop wake the fetch once.
      const moved = (): void => {
        if (due || done) return;
        due = true;
        clock.defer(() => finish(false));
      };
      for (const wanted of this.wanted) {
        const partition = this.partition(wanted);
        if (partition !== undefined) stops.push(partition.listen(moved));
      }
      timer = clock.setTimer(() => finish(true), this.body.maxWaitMs);
      if (signal?.aborted) abandon();
      else signal?.addEventListener('abort', abandon);
    });
  }
}

/** The answer: all partitions, or within a session those that changed. */
function answer(body: Body, session: FetchSession | undefined, collected: readonly Collected[]): Response {
  const incremental = session !== undefined && body.sessionEpoch > 0;
  const topics = new Map<string, { topic: string; topicId: string; partitions: PartitionData[] }>();
  for (const { wanted, data } of collected) {
    const highWatermark = safeNumber(data.highWatermark ?? -1);
    const logStartOffset = safeNumber(data.logStartOffset ?? -1);
    const length = data.records?.length ?? 0;
    const changed =
      length > 0 ||
      data.errorCode !== 0 ||
      data.divergingEpoch !== undefined ||
      highWatermark !== wanted.highWatermark ||
      logStartOffset !== wanted.logStartOffset;
    wanted.highWatermark = highWatermark;
    wanted.logStartOffset = logStartOffset;
    if (incremental && !changed) continue;
    const name = `${wanted.topicId} ${wanted.topic}`;
    const topic = topics.get(name) ?? { topic: wanted.topic, topicId: wanted.topicId, partitions: [] };
    topics.set(name, topic);
    topic.partitions.push(data);
    // Whoever gave data comes last in the next round.
    if (session !== undefined && length > 0) session.moveToEnd(wanted.key);
  }
  return { sessionId: session?.id ?? 0, responses: [...topics.values()] };
}
