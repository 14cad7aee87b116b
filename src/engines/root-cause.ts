/** The reason in what a Java program printed: its innermost cause as a sentence, without the stack. */

/** Lines looked at from the end: a log may be long. */
const linesMax = 2000;

export function rootCause(output: string): string {
  const lines = output.trimEnd().split('\n').slice(-linesMax);
  const named = (pattern: RegExp): string | undefined => {
    for (let i = lines.length - 1; i >= 0; i--) {
      const found = pattern.exec(lines[i] ?? '');
      if (found?.[1] !== undefined) return withoutClass(found[1]);
    }
    return undefined;
  };
  return (
    // Java's causes above Python's last word are mostly those of tasks that ended with the job.
    named(/^pyspark\.errors\.[\w.]+: (?:\[STREAM_FAILED\] Query \[.*?\] terminated with exception: )?(.+)/) ??
    named(/^\s*Caused by: (.+)/) ??
    named(/^(?:Exception in thread "[^"]*" )?((?:[a-z_]\w*\.)+[A-Z]\w*(?:Exception|Error)\b.*)/) ??
    named(/\b(?:ERROR|FATAL)\b\s+(.+)/) ??
    named(/(\S.*)/) ??
    'it printed nothing'
  );
}

/** `java.net.BindException: Address already in use` → `Address already in use (BindException)`. */
function withoutClass(text: string): string {
  const found = /^(?:[a-z_]\w*\.)+([A-Z][\w$]*): (.+)$/.exec(text.trim());
  return found === null ? text.trim() : `${found[2]} (${found[1]})`;
}
