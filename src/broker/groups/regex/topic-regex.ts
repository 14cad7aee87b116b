/**
 * Regular expressions that consumers subscribe with, matched against whole names of topics in time linear in their length: all ways
 * through the expression are walked at once (Thompson), so that no expression can keep the broker busy.
 */
import { isWordChar, RegexSyntaxError } from './nodes.ts';
import type { CharTest, RegexNode } from './nodes.ts';
import { parseRegex } from './parser.ts';

type Instruction =
  | { readonly op: 'char'; readonly test: CharTest; readonly next: number }
  | { readonly op: 'assert'; readonly type: 'begin' | 'end' | 'wordBoundary' | 'noWordBoundary'; readonly next: number }
  | { readonly op: 'split'; readonly next: number; readonly other: number }
  | { readonly op: 'match' };

/** As many instructions as an expression may have once its repetitions are written out; names have 249 characters at most. */
const instructionsMax = 4000;

export class TopicRegex {
  private readonly program: Instruction[] = [];
  private readonly start: number;

  /** Throws {@link RegexSyntaxError} for what RE2 does not take, or what is too large to be matched. */
  constructor(pattern: string) {
    this.start = this.compile(parseRegex(pattern), this.emit({ op: 'match' }));
  }

  matches(name: string): boolean {
    let threads = new Set<number>();
    const chars = Array.from(name, (char) => char.codePointAt(0) ?? 0);
    this.follow(this.start, threads, chars, 0);
    for (const [i, char] of chars.entries()) {
      const next = new Set<number>();
      for (const at of threads) {
        const instruction = this.program[at];
        if (instruction?.op === 'char' && instruction.test(char)) this.follow(instruction.next, next, chars, i + 1);
      }
      threads = next;
      if (threads.size === 0) return false;
    }
    return [...threads].some((at) => this.program[at]?.op === 'match');
  }

  /** Adds `start` and all that is reached from there without a character. */
  private follow(start: number, threads: Set<number>, chars: readonly number[], position: number): void {
    const open = [start];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (threads.has(at)) continue;
      threads.add(at);
      const instruction = this.program[at];
      if (instruction?.op === 'split') open.push(instruction.other, instruction.next);
      else if (instruction?.op === 'assert' && holds(instruction.type, chars, position)) open.push(instruction.next);
    }
  }

  private emit(instruction: Instruction): number {
    if (this.program.length >= instructionsMax) throw new RegexSyntaxError('expression is too large');
    this.program.push(instruction);
    return this.program.length - 1;
  }

  /** Returns where the node begins, when `next` comes after it. */
  private compile(node: RegexNode, next: number): number {
    switch (node.type) {
      case 'char':
        return this.emit({ op: 'char', test: node.test, next });
      case 'concat':
        return node.nodes.reduceRight((after, part) => this.compile(part, after), next);
      case 'alternate':
        return node.nodes
          .map((part) => this.compile(part, next))
          .reduceRight((other, first) => this.emit({ op: 'split', next: first, other }));
      case 'repeat':
        return this.compileRepeat(node, next);
      default:
        return this.emit({ op: 'assert', type: node.type, next });
    }
  }

  private compileRepeat({ node, min, max }: Extract<RegexNode, { type: 'repeat' }>, next: number): number {
    let start = next;
    if (max === Infinity) {
      start = this.emit({ op: 'split', next, other: next });
      this.program[start] = { op: 'split', next: this.compile(node, start), other: next };
    } else {
      for (let i = min; i < max; i++) start = this.emit({ op: 'split', next: this.compile(node, start), other: next });
    }
    for (let i = 0; i < min; i++) start = this.compile(node, start);
    return start;
  }
}

function holds(
  type: 'begin' | 'end' | 'wordBoundary' | 'noWordBoundary',
  chars: readonly number[],
  position: number,
): boolean {
  if (type === 'begin') return position === 0;
  if (type === 'end') return position === chars.length;
  const before = position > 0 && isWordChar(chars[position - 1] ?? 0);
  const after = position < chars.length && isWordChar(chars[position] ?? 0);
  return (before !== after) === (type === 'wordBoundary');
}
