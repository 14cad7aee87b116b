/** What `kafka-producer-perf-test` counts, and how it tells it. Times are milliseconds. */
import type { Clock } from '../../core/clock.ts';

/** So many latencies are kept for the percentiles, evenly spread over the run. */
const samplesMax = 500_000;
const mebibyte = 1_048_576;

export interface LatencyStatsOptions {
  readonly clock: Clock;
  readonly recordsMax: number;
  readonly reportingIntervalMs: number;
  /** Counts what comes after the warm-up. */
  readonly isSteadyState: boolean;
  print(line: string): void;
}

interface Window {
  count: number;
  bytes: number;
  latency: number;
  latencyMax: number;
  readonly start: number;
}

export class LatencyStats {
  private readonly options: LatencyStatsOptions;
  private readonly samples: Int32Array;
  private readonly every: number;
  private sampled = 0;
  private readonly all: Window;
  private window: Window;
  private isQuiet = false;

  constructor(options: LatencyStatsOptions) {
    this.options = options;
    this.every = Math.trunc(options.recordsMax / Math.min(options.recordsMax, samplesMax));
    this.samples = new Int32Array(Math.trunc(options.recordsMax / this.every) + 1);
    this.all = this.newWindow();
    this.window = this.newWindow();
  }

  /** A record of so many bytes was acknowledged. */
  record(latency: number, bytes: number, now: number): void {
    if (this.all.count % this.every === 0) this.samples[this.sampled++] = latency;
    add(this.all, latency, bytes);
    add(this.window, latency, bytes);
    if (now - this.window.start < this.options.reportingIntervalMs) return;
    if (this.options.isSteadyState && this.all.count === this.window.count) this.options.print('In steady state.');
    if (!this.isQuiet) this.printWindow();
    this.window = this.newWindow();
  }

  /** From now on only the total is told. */
  suppressWindows(): void {
    this.isQuiet = true;
  }

  printTotal(): void {
    const { count, latency, latencyMax } = this.all;
    const sorted = this.samples.subarray(0, this.sampled).sort();
    const at = (share: number): number => sorted[Math.trunc(share * sorted.length)] ?? 0;
    const rates = this.rates(this.all, 6);
    const name = this.options.isSteadyState ? ' steady state' : '';
    this.options.print(
      `${count}${name} records sent, ${rates}, ${(latency / count).toFixed(2)} ms avg latency, ${latencyMax.toFixed(2)} ms max latency, ${at(0.5)} ms 50th, ${at(0.95)} ms 95th, ${at(0.99)} ms 99th, ${at(0.999)} ms 99.9th.`,
    );
  }

  private printWindow(): void {
    const { count, latency, latencyMax } = this.window;
    this.options.print(
      `${count} records sent, ${this.rates(this.window, 1)}, ${(latency / count).toFixed(1)} ms avg latency, ${latencyMax.toFixed(1)} ms max latency.`,
    );
  }

  private rates({ count, bytes, start }: Window, digits: number): string {
    const seconds = (this.options.clock.now() - start) / 1000;
    return `${(count / seconds).toFixed(digits)} records/sec (${(bytes / seconds / mebibyte).toFixed(2)} MB/sec)`;
  }

  private newWindow(): Window {
    return { count: 0, bytes: 0, latency: 0, latencyMax: 0, start: this.options.clock.now() };
  }
}

function add(window: Window, latency: number, bytes: number): void {
  window.count++;
  window.bytes += bytes;
  window.latency += latency;
  if (latency > window.latencyMax) window.latencyMax = latency;
}
