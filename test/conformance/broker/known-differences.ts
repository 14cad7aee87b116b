/** Rows of the golden behaviours where we answer otherwise than Apache Kafka 4.4.0, and why. */

const consumerGroups = 'consumer groups (KIP-848) are not served yet';
const shareGroups = 'share groups are not served yet';
const streamsGroups = 'streams groups are not served yet';
const fewerApis =
  'tells only the APIs that are served: not those of consumer, share and streams groups and between brokers';

const rows: Readonly<Record<string, readonly string[]>> = {
  [fewerApis]: ['v0', 'v1', 'v2', 'v3', 'v4', 'v5'].map((version) => `api-versions/${version}`),
  'the documentation of keys is a text of Kafka and is not carried along': [
    'describe-configs/topic-with-documentation-of-two-keys',
  ],
  'keys that have no meaning here are not known: there is no TLS': ['describe-configs/broker-1-three-keys'],
  'the recorded broker was told to log warnings only': ['describe-configs/broker-logger'],
  'keys of share and streams groups are not known, as these groups are not served yet': ['describe-configs/group'],
  'a producer that sends no records gets an error; Kafka fails inside and leaves it without an answer': [
    'produce/null-records',
  ],
  'the file leaves the request out, it is too long; test/conformance/broker/bad-input.test.ts sends one like it': [
    'produce/larger-than-default-1048588',
  ],
  'producer ids and coordinators are there from the first request on, Kafka asks to try again': [
    'init-producer-id/very-first-answer-of-a-new-broker',
    'find-coordinator/group-first-use',
  ],
  'the first producer id was given in the row before': ['init-producer-id/idempotent'],
  'the recorder had made one transactional id before its first row': ['list-transactions/all'],
  'the one node is elected once; the recorded one had been restarted': ['describe-quorum/metadata-partition'],
  'a deleted topic is gone at once; in Kafka a producer may still hit its log': ['produce/to-topic-just-deleted'],
  [consumerGroups]: [
    'consumer-group-describe/classic-group',
    'consumer-group-heartbeat/join',
    'consumer-group-heartbeat/unknown-member-epoch-5',
    'consumer-group-heartbeat/unknown-group-epoch-5',
    'consumer-group-heartbeat/fenced-epoch-99',
    'consumer-group-heartbeat/join-without-topics',
    'consumer-group-heartbeat/join-without-rebalance-timeout',
    'consumer-group-heartbeat/join-with-owned-partitions',
    'consumer-group-heartbeat/empty-group-id',
    'consumer-group-heartbeat/empty-member-id-v1',
    'consumer-group-heartbeat/empty-member-id-v0',
    'consumer-group-heartbeat/unknown-assignor',
    'consumer-group-heartbeat/range-assignor',
    'consumer-group-heartbeat/bad-regex',
    'consumer-group-heartbeat/regex',
    'consumer-group-heartbeat/classic-group-of-same-name-empty',
    'consumer-group-heartbeat/classic-group-of-same-name-active',
    'consumer-group-heartbeat/second-member-joins',
    'consumer-group-heartbeat/first-member-must-revoke',
    'consumer-group-describe/two-members',
    'join-group/on-a-new-protocol-group',
    'offset-commit/new-group-stale-epoch',
    'offset-commit/new-group-v8-stale-epoch',
    'consumer-group-heartbeat/leave',
    'consumer-group-heartbeat/leave-again',
    'consumer-group-heartbeat/static-temporary-leave-unknown',
    'list-groups/all-types',
  ],
  [shareGroups]: [
    'share-group-heartbeat/join',
    'share-group-heartbeat/unknown-member',
    'share-group-describe/one',
    'share-group-heartbeat/leave',
  ],
  [streamsGroups]: ['streams-group-describe/unknown'],
};

export const knownDifferences: ReadonlyMap<string, string> = new Map(
  Object.entries(rows).flatMap(([reason, names]) => names.map((name) => [name, reason] as const)),
);
