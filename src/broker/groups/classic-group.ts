/**
 * A group of the classic protocol: members join, one of them leads, the leader assigns, everybody syncs; who is not heard of
 * leaves. The state machine of Kafka's group coordinator. It holds no socket and writes nothing itself: `persist` is called
 * when members and assignments are to be kept, and answers go to the promises that `join` and `sync` gave.
 *
 *     Empty ──join──► PreparingRebalance ──all joined──► CompletingRebalance ──leader synced──► Stable
 *       ▲                  ▲    │ nobody left                  │ join, leave, expiry                │
 *       └──────────────────┼────┘◄─────────────────────────────┴────────────────────────────────────┘
 */
import type { Clock, Timer } from '../../core/clock.ts';
import { KafkaError, kafkaError } from '../../wire/error-codes.ts';
import type { KafkaErrorName } from '../../wire/error-codes.ts';

export type ClassicState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead';

export interface MemberProtocol {
  readonly name: string;
  readonly metadata: Buffer;
}

export interface JoinRequest {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocolType: string;
  readonly protocols: readonly MemberProtocol[];
  /** Answers a first join with an id to join again with (KIP-394). */
  readonly requireKnownMemberId: boolean;
  /** The client knows that a returning static leader need not assign again. */
  readonly supportsSkippingAssignment: boolean;
}

export interface JoinResult {
  readonly error: KafkaErrorName;
  readonly memberId: string;
  readonly generation: number;
  readonly protocolType: string | null;
  readonly protocol: string | null;
  readonly leader: string;
  readonly skipAssignment: boolean;
  /** For the leader only. */
  readonly members: readonly {
    readonly memberId: string;
    readonly instanceId: string | null;
    readonly metadata: Buffer;
  }[];
}

export interface SyncRequest {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly generation: number;
  readonly protocolType: string | null;
  readonly protocol: string | null;
  readonly assignments: ReadonlyMap<string, Buffer>;
}

export interface SyncResult {
  readonly error: KafkaErrorName;
  readonly protocolType: string | null;
  readonly protocol: string | null;
  readonly assignment: Buffer;
}

export interface ClassicMember {
  readonly memberId: string;
  readonly instanceId: string | null;
  clientId: string;
  clientHost: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  protocols: readonly MemberProtocol[];
  assignment: Buffer;
  /** Joined for the first time and waits for its first generation. */
  isNew: boolean;
  timer: Timer | undefined;
  answerJoin: ((result: JoinResult) => void) | undefined;
  answerSync: ((result: SyncResult) => void) | undefined;
}

export interface ClassicGroupOptions {
  readonly groupId: string;
  readonly clock: Clock;
  /** A new, random part of a member id. */
  readonly newId: () => string;
  readonly initialRebalanceDelayMs: number;
  readonly maxSize: number;
  /** Keeps members and assignments. Throws when the disk fails; resolves when they are kept. */
  readonly persist: (group: ClassicGroup) => Promise<void> | undefined;
}

/** How long a new member may wait for its first generation before it counts as gone. */
const newMemberJoinTimeoutMs = 5 * 60_000;
const noBytes = Buffer.alloc(0);

export class ClassicGroup {
  readonly kind = 'classic';
  readonly groupId: string;
  state: ClassicState = 'Empty';
  /** Since when the group is in its state, in ms of the wall clock. */
  stateTimestamp: number;
  generation = 0;
  /** Null until somebody joined: such a group only holds offsets. */
  protocolType: string | null = null;
  protocol: string | null = null;
  leader: string | null = null;
  readonly members: Map<string, ClassicMember> = new Map();
  /** Ids that were given out and not used yet. */
  readonly pendingMembers: Map<string, Timer> = new Map();
  private readonly options: ClassicGroupOptions;
  private readonly staticMembers = new Map<string, string>();
  private rebalanceTimer: Timer | undefined;
  /** While the first rebalance is held back for more members. */
  private delaying = false;
  private joinedWhileDelaying = false;
  private readonly notSynced = new Set<string>();

  constructor(options: ClassicGroupOptions) {
    this.options = options;
    this.groupId = options.groupId;
    this.stateTimestamp = options.clock.now();
  }

  // ---- joining

  join(request: JoinRequest): Promise<JoinResult> {
    return new Promise((resolve) => {
      try {
        this.handleJoin(request, resolve);
      } catch (error) {
        resolve(joinFailure(errorNameOf(error), request.memberId));
      }
    });
  }

