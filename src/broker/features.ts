/** Feature levels: what this broker can do, and what a new cluster begins with (Kafka 4.4's, without what is not here). */

export type FeatureName =
  | 'eligible.leader.replicas.version'
  | 'group.version'
  | 'kraft.version'
  | 'metadata.version'
  | 'transaction.version';

/** Lowest and highest level of each feature. Share and streams groups are not served, so their levels stay 0. */
export const supportedFeatures: Readonly<Record<FeatureName, readonly [number, number]>> = {
  'eligible.leader.replicas.version': [0, 1],
  'group.version': [0, 1],
  'kraft.version': [0, 1],
  'metadata.version': [7, 33],
  'transaction.version': [0, 2],
};

/** The levels of a new cluster. */
export const initialFeatures: Readonly<Record<FeatureName, number>> = {
  'eligible.leader.replicas.version': 1,
  'group.version': 1,
  'kraft.version': 1,
  'metadata.version': 33,
  'transaction.version': 2,
};
