/** The local copy of a query's committed state (`docs/internals/state-format.md`). A copy that is not ours, or torn, is no copy. */
import { readFileSync, replaceFileSync } from '../../core/disk.ts';
import type { Disk } from '../../core/disk.ts';
import { crc32c } from '../../wire/crc32c.ts';
import { cursor, readVarint, Scratch } from '../compiler/bytes.ts';
import { writeInt64, writeVarint } from '../compiler/group-key.ts';
import { decodeProgress, encodeProgress } from './changelog.ts';
import type { Progress } from './changelog.ts';
import type { ProgramState } from '../program.ts';

const magic = 'MRSTATE2';

/** What a snapshot must match to be ours. */
export interface SnapshotIdentity {
  readonly clusterId: string;
  readonly changelogTopicId: string;
  readonly planHash: string;
}

export interface SnapshotPosition {
  /** First changelog offset that is not contained. */
  readonly changelogOffset: number;
  /** In which the changelog was written up to there; −1 when that is not known. */
  readonly leaderEpoch: number;
  readonly progress: Progress;
}

/** Writes the state, which must have no uncommitted change, in place of the last snapshot. */
export function writeSnapshot(
  disk: Disk,
  path: string,
  identity: SnapshotIdentity,
  position: SnapshotPosition,
  state: ProgramState,
): void {
  const out = new Scratch();
  let p = 0;
  const put = (bytes: Uint8Array): void => {
    out.ensure(p, bytes.length + 5).set(bytes, p);
    p += bytes.length;
  };
  const sized = (bytes: Uint8Array): void => {
    p = writeVarint(out.ensure(p, bytes.length + 5), p, bytes.length);
    put(bytes);
  };
  const int64 = (value: number): void => {
    p = writeInt64(out.ensure(p, 8), p, value);
  };
  put(Buffer.from(magic));
  sized(Buffer.from(identity.clusterId));
  sized(Buffer.from(identity.changelogTopicId));
  put(Buffer.from(identity.planHash, 'hex'));
  int64(position.changelogOffset);
  int64(position.leaderEpoch);
  sized(encodeProgress(position.progress));
  const countAt = p;
  int64(0);
  let rows = 0;
  state.all(position.progress.commitId, (key, keyLength, value, valueLength) => {
    sized(key.subarray(0, keyLength));
    sized(value.subarray(0, valueLength));
    rows++;
  });
  writeInt64(out.buffer, countAt, rows);
  const body = out.buffer.subarray(0, p);
  const end = Buffer.alloc(4);
  end.writeUInt32BE(crc32c(body));
  replaceFileSync(disk, path, Buffer.concat([body, end]));
}

/** Loads a snapshot into an empty state; undefined, and an empty state, when there is none of ours. */
export function loadSnapshot(
  disk: Disk,
  path: string,
  identity: SnapshotIdentity,
  state: ProgramState,
): SnapshotPosition | undefined {
  if (!disk.existsSync(path)) return undefined;
  const b = readFileSync(disk, path);
  if (b.length < magic.length + 4 || b.toString('latin1', 0, magic.length) !== magic) return undefined;
  if (crc32c(b, 0, b.length - 4) !== b.readUInt32BE(b.length - 4)) return undefined;
  let p = magic.length;
  const sized = (): Buffer => {
    const length = readVarint(b, p);
    p = cursor.at + length;
    return b.subarray(cursor.at, p);
  };
  const int64 = (): number => {
    p += 8;
    return Number(b.readBigInt64BE(p - 8));
  };
  if (sized().toString('utf8') !== identity.clusterId) return undefined;
  if (sized().toString('utf8') !== identity.changelogTopicId) return undefined;
  p += 8;
  if (b.toString('hex', p - 8, p) !== identity.planHash) return undefined;
  const changelogOffset = int64();
  const leaderEpoch = int64();
  const progress = decodeProgress(sized());
  for (let rows = int64(); rows > 0; rows--) {
    const key = sized();
    state.apply(key, sized());
  }
  return { changelogOffset, leaderEpoch, progress };
}