  private handleJoin(request: JoinRequest, answer: (result: JoinResult) => void): void {
    if (this.state === 'Dead') throw kafkaError('COORDINATOR_NOT_AVAILABLE');
    if (!this.supports(request.protocolType, request.protocols)) throw kafkaError('INCONSISTENT_GROUP_PROTOCOL');
    if (request.memberId === '')
      return request.instanceId === null ? this.joinNew(request, answer) : this.joinStatic(request, answer);
    this.joinKnown(request, answer);
  }

  private joinNew(request: JoinRequest, answer: (result: JoinResult) => void): void {
    this.checkSize();
    const memberId = `${request.clientId}-${this.options.newId()}`;
    if (request.requireKnownMemberId) {
      const timer = this.options.clock.setTimer(() => this.pendingExpired(memberId), request.sessionTimeoutMs);
      this.pendingMembers.set(memberId, timer);
      return answer(joinFailure('MEMBER_ID_REQUIRED', memberId));
    }
    this.addAndRebalance(memberId, request, answer);
  }

  private joinStatic(request: JoinRequest, answer: (result: JoinResult) => void): void {
    const instanceId = request.instanceId ?? '';
    const memberId = `${instanceId}-${this.options.newId()}`;
    const known = this.staticMembers.get(instanceId);
    if (known === undefined) {
      this.checkSize();
      return this.addAndRebalance(memberId, request, answer);
    }
    this.replaceStatic(known, memberId, request, answer);
  }

  /** A static member came back under a new id: it takes the place of the old one, without a rebalance if nothing changed. */
  private replaceStatic(
    oldId: string,
    memberId: string,
    request: JoinRequest,
    answer: (result: JoinResult) => void,
  ): void {
    const old = this.member(oldId);
    const protocolBefore = this.protocol;
    old.timer?.cancel();
    old.answerJoin?.(joinFailure('FENCED_INSTANCE_ID', oldId));
    old.answerSync?.(syncFailure('FENCED_INSTANCE_ID'));
    const wasLeader = this.leader === oldId;
    // The place in the order of members is kept.
    const members = [...this.members];
    this.members.clear();
    const member = newMember(memberId, request);
    member.assignment = old.assignment;
    member.isNew = false;
    for (const [id, other] of members) this.members.set(id === oldId ? memberId : id, id === oldId ? member : other);
    this.staticMembers.set(request.instanceId ?? '', memberId);
    if (this.notSynced.delete(oldId)) this.notSynced.add(memberId);
    if (wasLeader) this.leader = memberId;
    this.heard(member);
    if (this.state !== 'Stable') {
      if (this.state === 'PreparingRebalance') {
        member.answerJoin = answer;
        return this.tryComplete();
      }
      return this.rebalanceWith(member, answer);
    }
    if (this.selectProtocol() !== protocolBefore) return this.rebalanceWith(member, answer);
    void this.options.persist(this)?.catch(() => {});
    if (wasLeader && request.supportsSkippingAssignment)
      return answer({ ...this.joined(member), skipAssignment: true });
    // An older client that hears that it leads would assign: it hears of the leader that was.
    answer({ ...this.joined(member), leader: wasLeader ? oldId : (this.leader ?? ''), members: [] });
  }

  private joinKnown(request: JoinRequest, answer: (result: JoinResult) => void): void {
    const pending = this.pendingMembers.get(request.memberId);
    if (pending !== undefined) {
      if (request.instanceId !== null) throw kafkaError('UNKNOWN_MEMBER_ID');
      pending.cancel();
      this.pendingMembers.delete(request.memberId);
      return this.addAndRebalance(request.memberId, request, answer);
    }
    const member = this.checkMember(request.memberId, request.instanceId);
    const unchanged = sameProtocols(member.protocols, request.protocols);
    switch (this.state) {
      case 'PreparingRebalance':
        this.updateMember(member, request);
        member.answerJoin?.(joinFailure('REBALANCE_IN_PROGRESS', member.memberId));
        member.answerJoin = answer;
        return this.tryComplete();
      case 'CompletingRebalance':
        // The answer got lost.
        if (unchanged) return answer(this.joined(member));
        this.updateMember(member, request);
        return this.rebalanceWith(member, answer);
      case 'Stable':
        if (unchanged && this.leader !== member.memberId) return answer(this.joined(member));
        this.updateMember(member, request);
        return this.rebalanceWith(member, answer);
      default:
        throw kafkaError('UNKNOWN_MEMBER_ID');
    }
  }

