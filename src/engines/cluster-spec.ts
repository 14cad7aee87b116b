/** What a small cluster of an engine consists of, as plain data: `cluster.ts` starts it. */

export interface EngineProcess {
  /** Also the name of its log file. */
  readonly name: string;
  /** Arguments of `java`. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface EnginePort {
  /** What listens there, for people. */
  readonly name: string;
  readonly port: number;
}

export interface ClusterSpec {
  /** Written before anything starts: path below the run folder, and content. */
  readonly files: readonly { readonly path: string; readonly content: string }[];
  /** Run to their end, one after the other, before the processes start. */
  readonly prepare?: readonly EngineProcess[];
  readonly processes: readonly EngineProcess[];
  readonly ports: readonly EnginePort[];
  /** Addresses for people and for `deploy`, by name. */
  readonly addresses: Readonly<Record<string, string>>;
  /** URLs that have to answer 200 with a text that matches, before the cluster counts as started. */
  readonly answers: readonly { readonly url: string; readonly matches: RegExp }[];
}

/** What a spec is made from. */
export interface ClusterPlace {
  /** Where the engine is installed. */
  readonly home: string;
  /** Where this cluster's configuration, logs and data lie. */
  readonly run: string;
  readonly python: string;
  readonly portOffset: number;
  /** Tasks at once. */
  readonly slots: number;
}
