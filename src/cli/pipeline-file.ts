/** The file of statements that `deploy` and `compare` take. */
import { nodeDisk, readFileSync } from '../core/disk.ts';
import { messageOf, StackError } from '../core/errors.ts';

/** @throws StackError MILLRACE_CONFIG_INVALID when it cannot be read */
export function readPipelineFile(path: string): string {
  try {
    return readFileSync(nodeDisk, path).toString('utf8');
  } catch (error) {
    throw new StackError('MILLRACE_CONFIG_INVALID', `The file ${path} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
