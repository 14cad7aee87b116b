/** Offsets as CSV, as `--reset-offsets --export` prints them: `topic,partition,offset` for one group, the group before them for several. */
import { StackError } from '../../core/errors.ts';
import type { TopicPartitionOffset } from '../../client/kafka-client.ts';
import type { ToolEnvironment } from './tool.ts';

/** By group. `groups`: those of the command line; one alone may be left out in the file. */
export function readResetPlan(
  env: ToolEnvironment,
  path: string,
  groups: readonly string[],
): ReadonlyMap<string, readonly TopicPartitionOffset[]> {
  let text: string;
  try {
    text = env.readFile(path).toString('utf8');
  } catch (error) {
    throw new StackError('MILLRACE_CONFIG_INVALID', `java.io.IOException: Unable to read file ${path}`, {
      cause: error,
    });
  }
  const plan = new Map<string, TopicPartitionOffset[]>();
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const cells = line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
    const [offset, partition, topic, group = groups.length === 1 ? groups[0] : undefined, ...more] = cells.reverse();
    if (group === undefined || topic === undefined || more.length > 0 || !isNumber(partition) || !isNumber(offset))
      throw new StackError(
        'MILLRACE_CONFIG_INVALID',
        `Line ${i + 1} of ${path} is not ${groups.length === 1 ? '' : 'group,'}topic,partition,offset: ${line}`,
      );
    plan.set(group, [...(plan.get(group) ?? []), { topic, partition: Number(partition), offset: Number(offset) }]);
  }
  return plan;
}

function isNumber(text: string | undefined): boolean {
  return text !== undefined && /^-?\d+$/.test(text);
}
