/** Lines of a stream of bytes, in the groups in which they came. The last line counts without an end. */
export async function* lineGroups(chunks: AsyncIterable<Buffer | string>): AsyncGenerator<readonly Buffer[]> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    const whole = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    const lines: Buffer[] = [];
    let at = 0;
    for (let end = whole.indexOf(10); end >= 0; end = whole.indexOf(10, at)) {
      lines.push(whole.subarray(at, end > at && whole[end - 1] === 13 ? end - 1 : end));
      at = end + 1;
    }
    rest = whole.subarray(at);
    if (lines.length > 0) yield lines;
  }
  if (rest.length > 0) yield [rest];
}
