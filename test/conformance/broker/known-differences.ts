/** Rows of the golden behaviours where we answer otherwise than Apache Kafka 4.4.0, and why. */
export const knownDifferences: ReadonlyMap<string, string> = new Map([]);
