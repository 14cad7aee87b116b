/** Chooses how a plan runs. */
import type { PhysicalPlan } from '../sql/physical/plan.ts';
import type { FunctionLookup } from './compiler/code.ts';
import { loopProgram } from './loop-program.ts';
import type { Fault, Program } from './program.ts';

export function makeProgram(
  plan: PhysicalPlan,
  outputPartitions: number,
  functions: FunctionLookup,
  fault: Fault,
): Program {
  return loopProgram(plan, outputPartitions, functions, fault);
}
