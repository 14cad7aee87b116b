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
/** As many names are matched before others have their turn. */
const namesAtOnce = 20;

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
    this.refresh(group, isNew ? next : undefined);
    return update;
  }

  private refresh(group: ConsumerGroup, added: string | undefined): void {
    const { clock, metadataVersion } = this.options;
    const { groupId } = group;
    const wanted = new Set([...group.members.values()].map(regexOf).filter((regex) => regex !== undefined));
    if (added !== undefined) wanted.add(added);
    if (group.resolving || wanted.size === 0) return;
    const last = group.regexes.values().next().value;
    if (last !== undefined && clock.now() <= last.timestamp + refreshIntervalMinMs) return;
    if (
      added === undefined &&
      wanted.size === group.regexes.size &&
      last !== undefined &&
      last.version >= metadataVersion()
    )
      return;
    group.resolving = true;
    clock.defer(() => {
      this.resolve(groupId, wanted)
        .catch((error: unknown) => this.options.logger.error('cannot resolve patterns', { group: groupId, error }))
        .finally(() => {
          const live = this.options.store.consumer(groupId);
          if (live !== undefined) live.resolving = false;
        });
    });
  }

  private async resolve(groupId: string, wanted: ReadonlySet<string>): Promise<void> {
    const { clock, catalog, metadataVersion, store } = this.options;
    const version = metadataVersion();
    const timestamp = clock.now();
    const names = [...catalog.topics.keys()];
    const found = new Map<string, ResolvedRegex>();
    for (const regex of wanted) found.set(regex, { topics: await this.matching(regex, names), version, timestamp });
    const group = store.consumer(groupId);
    if (store.closed || group === undefined) return;
    await store.write(groupId, this.outcome(group, found));
  }

  /** Other requests go between the names. Of a pattern that another broker took and this one cannot read, there are none. */
  private async matching(regex: string, names: readonly string[]): Promise<Set<string>> {
    const matches = new Set<string>();
    let pattern: TopicRegex;
    try {
      pattern = new TopicRegex(regex);
    } catch (error) {
      if (error instanceof RegexSyntaxError) return matches;
      throw error;
    }
    for (const [i, name] of names.entries()) {
      if (pattern.matches(name)) matches.add(name);
      if (i % namesAtOnce === namesAtOnce - 1) await new Promise<void>((resolve) => this.options.clock.defer(resolve));
    }
    return matches;
  }

  /** The records that keep what was found, as far as the group still subscribes to it. */
  private outcome(group: ConsumerGroup, found: ReadonlyMap<string, ResolvedRegex>): GroupRecord[] {
    const { groupId } = group;
    const records: GroupRecord[] = [];
    const regexes = new Map(group.regexes);
    let changed = false;
    for (const [regularExpression, next] of found) {
      if (group.regexMemberCount(regularExpression) === 0) continue;
      if (!sameNames(next.topics, regexes.get(regularExpression)?.topics ?? new Set())) changed = true;
      regexes.set(regularExpression, next);
      const topics = [...next.topics].sort();
      records.push({ kind: 'regularExpression', key: { groupId, regularExpression }, value: { ...next, topics } });
    }
    const metadataHash = this.options.hash.of(subscribedTopics(group.members.values(), regexes));
    if (changed || metadataHash !== group.metadataHash)
      records.push(groupEpochRecord(groupId, group.epoch + 1, metadataHash));
    return records;
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
