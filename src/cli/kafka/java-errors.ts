/** Kafka's errors as its Java tools print them: the class of the exception, and its sentence where the broker sent none. */
import { KafkaError } from '../../wire/error-codes.ts';
import type { KafkaErrorName } from '../../wire/error-codes.ts';

/** Classes that are not called as their error is. */
const classNames: Partial<Record<KafkaErrorName, string>> = {
  CLUSTER_AUTHORIZATION_FAILED: 'ClusterAuthorization',
  CORRUPT_MESSAGE: 'CorruptRecord',
  GROUP_AUTHORIZATION_FAILED: 'GroupAuthorization',
  INVALID_CONFIG: 'InvalidConfiguration',
  INVALID_PRODUCER_ID_MAPPING: 'InvalidPidMapping',
  INVALID_TOPIC_EXCEPTION: 'InvalidTopic',
  INVALID_TRANSACTION_TIMEOUT: 'InvalidTxnTimeout',
  KAFKA_STORAGE_ERROR: 'KafkaStorage',
  MESSAGE_TOO_LARGE: 'RecordTooLarge',
  NON_EMPTY_GROUP: 'GroupNotEmpty',
  OUT_OF_ORDER_SEQUENCE_NUMBER: 'OutOfOrderSequence',
  RECORD_LIST_TOO_LARGE: 'RecordBatchTooLarge',
  REQUEST_TIMED_OUT: 'Timeout',
  TOPIC_ALREADY_EXISTS: 'TopicExists',
  TOPIC_AUTHORIZATION_FAILED: 'TopicAuthorization',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'TransactionalIdAuthorization',
  UNKNOWN_SERVER_ERROR: 'UnknownServer',
};

/** The sentences of the errors that tools meet. */
const sentences: Partial<Record<KafkaErrorName, string>> = {
  BROKER_ID_NOT_REGISTERED: 'The given broker ID was not registered.',
  COORDINATOR_LOAD_IN_PROGRESS: "The coordinator is loading and hence can't process requests.",
  COORDINATOR_NOT_AVAILABLE: 'The coordinator is not available.',
  ELECTION_NOT_NEEDED: 'Leader election not needed for topic partition.',
  GROUP_ID_NOT_FOUND: 'The group id does not exist.',
  GROUP_SUBSCRIBED_TO_TOPIC:
    'Deleting offsets of a topic is forbidden while the consumer group is actively subscribed to it.',
  INVALID_CONFIG: 'Configuration is invalid.',
  INVALID_GROUP_ID: 'The group id is invalid.',
  INVALID_REQUEST:
    'This most likely occurs because of a request being malformed by the client library or the message was sent to an incompatible broker. See the broker logs for more details.',
  INVALID_TOPIC_EXCEPTION: 'The request attempted to perform an operation on an invalid topic.',
  NON_EMPTY_GROUP: 'The group is not empty.',
  NOT_LEADER_OR_FOLLOWER:
    'For requests intended only for the leader, this error indicates that the broker is not the current leader. For requests intended for any replica, this error indicates that the broker is not a replica of the topic partition.',
  OFFSET_OUT_OF_RANGE: 'The requested offset is not within the range of offsets maintained by the server.',
  POLICY_VIOLATION: 'Request parameters do not satisfy the configured policy.',
  REQUEST_TIMED_OUT: 'The request timed out.',
  SECURITY_DISABLED: 'Security features are disabled.',
  TRANSACTIONAL_ID_NOT_FOUND: 'The transactionalId could not be found.',
  UNKNOWN_TOPIC_OR_PARTITION: 'This server does not host this topic-partition.',
  UNKNOWN_SERVER_ERROR: 'The server experienced an unexpected error when processing the request.',
  UNSUPPORTED_VERSION: 'The version of API is not supported.',
};

/** Throws what the code of an answer means, in the broker's own words or those of Java's exception. */
export function checkCode(code: number | undefined, text?: string | null): void {
  if (code === 0) return;
  const error = new KafkaError(code ?? -1);
  throw new KafkaError(error.errorCode, text || (sentences[error.errorName] ?? error.errorName));
}

/** As Java prints an exception: class and sentence. */
export function javaError(error: KafkaError): string {
  const { errorName } = error;
  const words = errorName.toLowerCase().split('_');
  const name = classNames[errorName] ?? words.map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`).join('');
  return `org.apache.kafka.common.errors.${name}Exception: ${error.message}`;
}