  private checkSize(): void {
    if (this.members.size + this.pendingMembers.size >= this.options.maxSize)
      throw kafkaError('GROUP_MAX_SIZE_REACHED');
  }

  private supports(protocolType: string, protocols: readonly MemberProtocol[]): boolean {
    if (protocolType === '' || protocols.length === 0) return false;
    if (this.members.size === 0) return true;
    return protocolType === this.protocolType && protocols.some(({ name }) => this.commonProtocols().has(name));
  }

  private addAndRebalance(memberId: string, request: JoinRequest, answer: (result: JoinResult) => void): void {
    const member = newMember(memberId, request);
    if (this.members.size === 0) this.protocolType = request.protocolType;
    this.members.set(memberId, member);
    if (request.instanceId !== null) this.staticMembers.set(request.instanceId, memberId);
    this.leader ??= memberId;
    this.joinedWhileDelaying = true;
    this.heard(member);
    this.rebalanceWith(member, answer);
  }

  private updateMember(member: ClassicMember, request: JoinRequest): void {
    member.protocols = request.protocols;
    member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
    member.sessionTimeoutMs = request.sessionTimeoutMs;
    member.clientId = request.clientId;
    member.clientHost = request.clientHost;
    this.heard(member);
  }

  private rebalanceWith(member: ClassicMember, answer: (result: JoinResult) => void): void {
    member.answerJoin = answer;
    this.rebalance();
  }

  // ---- rebalancing

  /** Asks all members to join again. */
  rebalance(): void {
    if (this.state === 'PreparingRebalance') return this.tryComplete();
    if (this.state === 'CompletingRebalance') this.failSyncs('REBALANCE_IN_PROGRESS');
    const { clock, initialRebalanceDelayMs } = this.options;
    const first = this.state === 'Empty';
    this.enter('PreparingRebalance');
    if (first && initialRebalanceDelayMs > 0) return this.delay(initialRebalanceDelayMs, this.rebalanceTimeoutMs());
    this.rebalanceTimer = clock.setTimer(() => this.completeJoin(), this.rebalanceTimeoutMs());
    this.tryComplete();
  }

  /** Waits for more members, again and again while some come, but no longer than members may take to rebalance. */
  private delay(delayMs: number, leftMs: number): void {
    this.delaying = true;
    this.joinedWhileDelaying = false;
    const ms = Math.min(delayMs, leftMs);
    this.rebalanceTimer = this.options.clock.setTimer(() => {
      if (this.joinedWhileDelaying && leftMs > ms) return this.delay(delayMs, leftMs - ms);
      this.delaying = false;
      this.completeJoin();
    }, ms);
  }

  private rebalanceTimeoutMs(): number {
    let longest = 0;
    for (const { rebalanceTimeoutMs } of this.members.values()) longest = Math.max(longest, rebalanceTimeoutMs);
    return longest;
  }

  private tryComplete(): void {
    if (this.state !== 'PreparingRebalance' || this.delaying || this.pendingMembers.size > 0) return;
    for (const member of this.members.values()) if (member.answerJoin === undefined) return;
    this.completeJoin();
  }

  /** The next generation, of those who have joined. */
  private completeJoin(): void {
    this.rebalanceTimer?.cancel();
    this.rebalanceTimer = undefined;
    if (this.state !== 'PreparingRebalance') return;
    for (const member of [...this.members.values()])
      if (member.answerJoin === undefined && member.instanceId === null) this.drop(member);
    const anybody = [...this.members.values()].find(({ answerJoin }) => answerJoin !== undefined);
    if (this.members.size > 0 && anybody === undefined) {
      // Only static members that are away: they may yet come back.
      this.rebalanceTimer = this.options.clock.setTimer(() => this.completeJoin(), this.rebalanceTimeoutMs());
      return;
    }
    if (this.leader === null || this.members.get(this.leader)?.answerJoin === undefined)
      this.leader = anybody?.memberId ?? null;
    this.generation++;
    if (this.members.size === 0) return this.becomeEmpty();
    this.protocol = this.selectProtocol();
    this.enter('CompletingRebalance');
    for (const member of this.members.values()) {
      member.isNew = false;
      this.notSynced.add(member.memberId);
      const answer = member.answerJoin;
      member.answerJoin = undefined;
      this.heard(member);
      answer?.(this.joined(member));
    }
    const { generation } = this;
    this.rebalanceTimer = this.options.clock.setTimer(() => this.syncsExpired(generation), this.rebalanceTimeoutMs());
  }

