/** Whether typed lines are whole statements: the last thing outside strings, quoted names and comments is a semicolon. */
const notCode = /'(?:[^']|'')*'|`(?:[^`]|``)*`|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\//g;

export function endsStatement(text: string): boolean {
  const code = text.replaceAll(notCode, (part) => (/^(--|\/\*)/.test(part) ? ' ' : 'x'));
  // What is still open after that (a string over several lines, say) goes on in the next line.
  return !/['`"]|\/\*/.test(code) && code.trimEnd().endsWith(';');
}
