/**
 * Which topics the regular expressions of a consumer group stand for. They are resolved all at once, after the request that asked
 * for it: when one is new, and when topics have changed, though not more than every ten seconds.
 */
import type { Clock } from '../../../core/clock.ts';
import type { Logger } from '../../../core/logger.ts';
import { kafkaError } from '../../../wire/error-codes.ts';
import type { Catalog } from '../../metadata/catalog.ts';
import { groupEpochRecord, subscribedTopics } from '../consumer-group.ts';
import type { ConsumerGroup, ResolvedRegex } from '../consumer-group.ts';
import { regexOf, sameNames } from '../consumer-member.ts';
import type { ConsumerMember } from '../consumer-member.ts';
import type { MetadataHash } from '../metadata-hash.ts';
import type { GroupRecord } from '../records.ts';
import type { GroupStore } from '../store.ts';
import { RegexSyntaxError } from './nodes.ts';
import { TopicRegex } from './topic-regex.ts';

const refreshIntervalMinMs = 10_000;

export interface RegexResolverOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly catalog: Catalog;
  readonly store: GroupStore;
  readonly hash: MetadataHash;
  readonly metadataVersion: () => number;
}

/** `resolved`: the member's expression has changed, and what it now stands for is known. */
export type RegexUpdate = 'same' | 'changed' | 'resolved';

export class RegexResolver {
  private readonly options: RegexResolverOptions;

  constructor(options: RegexResolverOptions) {
    this.options = options;
  }

  /** A member subscribes. Throws INVALID_REGULAR_EXPRESSION. */
  update(group: ConsumerGroup, before: ConsumerMember, updated: ConsumerMember, records: GroupRecord[]): RegexUpdate {
    const { groupId } = group;
    const [old, next] = [regexOf(before), regexOf(updated)];
    let update: RegexUpdate = before.topicRegex === updated.topicRegex ? 'same' : 'changed';
    let isNew = false;
    if (old !== next) {
      if (old !== undefined && group.regexMemberCount(old) === 1)
        records.push({ kind: 'regularExpression', key: { groupId, regularExpression: old }, value: null });
      if (next === undefined) update = 'resolved';
      else if (group.regexMemberCount(next) === 0) {
        checkRegex(next);
        isNew = true;
      } else if (group.regexes.has(next)) update = 'resolved';
    }
    this.refresh(group, isNew);
    return update;
  }

  private refresh(group: ConsumerGroup, isNew: boolean): void {
    const { clock, metadataVersion } = this.options;
    const { groupId } = group;
    if (group.resolving || (!isNew && ![...group.members.values()].some((member) => regexOf(member) !== undefined)))
      return;
    const last = group.regexes.values().next().value;
    if (last !== undefined && clock.now() <= last.timestamp + refreshIntervalMinMs) return;
    const wanted = new Set([...group.members.values()].map(regexOf).filter((regex) => regex !== undefined));
    if (!isNew && wanted.size === group.regexes.size && last !== undefined && last.version >= metadataVersion()) return;
    group.resolving = true;
    clock.defer(() => {
      group.resolving = false;
      this.resolve(groupId);
    });
  }

  private resolve(groupId: string): void {
    const { store, logger } = this.options;
    const group = store.consumer(groupId);
    if (store.closed || group === undefined) return;
    try {
      store
        .write(groupId, this.resolution(group))
        ?.catch((error: unknown) => logger.error('cannot keep what a pattern stands for', { group: groupId, error }));
    } catch (error) {
      logger.error('cannot resolve the patterns of a group', { group: groupId, error });
    }
  }

  private resolution(group: ConsumerGroup): GroupRecord[] {
    const { clock, catalog, hash, metadataVersion } = this.options;
    const { groupId } = group;
    const records: GroupRecord[] = [];
    const resolved = new Map<string, ResolvedRegex>();
    let changed = false;
    for (const regex of new Set([...group.members.values()].map(regexOf))) {
      if (regex === undefined) continue;
      const topics = matching(regex, catalog.topics.keys());
      const next = { topics: new Set(topics), version: metadataVersion(), timestamp: clock.now() };
      if (!sameNames(next.topics, group.regexes.get(regex)?.topics ?? new Set())) changed = true;
      resolved.set(regex, next);
      records.push({
        kind: 'regularExpression',
        key: { groupId, regularExpression: regex },
        value: { ...next, topics },
      });
    }
    const metadataHash = hash.of(subscribedTopics(group.members.values(), resolved));
    if (changed || metadataHash !== group.metadataHash)
      records.push(groupEpochRecord(groupId, group.epoch + 1, metadataHash));
    return records;
  }
}

/** Of a pattern that another broker took and this one cannot read, none. */
function matching(regex: string, names: Iterable<string>): string[] {
  try {
    const pattern = new TopicRegex(regex);
    return [...names].filter((name) => pattern.matches(name)).sort();
  } catch (error) {
    if (error instanceof RegexSyntaxError) return [];
    throw error;
  }
}

function checkRegex(regex: string): void {
  try {
    void new TopicRegex(regex);
  } catch (error) {
    if (!(error instanceof RegexSyntaxError)) throw error;
    throw kafkaError(
      'INVALID_REGULAR_EXPRESSION',
      `SubscribedTopicRegex \`${regex}\` is not a valid regular expression: ${error.message}.`,
    );
  }
}
