/** Chooses how a plan runs: as one generated loop where that is possible, else row by row. */
import { StackError } from '../core/errors.ts';
import type { PhysicalPlan } from '../sql/physical/plan.ts';
import type { FunctionLookup } from './compiler/code.ts';
import { loopProgram } from './loop-program.ts';
import { isLoop } from './plan-facts.ts';
import type { Fault, Program } from './program.ts';
import type { AggregateLookup } from './rows/row-aggregates.ts';
import { rowProgram } from './rows/row-program.ts';

export function makeProgram(
  plan: PhysicalPlan,
  outputPartitions: number,
  functions: FunctionLookup,
  fault: Fault,
  aggregates?: AggregateLookup,
): Program {
  if (isLoop(plan)) {
    try {
      return loopProgram(plan, outputPartitions, functions, fault);
    } catch (error) {
      // An aggregate or a type that the loop does not have; if rows have neither, that is what is said.
      if (!(error instanceof StackError) || error.code !== 'MILLRACE_UNSUPPORTED') throw error;
    }
  }
  return rowProgram(plan, outputPartitions, functions, fault, aggregates);
}
