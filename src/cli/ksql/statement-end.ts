/** Whether typed lines are whole statements: the last thing outside strings, quoted names and comments is a semicolon. */
const quoted = /'(?:[^']|'')*'|`(?:[^`]|``)*`|"(?:[^"]|"")*"/g;
const notCode = /'(?:[^']|'')*'|`(?:[^`]|``)*`|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\//g;

export function endsStatement(text: string): boolean {
  const code = text.replaceAll(notCode, (part) => (/^(--|\/\*)/.test(part) ? ' ' : 'x'));
  // What is still open after that (a string over several lines, say) goes on in the next line.
  return !/['`"]|\/\*/.test(code) && code.trimEnd().endsWith(';');
}

/** Lines of a statement as one; undefined where a line break means something: in a string, or behind a comment. */
export function onOneLine(lines: readonly string[]): string | undefined {
  const open = lines.some((line) => /['`"]|--|\/\*|\*\//.test(line.replaceAll(quoted, '')));
  return open ? undefined : lines.map((line) => line.trim()).join(' ');
}