  private becomeEmpty(): void {
    this.rebalanceTimer?.cancel();
    this.rebalanceTimer = undefined;
    this.protocol = null;
    this.leader = null;
    this.enter('Empty');
    void this.persistQuietly();
  }

  private joined(member: ClassicMember): JoinResult {
    const leads = member.memberId === this.leader;
    return {
      error: 'NONE',
      memberId: member.memberId,
      generation: this.generation,
      protocolType: this.protocolType,
      protocol: this.protocol,
      leader: this.leader ?? '',
      skipAssignment: false,
      members: leads
        ? Array.from(this.members.values(), ({ memberId, instanceId, protocols }) => ({
            memberId,
            instanceId,
            metadata: protocols.find(({ name }) => name === this.protocol)?.metadata ?? noBytes,
          }))
        : [],
    };
  }

  private commonProtocols(): Set<string> {
    let common: Set<string> | undefined;
    for (const { protocols } of this.members.values()) {
      const names = protocols.map(({ name }) => name);
      common = new Set(common === undefined ? names : names.filter((name) => common?.has(name)));
    }
    return common ?? new Set();
  }

  /** Each member votes for the first of its protocols that all know. */
  private selectProtocol(): string | null {
    const common = this.commonProtocols();
    const votes = new Map<string, number>();
    for (const { protocols } of this.members.values()) {
      const choice = protocols.find(({ name }) => common.has(name))?.name;
      if (choice !== undefined) votes.set(choice, (votes.get(choice) ?? 0) + 1);
    }
    let best: string | null = null;
    for (const [name, count] of votes) if (best === null || count > (votes.get(best) ?? 0)) best = name;
    return best;
  }

  // ---- syncing

  sync(request: SyncRequest): Promise<SyncResult> {
    return new Promise((resolve) => {
      try {
        this.handleSync(request, resolve);
      } catch (error) {
        resolve(syncFailure(errorNameOf(error)));
      }
    });
  }

  private handleSync(request: SyncRequest, answer: (result: SyncResult) => void): void {
    if (this.state === 'Dead') throw kafkaError('COORDINATOR_NOT_AVAILABLE');
    const member = this.checkMember(request.memberId, request.instanceId);
    if (request.generation !== this.generation) throw kafkaError('ILLEGAL_GENERATION');
    const sameType = request.protocolType === null || request.protocolType === this.protocolType;
    const sameName = request.protocol === null || request.protocol === this.protocol;
    if (!sameType || !sameName) throw kafkaError('INCONSISTENT_GROUP_PROTOCOL');
    switch (this.state) {
      case 'Empty':
        throw kafkaError('UNKNOWN_MEMBER_ID');
      case 'PreparingRebalance':
        throw kafkaError('REBALANCE_IN_PROGRESS');
      case 'Stable':
        this.notSynced.delete(member.memberId);
        this.heard(member);
        return answer(this.synced(member));
      case 'CompletingRebalance':
        member.answerSync?.(syncFailure('REBALANCE_IN_PROGRESS'));
        member.answerSync = answer;
        this.notSynced.delete(member.memberId);
        this.heard(member);
        if (member.memberId === this.leader) this.assign(request.assignments);
    }
  }

  /** The leader has assigned: it is kept first, and told then. */
  private assign(assignments: ReadonlyMap<string, Buffer>): void {
    const { generation } = this;
    for (const member of this.members.values()) member.assignment = assignments.get(member.memberId) ?? noBytes;
    const tell = (): void => {
      if (this.state !== 'CompletingRebalance' || this.generation !== generation) return;
      this.enter('Stable');
      for (const member of this.members.values()) {
        const answer = member.answerSync;
        member.answerSync = undefined;
        answer?.(this.synced(member));
        this.heard(member);
      }
    };
    const failed = (): void => {
      if (this.state !== 'CompletingRebalance' || this.generation !== generation) return;
      for (const member of this.members.values()) member.assignment = noBytes;
      this.failSyncs('COORDINATOR_NOT_AVAILABLE');
      this.rebalance();
    };
    try {
      const kept = this.options.persist(this);
      if (kept === undefined) tell();
      else kept.then(tell, failed);
    } catch {
      failed();
    }
  }

