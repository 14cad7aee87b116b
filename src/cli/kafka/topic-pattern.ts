/** Names of topics as a regular expression, as Kafka's tools take it from the command line. */
import { UsageError } from './options.ts';

/** Java's way to write a pattern is JavaScript's for nearly all that names of topics need; a comma stands for "or". */
export function topicPattern(text: string): RegExp {
  try {
    return new RegExp(
      text
        .trim()
        .replace(/^["']+|["']+$/g, '')
        .replaceAll(',', '|')
        .replaceAll(' ', ''),
    );
  } catch {
    throw new UsageError(`${text} is an invalid regex.`);
  }
}
