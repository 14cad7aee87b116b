/** Deleting versions, subjects and contexts: first softly (ids still resolve), then, if asked again, for good. */
import {
  contextNotEmpty,
  notPermitted,
  referenceExists,
  subjectNotFound,
  subjectNotSoftDeleted,
  subjectSoftDeleted,
  versionNotFound,
  versionNotSoftDeleted,
  versionSoftDeleted,
} from './errors.ts';
import type { SchemaVersion } from './model.ts';
import type { RegistryRecord } from './records.ts';
import type { Change, SchemasTopic } from './schemas-topic.ts';
import type { RegistryState } from './state.ts';
import { contextOf, contextPrefix } from './subject-name.ts';

export class Deletion {
  private readonly topic: SchemasTopic;
  private readonly state: RegistryState;

  constructor(topic: SchemasTopic) {
    this.topic = topic;
    this.state = topic.state;
  }

  /**
   * `version` −1 means the latest. Resolves with the version's number.
   * @throws RegistryError 40401, 40402, 40406, 40407, 42205, 42206
   */
  deleteVersion(subject: string, version: number, permanent: boolean): Promise<number> {
    return this.topic.change(() => this.decideVersion(subject, version, permanent));
  }

  private decideVersion(subject: string, wanted: number, permanent: boolean): Change<number> {
    const { state } = this;
    const found = wanted === -1 ? state.latest(subject) : state.version(subject, wanted);
    if (found === undefined)
      throw state.hasSubjects(subject, true) ? versionNotFound(wanted) : subjectNotFound(subject);
    if (found.deleted && !permanent) throw versionSoftDeleted(subject, wanted);
    this.checkWritable(subject);
    const { version } = found;
    if (state.referrers(subject, version, permanent).length > 0) throw referenceExists(subject, version);
    if (permanent && !found.deleted) throw versionNotSoftDeleted(subject, version);
    const result = (): number => version;
    if (!permanent)
      return { records: [{ type: 'SCHEMA', subject, version, value: { ...found, deleted: true } }], result };
    const isLast = state.versions(subject, 'all').length === 1;
    return {
      records: [this.keptIds(), tombstone(found), ...(isLast ? this.settingsEnd(subject) : [])],
      result,
    };
  }

  /**
   * Resolves with the versions that were deleted.
   * @throws RegistryError 40401, 40404, 40405, 42205, 42206
   */
  deleteSubject(subject: string, permanent: boolean): Promise<number[]> {
    return this.topic.change(() => this.decideSubject(subject, permanent));
  }

  private decideSubject(subject: string, permanent: boolean): Change<number[]> {
    const { state } = this;
    const versions = state.versions(subject, permanent ? 'all' : 'living');
    if (state.versions(subject, 'all').length === 0) throw subjectNotFound(subject);
    if (versions.length === 0) throw subjectSoftDeleted(subject);
    this.checkWritable(subject);
    for (const version of versions) {
      const others = state.referrers(subject, version.version, permanent).filter((one) => one.subject !== subject);
      if (others.length > 0) throw referenceExists(subject, version.version);
      if (permanent && !version.deleted) throw subjectNotSoftDeleted(subject);
    }
    const result = (): number[] => versions.map(({ version }) => version);
    const last = versions.at(-1)?.version ?? 0;
    if (!permanent) return { records: [{ type: 'DELETE_SUBJECT', subject, version: last }], result };
    return {
      // Newest first, since a version may refer to older ones of its own subject.
      records: [this.keptIds(), ...[...versions].reverse().map(tombstone), ...this.settingsEnd(subject)],
      result,
    };
  }

  /** @throws RegistryError 42211 */
  deleteContext(prefix: string): Promise<void> {
    return this.topic.change(() => {
      if (this.state.hasSubjects(prefix, true)) throw contextNotEmpty(prefix);
      const context = contextOf(prefix);
      const known = this.state.namedContexts().includes(context);
      return { records: known ? [{ type: 'CONTEXT', context, exists: false }] : [], result: () => undefined };
    });
  }

  /** So that no id is given again once compaction has removed its last record. */
  private keptIds(): RegistryRecord {
    return { type: 'NOOP', maxIds: this.state.maxIds() };
  }

  private settingsEnd(subject: string): RegistryRecord[] {
    const { state } = this;
    return [
      ...(state.ownMode(subject) ? [{ type: 'MODE', subject, value: undefined } as const] : []),
      ...(state.ownConfig(subject) ? [{ type: 'CONFIG', subject, value: undefined } as const] : []),
    ];
  }

  private checkWritable(subject: string): void {
    checkWritable(this.state, subject);
  }
}

/** @throws RegistryError 42205 in a read-only mode */
export function checkWritable(state: RegistryState, subject: string | undefined): void {
  if (!state.modeInScope(subject).startsWith('READONLY')) return;
  const context = subject === undefined ? '' : contextPrefix(contextOf(subject));
  throw notPermitted(`Subject ${subject ?? 'null'} in context ${context} is in read-only mode`);
}

function tombstone({ subject, version }: SchemaVersion): RegistryRecord {
  return { type: 'SCHEMA', subject, version, value: undefined };
}
