/** What a topic may be called, and the words in which Kafka refuses a name. */
import { kafkaError } from '../../wire/error-codes.ts';

export const groupOffsetsTopic = '__consumer_offsets';
export const transactionStateTopic = '__transaction_state';
/** The metadata log has this name for clients; there is no topic of it. */
export const clusterMetadataTopic = '__cluster_metadata';

const nameLengthMax = 249;

export function isInternalTopic(name: string): boolean {
  return name === groupOffsetsTopic || name === transactionStateTopic || name === '__share_group_state';
}

/** Throws INVALID_TOPIC_EXCEPTION for a name that no topic may have. */
export function checkTopicName(name: string): void {
  const problem =
    name === ''
      ? 'the empty string is not allowed'
      : name === '.' || name === '..'
        ? `'${name}' is not allowed`
        : name.length > nameLengthMax
          ? `the length of '${name}' is longer than the max allowed length ${nameLengthMax}`
          : /^[A-Za-z0-9._-]+$/.test(name)
            ? undefined
            : `'${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`;
  if (problem !== undefined) throw kafkaError('INVALID_TOPIC_EXCEPTION', `Topic name is invalid: ${problem}`);
}

/** Two names that are equal under this would collide in the names of metrics, where `.` becomes `_`. */
export function collisionKey(name: string): string {
  return name.replaceAll('.', '_');
}
