/** Configuration and mode, of a subject, of a context, or of everything (a subject of undefined). */
import { checkWritable } from './deletion.ts';
import { noSubjectCompatibility, noSubjectMode, notPermitted, referenceExists, subjectNotFound } from './errors.ts';
import type { Config, RegistryMode } from './model.ts';
import type { RegistryRecord } from './records.ts';
import type { SchemasTopic } from './schemas-topic.ts';
import type { RegistryState } from './state.ts';
import { contextOf, coversSubject, parseSubject } from './subject-name.ts';

/** What a request says: null takes a setting back, an absent one stays. */
export type ConfigUpdate = { readonly [K in keyof Config]: Config[K] | null };

export class Settings {
  private readonly topic: SchemasTopic;
  private readonly state: RegistryState;

  constructor(topic: SchemasTopic) {
    this.topic = topic;
    this.state = topic.state;
  }

  /** @throws RegistryError 40408 */
  config(subject: string | undefined, defaultToGlobal: boolean): Config {
    const config = defaultToGlobal ? this.state.configInScope(subject) : this.ownConfig(subject);
    if (config === undefined) throw noSubjectCompatibility(subject ?? '');
    return config;
  }

  private ownConfig(subject: string | undefined): Config | undefined {
    const own = this.state.ownConfig(subject);
    if (own !== undefined) return { compatibilityLevel: this.state.defaultLevel, ...own };
    return isGlobal(subject) ? { compatibilityLevel: this.state.defaultLevel } : undefined;
  }

  /** Resolves with all that is set now. */
  updateConfig(subject: string | undefined, update: ConfigUpdate): Promise<Config> {
    return this.topic.change(() => {
      checkWritable(this.state, subject);
      const value = Object.fromEntries(
        Object.entries({ ...this.state.ownConfig(subject), ...update }).filter(([, setting]) => setting !== null),
      ) as Config;
      return { records: [{ type: 'CONFIG', subject, value }], result: () => value };
    });
  }

  /**
   * Resolves with what was set.
   * @throws RegistryError 40401
   */
  deleteConfig(subject: string | undefined): Promise<Config> {
    return this.topic.change(() => {
      const before = this.ownConfig(subject);
      if (before === undefined) throw subjectNotFound(subject ?? '');
      checkWritable(this.state, subject);
      return { records: [{ type: 'CONFIG', subject, value: undefined }], result: () => before };
    });
  }

  /** @throws RegistryError 40409 */
  mode(subject: string | undefined, defaultToGlobal: boolean): RegistryMode {
    const mode = defaultToGlobal ? this.state.modeInScope(subject) : this.ownMode(subject);
    if (mode === undefined) throw noSubjectMode(subject ?? '');
    return mode;
  }

  private ownMode(subject: string | undefined): RegistryMode | undefined {
    return this.state.ownMode(subject) ?? (isGlobal(subject) ? 'READWRITE' : undefined);
  }

  /**
   * A mode of undefined takes it back. IMPORT needs an empty subject (context, registry) unless forced.
   * @throws RegistryError 42205, 42206
   */
  setMode(subject: string | undefined, mode: RegistryMode | undefined, force: boolean): Promise<void> {
    return this.topic.change(() => {
      const { state } = this;
      const records: RegistryRecord[] = [];
      if (mode === 'IMPORT' && state.modeInScope(subject) !== 'IMPORT' && !force) {
        if (state.hasSubjects(subject, false)) throw notPermitted('Cannot import since found existing subjects');
        records.push(...this.clear(subject));
      }
      records.push({ type: 'MODE', subject, value: mode });
      return { records, result: () => undefined };
    });
  }

  /** Forgets the soft-deleted versions for good. */
  private clear(subject: string | undefined): RegistryRecord[] {
    const gone = this.state.versionsOf('', 'all', true).filter((version) => coversSubject(subject, version.subject));
    for (const { subject: of, version } of gone)
      if (this.state.referrers(of, version, true).length > 0) throw referenceExists(of, version);
    return [
      { type: 'NOOP', maxIds: this.state.maxIds() },
      ...gone.map(({ subject: of, version }) => ({ type: 'SCHEMA', subject: of, version, value: undefined }) as const),
      { type: 'CLEAR_SUBJECT', subject },
    ];
  }

  /**
   * Resolves with the mode that was set; `recursive` also takes back those of the subjects in a context.
   * @throws RegistryError 40401
   */
  deleteMode(subject: string | undefined, recursive: boolean): Promise<RegistryMode | undefined> {
    return this.topic.change(() => {
      const before = this.ownMode(subject);
      if (before === undefined && !recursive) throw subjectNotFound(subject ?? '');
      const subjects: (string | undefined)[] = [subject];
      const isContext = subject === undefined || parseSubject(subject).subject === '';
      if (recursive && isContext) subjects.push(...this.state.subjectsWithMode(contextOf(subject ?? '')));
      return {
        records: subjects.map((one) => ({ type: 'MODE', subject: one, value: undefined }) as const),
        result: () => before,
      };
    });
  }
}

function isGlobal(subject: string | undefined): boolean {
  return subject === undefined || contextOf(subject) === '.__GLOBAL';
}
