/**
 * Subjects and the contexts that they live in. `s` is in the default context `.`, `:.ctx:s` in the context `.ctx`; `:.ctx:` alone stands for the
 * whole context, `:.__GLOBAL:` for the settings of all contexts, `:*:` (only in searches) for any context.
 */

export const defaultContext = '.';
export const anyContext = ':*:';
/** The subject under which settings of all contexts are kept. */
export const globalSettings = ':.__GLOBAL:';

export interface SubjectName {
  /** Begins with a dot; `*` for any. */
  readonly context: string;
  /** Without the context; empty when a whole context is meant. */
  readonly subject: string;
}

export function parseSubject(qualified: string): SubjectName {
  if (qualified.startsWith(anyContext)) return { context: '*', subject: qualified.slice(anyContext.length) };
  if (!qualified.startsWith(':.')) return { context: defaultContext, subject: qualified };
  const end = qualified.indexOf(':', 2);
  if (end < 0) return { context: qualified.slice(1), subject: '' };
  return { context: qualified.slice(1, end), subject: qualified.slice(end + 1) };
}

/** `:.ctx:s`, or `s` in the default context. */
export function qualify({ context, subject }: SubjectName): string {
  return contextPrefix(context) + subject;
}

/** What the names of a context's subjects begin with: `:.ctx:`, nothing in the default context. */
export function contextPrefix(context: string): string {
  return context === defaultContext ? '' : `:${context}:`;
}

/** One spelling for names that mean the same (`:.:s` is `s`, `:.ctx` is `:.ctx:`). */
export function normalizeSubject(qualified: string): string {
  return qualify(parseSubject(qualified));
}

export function contextOf(qualified: string): string {
  return parseSubject(qualified).context;
}

/** The subject that a reference or alias inside `parent` means: in the parent's context unless it names one itself. */
export function resolveSubject(parent: string, subject: string): string {
  const own = parseSubject(subject);
  return own.context === defaultContext ? qualify({ context: contextOf(parent), subject }) : qualify(own);
}

/** True when settings of this name are those of the default context. */
export function isDefaultContext(qualified: string): boolean {
  const { context, subject } = parseSubject(qualified);
  return context === defaultContext && subject === '';
}

/** Does a setting or search by `wanted` cover `subject`? Undefined covers everything, a bare context all of its subjects. */
export function coversSubject(wanted: string | undefined, subject: string): boolean {
  if (wanted === undefined || wanted === subject) return true;
  const name = parseSubject(wanted);
  return name.subject === '' && (qualify(name) === globalSettings || name.context === contextOf(subject));
}

export function isValidSubject(qualified: string, forSettings: boolean): boolean {
  if (/\p{Cc}/u.test(qualified)) return false;
  const { context, subject } = parseSubject(qualified);
  if (subject === '__GLOBAL' || subject === '__EMPTY') return false;
  return forSettings || context !== '.__GLOBAL';
}

/**
 * The prefix `:.ctx:` of a context as a path gives it (`ctx`, `.ctx`, `:.ctx:`); empty for the default one.
 * Undefined when it is no name of a context.
 */
export function prefixOfContextInPath(name: string): string | undefined {
  const bare = name.replace(/^:/, '').replace(/:$/, '');
  if (bare.includes(':')) return undefined;
  return contextPrefix(bare.startsWith('.') ? bare : `.${bare}`);
}
