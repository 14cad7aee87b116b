/** Paths of field names (KIP-821): points between the steps, back-ticks around a name that has points, `\`` for a back-tick in it. */
import { wrongConfiguration } from './transformation.ts';

/** @throws ConnectException (ConfigException) for back-ticks that do not close */
export function fieldPath(text: string): readonly string[] {
  const steps: string[] = [];
  let at = 0;
  while (at <= text.length) {
    if (text[at] === '`') {
      const end = closing(text, at + 1);
      steps.push(text.slice(at + 1, end).replaceAll('\\`', '`'));
      at = end + 2;
      if (end + 1 === text.length) break;
    } else {
      const end = text.indexOf('.', at);
      steps.push(text.slice(at, end < 0 ? undefined : end));
      if (end < 0) break;
      at = end + 1;
    }
  }
  return steps;
}

/** The back-tick that ends the step: one before a point or the end. */
function closing(text: string, from: number): number {
  for (let at = text.indexOf('`', from); at >= 0; at = text.indexOf('`', at + 1)) {
    if (text[at - 1] === '\\') continue;
    if (at + 1 === text.length || text[at + 1] === '.') return at;
  }
  throw wrongConfiguration(
    `Incomplete backtick pair in path: [${text}], consider adding a backslash before backtick at position ${from - 1} to escape it`,
  );
}
