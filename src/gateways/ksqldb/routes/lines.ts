/** A body that comes in pieces, line by line. */
import { badRequest } from '../errors.ts';

const newline = 0x0a;
const lineBytesMax = 16 * 1024 * 1024;

/** The last line needs no newline; an empty body has no line. @throws KsqlError 40000 when a line is larger than 16 MB */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let begun: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, from)) {
      begun.push(chunk.subarray(from, at));
      yield Buffer.concat(begun).toString('utf8');
      begun = [];
      length = 0;
      from = at + 1;
    }
    if (from === chunk.length) continue;
    begun.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > lineBytesMax) throw badRequest(`A line of the request is larger than ${lineBytesMax} bytes.`);
  }
  if (length > 0) yield Buffer.concat(begun).toString('utf8');
}
