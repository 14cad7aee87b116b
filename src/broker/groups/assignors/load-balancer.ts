/**
 * Names, again and again, the least and the most loaded of some members, while the caller moves one partition from the one to the
 * other each time. Members are sorted once: those that are least loaded are a run at the start that grows as their load does, those
 * that are most loaded one at the end, and each run is gone through in turn.
 */
export class LoadBalancer {
  private readonly loads: readonly number[];
  private members: number[] = [];
  private leastEnd = 0;
  private leastLoad = 0;
  private leastNext = 0;
  private mostStart = 0;
  private mostEnd = 0;
  private mostLoad = 0;
  private mostNext = 0;

  /** `loads`: by member; the caller changes them as it moves partitions. */
  constructor(loads: readonly number[]) {
    this.loads = loads;
  }

  /** Begins with these members; returns how far apart their loads are. */
  start(members: readonly number[]): number {
    this.members = [...members].sort((a, b) => this.loadOf(a) - this.loadOf(b) || a - b);
    const { length } = this.members;
    const [least, most] = [this.loadAt(0), this.loadAt(length - 1)];
    this.leastEnd = 0;
    this.leastLoad = least - 1;
    this.leastNext = 0;
    this.mostStart = length;
    this.mostEnd = length;
    this.mostLoad = most + 1;
    this.mostNext = length - 1;
    return most - least;
  }

  get isBalanced(): boolean {
    return this.mostLoad - this.leastLoad <= 1;
  }

  nextLeastLoaded(): number {
    if (this.leastNext >= this.leastEnd) {
      this.leastLoad++;
      while (this.leastEnd < this.members.length && this.loadAt(this.leastEnd) === this.leastLoad) this.leastEnd++;
      this.leastNext = 0;
    }
    return this.members[this.leastNext++] ?? -1;
  }

  /** −1 when there is nobody left. */
  nextMostLoaded(): number {
    if (this.mostNext < this.mostStart) {
      // When everybody in the run was excluded, the run begins with the next load that there is.
      const exhausted = this.mostEnd <= this.mostStart && this.mostStart > 0;
      this.mostLoad = exhausted ? this.loadAt(this.mostStart - 1) : this.mostLoad - 1;
      while (this.mostStart > 0 && this.loadAt(this.mostStart - 1) === this.mostLoad) this.mostStart--;
      this.mostNext = this.mostEnd - 1;
    }
    if (this.mostNext < 0) return -1;
    return this.members[this.mostNext--] ?? -1;
  }

  /** The member that was named last has nothing to give: it is not named again. */
  excludeMostLoaded(): void {
    const at = this.mostNext + 1;
    const end = this.mostEnd - 1;
    const [member, last] = [this.members[at], this.members[end]];
    if (member !== undefined && last !== undefined) {
      this.members[at] = last;
      this.members[end] = member;
    }
    this.mostEnd--;
  }

  private loadOf(member: number): number {
    return this.loads[member] ?? 0;
  }

  private loadAt(index: number): number {
    return this.loadOf(this.members[index] ?? -1);
  }
}
