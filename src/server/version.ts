/** Our own version, and the versions of the real systems whose behaviour and interfaces each part shows. */

export const version = '0.1.0';

/** What each service says of itself. Behaviour follows the golden data of Kafka 4.4.0. */
export const shownVersions = {
  connect: '4.3.1',
  ksqlDb: '7.9.1',
  schemaRegistry: '8.1.0',
} as const;
