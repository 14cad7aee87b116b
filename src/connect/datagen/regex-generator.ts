/**
 * Texts that match a regular expression, of a wanted length where the expression has such: a walk through its automaton. Like Generex: as
 * long as the text is shorter than wanted the walk goes on where it can; once it may stop, it stops at each step with probability
 * 0.35, and at the longest wanted length at once. Never longer than that when a shorter end can be reached.
 */
import { StackError } from '../../core/errors.ts';
import type { JavaRandom } from './java-random.ts';
import { parseRegex } from './regex-syntax.ts';
import type { CharRanges, RegexNode } from './regex-syntax.ts';

/** States of an automaton beyond which an expression is refused. */
const statesMax = 20_000;
const stopThreshold = Math.floor(0.3 * 0x7fffffff);

/** A generator of texts of `min` … `max` UTF-16 units. Throws MILLRACE_CONFIG_INVALID for what it cannot read. */
export function regexGenerator(pattern: string, min: number, max: number): (random: JavaRandom) => string {
  const root = new Automaton(parseRegex(pattern), pattern).start();
  return (random) => {
    let text = '';
    let node = root;
    for (;;) {
      const steps = node.steps();
      if (node.accepts) {
        if (text.length >= max || steps.length === 0) return text;
        // Drawn even where the text is too short to end, as Generex does: one seed, one text.
        const stop = random.next32() > stopThreshold;
        if (stop && text.length >= min) return text;
      }
      let usable = 0;
      // Only steps from which an end can still be reached in time; where none can, the nearest end.
      for (const step of steps) if (step.to.distance <= max - text.length - 1) usable++;
      if (usable === 0) {
        if (node.accepts || steps.length === 0) return text;
        const nearest = steps.reduce((best, step) => (step.to.distance < best.to.distance ? step : best));
        text += String.fromCharCode(nearest.low + random.nextInt(nearest.high - nearest.low + 1));
        node = nearest.to;
        continue;
      }
      let chosen = random.nextInt(usable);
      for (const step of steps) {
        if (step.to.distance > max - text.length - 1 || chosen-- > 0) continue;
        text += String.fromCharCode(step.low + random.nextInt(step.high - step.low + 1));
        node = step.to;
        break;
      }
    }
  };
}

interface NondeterministicState {
  /** Without a character. */
  readonly free: number[];
  readonly moves: { readonly ranges: CharRanges; readonly to: number }[];
}

interface Step {
  readonly low: number;
  readonly high: number;
  readonly to: Node;
}

/** A state of the deterministic automaton, its steps found when they are first needed. */
interface Node {
  readonly accepts: boolean;
  /** Characters to the nearest end. */
  readonly distance: number;
  steps(): readonly Step[];
}

class Automaton {
  private readonly pattern: string;
  private readonly states: NondeterministicState[] = [];
  private readonly end: number;
  private readonly first: number;
  private readonly distances: Float64Array;
  private readonly nodes = new Map<string, Node>();

  constructor(regex: RegexNode, pattern: string) {
    this.pattern = pattern;
    this.end = this.state();
    this.first = this.build(regex, this.end);
    this.distances = this.measure();
  }

  start(): Node {
    return this.node([this.first]);
  }

  private state(): number {
    if (this.states.length >= statesMax)
      throw new StackError(
        'MILLRACE_CONFIG_INVALID',
        `The regex ${JSON.stringify(this.pattern)} is too large to generate from.`,
      );
    return this.states.push({ free: [], moves: [] }) - 1;
  }

  /** States for a node in front of `next`; returns the first. */
  private build(node: RegexNode, next: number): number {
    switch (node.kind) {
      case 'chars': {
        const state = this.state();
        this.states[state]?.moves.push({ ranges: node.ranges, to: next });
        return state;
      }
      case 'sequence':
        return node.parts.reduceRight((after, part) => this.build(part, after), next);
      case 'choice': {
        const state = this.state();
        for (const branch of node.branches) this.states[state]?.free.push(this.build(branch, next));
        return state;
      }
      case 'repeat': {
        let after = next;
        if (node.max === Infinity) {
          after = this.state();
          const body = this.build(node.of, after);
          this.states[after]?.free.push(body, next);
        } else {
          for (let i = node.min; i < node.max; i++) {
            const optional = this.state();
            this.states[optional]?.free.push(this.build(node.of, after), next);
            after = optional;
          }
        }
        for (let i = 0; i < node.min; i++) after = this.build(node.of, after);
        return after;
      }
    }
  }

  /** Characters from each state to the end, by relaxation. */
  private measure(): Float64Array {
    const distances = new Float64Array(this.states.length).fill(Infinity);
    distances[this.end] = 0;
    for (let changed = true; changed; ) {
      changed = false;
      for (const [i, { free, moves }] of this.states.entries()) {
        let best = distances[i] ?? Infinity;
        for (const to of free) best = Math.min(best, distances[to] ?? Infinity);
        for (const { to } of moves) best = Math.min(best, (distances[to] ?? Infinity) + 1);
        if (best < (distances[i] ?? Infinity)) {
          distances[i] = best;
          changed = true;
        }
      }
    }
    return distances;
  }

  private node(from: readonly number[]): Node {
    const reached = this.closure(from);
    const key = reached.join(',');
    const known = this.nodes.get(key);
    if (known !== undefined) return known;
    if (this.nodes.size >= statesMax)
      throw new StackError(
        'MILLRACE_CONFIG_INVALID',
        `The regex ${JSON.stringify(this.pattern)} is too large to generate from.`,
      );
    let found: readonly Step[] | undefined;
    const node: Node = {
      accepts: reached.includes(this.end),
      distance: reached.reduce((best, state) => Math.min(best, this.distances[state] ?? Infinity), Infinity),
      steps: () => (found ??= this.steps(reached)),
    };
    this.nodes.set(key, node);
    return node;
  }

  private closure(from: readonly number[]): number[] {
    const reached = new Set<number>(from);
    for (const state of reached) for (const to of this.states[state]?.free ?? []) reached.add(to);
    return [...reached].sort((a, b) => a - b);
  }

  /** The moves of a set of states, cut into ranges that lead to one set each; neighbours that lead to the same one are joined. */
  private steps(reached: readonly number[]): Step[] {
    const moves = reached.flatMap((state) => this.states[state]?.moves ?? []);
    const cuts = new Set<number>();
    for (const { ranges } of moves)
      for (const [low, high] of ranges) {
        cuts.add(low);
        cuts.add(high + 1);
      }
    const bounds = [...cuts].sort((a, b) => a - b);
    const steps: Step[] = [];
    for (const [i, low] of bounds.entries()) {
      const high = (bounds[i + 1] ?? low) - 1;
      if (high < low) continue;
      const targets = moves.filter(({ ranges }) => ranges.some(([a, b]) => a <= low && low <= b)).map(({ to }) => to);
      if (targets.length === 0) continue;
      const to = this.node(targets);
      const last = steps.at(-1);
      if (last !== undefined && last.to === to && last.high === low - 1)
        steps[steps.length - 1] = { low: last.low, high, to };
      else steps.push({ low, high, to });
    }
    return steps;
  }
}