  private synced(member: ClassicMember): SyncResult {
    return { error: 'NONE', protocolType: this.protocolType, protocol: this.protocol, assignment: member.assignment };
  }

  private failSyncs(error: KafkaErrorName): void {
    for (const member of this.members.values()) {
      const answer = member.answerSync;
      member.answerSync = undefined;
      answer?.(syncFailure(error));
    }
    this.notSynced.clear();
  }

  /** Who joined and then did not sync in time is gone. */
  private syncsExpired(generation: number): void {
    if (this.generation !== generation || (this.state !== 'CompletingRebalance' && this.state !== 'Stable')) return;
    const late = [...this.notSynced];
    if (late.length === 0) return;
    for (const memberId of late) {
      const member = this.members.get(memberId);
      if (member !== undefined) this.drop(member);
    }
    this.rebalanceOrEmpty();
  }

  // ---- staying and leaving

  /** Throws unless the member may go on as it is. */
  heartbeat(memberId: string, instanceId: string | null, generation: number): void {
    if (this.state === 'Dead') throw kafkaError('COORDINATOR_NOT_AVAILABLE');
    const member = this.checkMember(memberId, instanceId);
    if (generation !== this.generation) throw kafkaError('ILLEGAL_GENERATION');
    if (this.state === 'Empty') throw kafkaError('UNKNOWN_MEMBER_ID');
    this.heard(member);
    if (this.state === 'PreparingRebalance') throw kafkaError('REBALANCE_IN_PROGRESS');
  }

  /** Lets a member go; static members may name only their instance. Throws UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID. */
  leave(memberId: string, instanceId: string | null): void {
    const pending = this.pendingMembers.get(memberId);
    if (pending !== undefined && instanceId === null) {
      pending.cancel();
      this.pendingMembers.delete(memberId);
      return this.tryComplete();
    }
    const id = memberId === '' && instanceId !== null ? this.staticMembers.get(instanceId) : memberId;
    if (id === undefined) throw kafkaError('UNKNOWN_MEMBER_ID');
    this.drop(this.checkMember(id, instanceId));
    this.rebalanceOrEmpty();
  }

  /** May offsets be committed by this member? Throws what Kafka answers. */
  checkCommit(memberId: string, instanceId: string | null, generation: number, inTransaction: boolean): void {
    if (this.state === 'Dead') throw kafkaError('COORDINATOR_NOT_AVAILABLE');
    const anonymous = generation < 0 && memberId === '' && instanceId === null;
    if (anonymous) {
      // Who assigns partitions itself may commit where no members are; inside transactions the producer vouches.
      if (this.state !== 'Empty' && !inTransaction) throw kafkaError('UNKNOWN_MEMBER_ID');
      return;
    }
    if (generation < 0 && this.state === 'Empty') return;
    const member = this.checkMember(memberId, instanceId);
    if (generation !== this.generation) throw kafkaError('ILLEGAL_GENERATION');
    if (this.state === 'CompletingRebalance' && !inTransaction) throw kafkaError('REBALANCE_IN_PROGRESS');
    this.heard(member);
  }

  private checkMember(memberId: string, instanceId: string | null): ClassicMember {
    if (instanceId !== null) {
      const current = this.staticMembers.get(instanceId);
      if (current === undefined) throw kafkaError('UNKNOWN_MEMBER_ID');
      if (current !== memberId) throw kafkaError('FENCED_INSTANCE_ID');
    }
    const member = this.members.get(memberId);
    if (member === undefined) throw kafkaError('UNKNOWN_MEMBER_ID');
    return member;
  }

  private member(memberId: string): ClassicMember {
    return this.checkMember(memberId, null);
  }

  /** Begins a member's session anew. */
  private heard(member: ClassicMember): void {
    member.timer?.cancel();
    const ms = member.isNew ? newMemberJoinTimeoutMs : member.sessionTimeoutMs;
    member.timer = this.options.clock.setTimer(() => this.sessionExpired(member), ms);
  }

