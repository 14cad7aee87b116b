/** Rows of the golden behaviours where we answer otherwise than Apache Kafka 4.4.0, and why. */

const shareGroups = 'share groups are not served yet';
const streamsGroups = 'streams groups are not served yet';
const fewerApis = 'tells only the APIs that are served: not those of share and streams groups and between brokers';

const rows: Readonly<Record<string, readonly string[]>> = {
  [fewerApis]: ['v0', 'v1', 'v2', 'v3', 'v4', 'v5'].map((version) => `api-versions/${version}`),
  'the documentation of keys is a text of Kafka and is not carried along': [
    'describe-configs/topic-with-documentation-of-two-keys',
  ],
  'keys that have no meaning here are not known: there is no TLS': ['describe-configs/broker-1-three-keys'],
  'the recorded broker was told to log warnings only': ['describe-configs/broker-logger'],
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
  [shareGroups]: [
    'share-group-heartbeat/join',
    'share-group-heartbeat/unknown-member',
    'share-group-describe/one',
    'share-group-heartbeat/leave',
    'list-groups/all-types',
  ],
  [streamsGroups]: ['streams-group-describe/unknown'],
};

export const knownDifferences: ReadonlyMap<string, string> = new Map(
  Object.entries(rows).flatMap(([reason, names]) => names.map((name) => [name, reason] as const)),
);
