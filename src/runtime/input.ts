/** A partition as a task reads it: whole batches, without waiting. Two ways: files of the embedded log, or fetches through the host. */
import type { Disk } from '../core/disk.ts';
import { SegmentReader } from '../storage/segment-reader.ts';
import type { AbortedTransaction, FetchedBatches, Isolation, ReaderDescriptor } from './cluster.ts';

export interface InputRun {
  /** Valid until the next `poll`. */
  readonly bytes: Buffer;
  readonly aborted: readonly AbortedTransaction[];
  /** Where to read on behind these bytes. */
  readonly nextOffset: number;
}

export interface PartitionInput {
  /** The next batches; undefined when there is nothing for now. Throws what made reading impossible. */
  poll(): InputRun | undefined;
  seek(offset: number): void;
  close(): void;
}

export function segmentInput(
  disk: Disk,
  reader: ReaderDescriptor,
  isolation: Isolation,
  offset: number,
): PartitionInput {
  const segments = new SegmentReader({
    disk,
    directory: reader.directory,
    view: reader.view,
    isolation,
    offset,
    runBytes: 1 << 20,
  });
  return {
    poll: () => segments.read(),
    seek: (to) => segments.seek(to),
    close: () => segments.close(),
  };
}

/** Fetches one run ahead. `fetch` waits at the other side for data; `arrived` is called when a poll would give something. */
export function fetchInput(
  fetch: (offset: number) => Promise<FetchedBatches>,
  offset: number,
  arrived: () => void,
): PartitionInput {
  let next = offset;
  let ready: InputRun | undefined;
  let failure: { readonly error: unknown } | undefined;
  let generation = 0;
  let pending = false;
  const start = (): void => {
    pending = true;
    const own = generation;
    const from = next;
    fetch(from).then(
      (fetched) => {
        if (own !== generation) return;
        pending = false;
        const bytes = Buffer.from(fetched.records.buffer, fetched.records.byteOffset, fetched.records.byteLength);
        const nextOffset = Math.max(from, fetched.nextOffset);
        if (bytes.length > 0 || nextOffset > from) ready = { bytes, aborted: fetched.aborted, nextOffset };
        arrived();
      },
      (error: unknown) => {
        if (own !== generation) return;
        pending = false;
        failure = { error };
        arrived();
      },
    );
  };
  return {
    poll() {
      if (failure !== undefined) {
        const { error } = failure;
        failure = undefined;
        throw error;
      }
      const run = ready;
      ready = undefined;
      if (run !== undefined) next = run.nextOffset;
      if (!pending && generation >= 0) start();
      return run;
    },
    seek(to) {
      generation++;
      pending = false;
      ready = undefined;
      next = to;
    },
    close() {
      generation = -1;
      ready = undefined;
    },
  };
}
