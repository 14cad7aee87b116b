/** The feature levels of Kafka's releases: facts of `kafka-features`, which knows them without asking a broker. */
import { StackError } from '../../core/errors.ts';

export const metadataFeature = 'metadata.version';

/** The releases' names of the levels of `metadata.version` from 7 on, the oldest that Kafka 4 knows. */
const releases =
  '3.3-IV3 3.4-IV0 3.5-IV0 3.5-IV1 3.5-IV2 3.6-IV0 3.6-IV1 3.6-IV2 3.7-IV0 3.7-IV1 3.7-IV2 3.7-IV3 3.7-IV4 3.8-IV0 3.9-IV0 4.0-IV0 4.0-IV1 4.0-IV2 4.0-IV3 4.1-IV0 4.1-IV1 4.2-IV0 4.2-IV1 4.3-IV0 4.4-IV0'.split(
    ' ',
  );
const oldestLevel = 7;
/** The newest that is meant for production. */
export const productionRelease = '4.3-IV0';

interface Feature {
  readonly name: string;
  readonly newest: number;
  /** From this release on the newest level is the default, before it is 0. */
  readonly since: string;
}

export const features: readonly Feature[] = [
  { name: 'kraft.version', newest: 1, since: '3.9-IV0' },
  { name: 'transaction.version', newest: 2, since: '4.0-IV2' },
  { name: 'group.version', newest: 1, since: '4.0-IV0' },
  { name: 'eligible.leader.replicas.version', newest: 1, since: '4.1-IV0' },
  { name: 'share.version', newest: 1, since: '4.2-IV0' },
  { name: 'streams.version', newest: 1, since: '4.2-IV1' },
];

/** The level that a feature has by default in a release. */
export function defaultLevel({ newest, since }: Feature, metadata: number): number {
  return metadata >= metadataLevel(since) ? newest : 0;
}

/** `4.0-IV3` of a level of `metadata.version`; undefined where none has it. */
export function releaseOf(level: number): string | undefined {
  return releases[level - oldestLevel];
}

/** The level of `4.0-IV3`, or of `4.0`, which is the newest of that release. */
export function metadataLevel(text: string): number {
  const index = releases.findLastIndex((release) => release === text || release.startsWith(`${text}-`));
  if (index >= 0) return index + oldestLevel;
  throw new StackError(
    'MILLRACE_CONFIG_INVALID',
    `Unknown metadata.version '${text}'. Supported metadata.version are: ${releases.join(', ')}`,
  );
}

/** What a level of a feature needs: lines as the tool prints them. */
export function dependencies(name: string, level: number): string {
  const release = releaseOf(level);
  if (name === metadataFeature) {
    if (release === undefined) throw new StackError('MILLRACE_CONFIG_INVALID', `Unknown metadata.version ${level}`);
    return `${name}=${level} (${release}) has no dependencies.\n`;
  }
  const feature = features.find((one) => one.name === name);
  if (feature === undefined) throw new StackError('MILLRACE_CONFIG_INVALID', `Unknown feature: ${name}`);
  if (level < 0 || level > feature.newest)
    throw new StackError('MILLRACE_CONFIG_INVALID', `No feature:${name} with feature level ${level}`);
  if (name !== 'eligible.leader.replicas.version' || level === 0) return `${name}=${level} has no dependencies.\n`;
  const needed = metadataLevel('4.0-IV1');
  return `${name}=${level} requires:\n    ${metadataFeature}=${needed} (${releaseOf(needed)})\n`;
}
