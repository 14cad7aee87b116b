/** What the assignors of consumer groups get and give (KIP-848: the broker assigns). */
import type { Partitions } from '../assignment.ts';

export interface AssignorMember {
  readonly memberId: string;
  readonly instanceId: string | null;
  /** The ids of the topics that it subscribes to and that exist. */
  readonly topicIds: ReadonlySet<string>;
  /** What it was to have so far. */
  readonly target: Partitions;
}

export interface AssignorInput {
  readonly members: readonly AssignorMember[];
  /** Do all members subscribe to the same topics? */
  readonly homogeneous: boolean;
  /** How many partitions a topic has. */
  readonly partitionCount: (topicId: string) => number;
}

/** Gives every partition of the topics to one of the members that subscribe to it. */
export type Assignor = (input: AssignorInput) => Map<string, Partitions>;
