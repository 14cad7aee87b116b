/** An aggregate table as a program's state: its rows under the key byte 00, the time of its windows under 03. */
import type { Scratch } from '../compiler/bytes.ts';
import type { PutRow, ProgramState } from '../program.ts';
import { writeInt64 } from '../compiler/group-key.ts';
import { applyRow, encodeDeleted, encodeRow, rowKeyByte, rowVersion, windowTimeKeyByte } from './changelog.ts';
import { timeCell } from './table.ts';
import type { AggregateTable } from './table.ts';
import type { TableWindows } from './table-windows.ts';

const windowTimeKey = Buffer.of(windowTimeKeyByte);

export function aggregateState(
  table: AggregateTable,
  windows: TableWindows | undefined,
  hash: string,
  scratch: Scratch,
): ProgramState {
  let key = Buffer.alloc(256);
  key[0] = rowKeyByte;
  /** Slots without a row whose keys the next commit has to write as deleted, unless they get one until then. */
  const withoutRow = new Set<number>();
  const put = (slot: number, commitId: number, to: PutRow): void => {
    const bytes = table.keys.bytes(slot);
    if (bytes.length >= key.length) key = Buffer.alloc(bytes.length * 2);
    bytes.copy(key, 1);
    const live = table.current.isLive(slot);
    const length = live ? encodeRow(table, slot, commitId, scratch) : encodeDeleted(commitId, scratch);
    to(key, bytes.length + 1, scratch.buffer, length, live ? table.current.cell(slot, timeCell) : 0);
  };
  const putTime = (time: number, commitId: number, to: PutRow): void => {
    const x = scratch.ensure(0, 32);
    x[0] = rowVersion;
    const length = time < 0 ? encodeDeleted(commitId, scratch) : writeInt64(x, writeInt64(x, 1, commitId), time);
    to(windowTimeKey, 1, scratch.buffer, length, Math.max(0, time));
  };
  return {
    hash,
    get rows() {
      return table.keys.size - table.deadSlots;
    },
    get bytes() {
      return table.bytes;
    },
    apply(key, value) {
      if (key[0] === windowTimeKeyByte) {
        windows?.restoreTime(value[0] === rowVersion ? Number(value.readBigInt64BE(9)) : -1);
        return;
      }
      applyRow(table, key.subarray(1), value);
      windows?.markStale();
    },
    clear() {
      table.clear();
      windows?.restoreTime(-1);
      windows?.markStale();
    },
    keys: () => [
      ...(windows === undefined ? [] : [windowTimeKey]),
      ...Array.from({ length: table.keys.size }, (_, slot) =>
        Buffer.concat([Buffer.of(rowKeyByte), table.keys.bytes(slot)]),
      ),
    ],
    markChanged(keys) {
      for (const one of keys) {
        if (one[0] === windowTimeKeyByte) {
          windows?.markTime();
          continue;
        }
        const slot = table.keys.id(one, 1, one.length - 1);
        table.ensure(slot);
        // A row is made by the first change of its slot since the last commit: a slot without one must not look changed.
        if (!table.current.isLive(slot)) withoutRow.add(slot);
        else if (!table.isDirty(slot)) table.touch(slot);
      }
    },
    changes(commitId, to) {
      for (let i = 0; i < table.dirtyCount; i++) put(table.dirtySlots[i] as number, commitId, to);
      for (const slot of withoutRow) if (!table.isDirty(slot)) put(slot, commitId, to);
      if (windows?.timeChanged === true) putTime(windows.time, commitId, to);
    },
    committed() {
      table.committed();
      withoutRow.clear();
      windows?.committed();
    },
    all(commitId, to) {
      if (windows !== undefined && windows.time >= 0) putTime(windows.time, commitId, to);
      for (let slot = 0; slot < table.keys.size; slot++) if (table.current.isLive(slot)) put(slot, commitId, to);
    },
  };
}