  private sessionExpired(member: ClassicMember): void {
    if (this.members.get(member.memberId) !== member) return;
    // Who waits for an answer of ours is not late.
    if (!member.isNew && (member.answerJoin !== undefined || member.answerSync !== undefined))
      return this.heard(member);
    this.drop(member);
    this.rebalanceOrEmpty();
  }

  private pendingExpired(memberId: string): void {
    if (this.pendingMembers.delete(memberId)) this.tryComplete();
  }

  private drop(member: ClassicMember): void {
    member.timer?.cancel();
    this.members.delete(member.memberId);
    this.notSynced.delete(member.memberId);
    if (member.instanceId !== null && this.staticMembers.get(member.instanceId) === member.memberId)
      this.staticMembers.delete(member.instanceId);
    if (this.leader === member.memberId) this.leader = this.members.keys().next().value ?? null;
    member.answerJoin?.(joinFailure('UNKNOWN_MEMBER_ID', member.memberId));
    member.answerJoin = undefined;
    member.answerSync?.(syncFailure('UNKNOWN_MEMBER_ID'));
    member.answerSync = undefined;
  }

  private rebalanceOrEmpty(): void {
    if (this.state === 'Stable' || this.state === 'CompletingRebalance') this.rebalance();
    else this.tryComplete();
  }

  // ---- keeping

  /** Takes back a member that was kept; its session begins now. */
  restoreMember(member: Omit<ClassicMember, 'isNew' | 'timer' | 'answerJoin' | 'answerSync'>): void {
    const restored: ClassicMember = {
      ...member,
      isNew: false,
      timer: undefined,
      answerJoin: undefined,
      answerSync: undefined,
    };
    this.members.set(member.memberId, restored);
    if (member.instanceId !== null) this.staticMembers.set(member.instanceId, member.memberId);
    this.heard(restored);
  }

  /** The group goes on with the members that were restored: the first of them leads. */
  resume(): void {
    this.leader = this.members.keys().next().value ?? null;
    this.protocol = this.selectProtocol();
    this.enter('Stable');
  }

  /** Answers those who wait, before the group ends. */
  failWaiting(error: KafkaErrorName): void {
    for (const member of this.members.values()) {
      const { answerJoin, answerSync } = member;
      member.answerJoin = undefined;
      member.answerSync = undefined;
      answerJoin?.(joinFailure(error, member.memberId));
      answerSync?.(syncFailure(error));
    }
  }

  private async persistQuietly(): Promise<void> {
    try {
      await this.options.persist(this);
    } catch {
      // An empty group that is not kept comes back with members that time out: nothing is lost.
    }
  }

  private enter(state: ClassicState): void {
    this.state = state;
    this.stateTimestamp = this.options.clock.now();
    if (state !== 'CompletingRebalance' && state !== 'Stable') this.notSynced.clear();
  }

  /** The group is deleted, or the broker ends. */
  close(): void {
    this.rebalanceTimer?.cancel();
    for (const timer of this.pendingMembers.values()) timer.cancel();
    this.pendingMembers.clear();
    for (const member of this.members.values()) member.timer?.cancel();
    this.failWaiting('COORDINATOR_NOT_AVAILABLE');
    this.state = 'Dead';
  }
}

function newMember(memberId: string, request: JoinRequest): ClassicMember {
  return {
    memberId,
    instanceId: request.instanceId,
    clientId: request.clientId,
    clientHost: request.clientHost,
    sessionTimeoutMs: request.sessionTimeoutMs,
    rebalanceTimeoutMs: request.rebalanceTimeoutMs,
    protocols: request.protocols,
    assignment: noBytes,
    isNew: true,
    timer: undefined,
    answerJoin: undefined,
    answerSync: undefined,
  };
}

function sameProtocols(a: readonly MemberProtocol[], b: readonly MemberProtocol[]): boolean {
  return (
    a.length === b.length && a.every(({ name, metadata }, i) => b[i]?.name === name && b[i]?.metadata.equals(metadata))
  );
}

export function joinFailure(error: KafkaErrorName, memberId: string): JoinResult {
  return {
    error,
    memberId,
    generation: -1,
    protocolType: null,
    protocol: null,
    leader: '',
    skipAssignment: false,
    members: [],
  };
}

export function syncFailure(error: KafkaErrorName): SyncResult {
  return { error, protocolType: null, protocol: null, assignment: noBytes };
}

function errorNameOf(error: unknown): KafkaErrorName {
  if (error instanceof KafkaError) return error.errorName;
  throw error;
}
