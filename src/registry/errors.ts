/** Failures as the Schema Registry words them: HTTP status, its own code, its text (sic: some lack a space or a word). */
import type { HttpResponse } from '../http/router.ts';

export class RegistryError extends Error {
  override readonly name = 'RegistryError';
  readonly status: number;
  /** The status alone, or with two digits of the registry's own (40401). */
  readonly code: number;

  constructor(code: number, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.status = code > 999 ? Math.trunc(code / 100) : code;
  }
}

export const subjectNotFound = (subject: string): RegistryError =>
  new RegistryError(40401, `Subject '${subject}' not found.`);
export const versionNotFound = (version: number): RegistryError =>
  new RegistryError(40402, `Version ${version} not found.`);
export const schemaNotFound = (id?: number | string): RegistryError =>
  new RegistryError(40403, id === undefined ? 'Schema not found' : `Schema ${id} not found`);
export const subjectSoftDeleted = (subject: string): RegistryError =>
  new RegistryError(40404, `Subject '${subject}' was soft deleted.Set permanent=true to delete permanently`);
export const subjectNotSoftDeleted = (subject: string): RegistryError =>
  new RegistryError(40405, `Subject '${subject}' was not deleted first before being permanently deleted`);
export const versionSoftDeleted = (subject: string, version: number): RegistryError =>
  new RegistryError(
    40406,
    `Subject '${subject}' Version ${version} was soft deleted.Set permanent=true to delete permanently`,
  );
export const versionNotSoftDeleted = (subject: string, version: number): RegistryError =>
  new RegistryError(
    40407,
    `Subject '${subject}' Version ${version} was not deleted first before being permanently deleted`,
  );
export const noSubjectCompatibility = (subject: string): RegistryError =>
  new RegistryError(40408, `Subject '${subject}' does not have subject-level compatibility configured`);
export const noSubjectMode = (subject: string): RegistryError =>
  new RegistryError(40409, `Subject '${subject}' does not have subject-level mode configured`);
export const incompatibleSchema = (subject: string, details: readonly string[]): RegistryError =>
  new RegistryError(
    409,
    `Schema being registered is incompatible with an earlier schema for subject "${subject}", details: [${details.join(', ')}]`,
  );
export const invalidSchema = (message: string, cause?: unknown): RegistryError =>
  new RegistryError(42201, message, cause);
export const invalidVersion = (version: string): RegistryError =>
  new RegistryError(
    42202,
    `The specified version '${version}' is not a valid version id. Allowed values are between [1, 2^31-1] and the string "latest"`,
  );
export const invalidCompatibility = (): RegistryError =>
  new RegistryError(
    42203,
    'Invalid compatibility level. Valid values are none, backward, forward, full, backward_transitive, forward_transitive, and full_transitive',
  );
export const invalidMode = (
  message = 'Invalid mode. Valid values are READWRITE, READONLY, IMPORT and FORWARD.',
): RegistryError => new RegistryError(42204, message);
export const notPermitted = (message: string): RegistryError => new RegistryError(42205, message);
export const referenceExists = (subject: string, version: number): RegistryError =>
  new RegistryError(
    42206,
    `One or more references exist to the schema {magic=1,keytype=SCHEMA,subject=${subject},version=${version}}.`,
  );
export const invalidSubject = (subject: string): RegistryError =>
  new RegistryError(42208, `The specified subject '${subject}' is not a valid.`);
export const schemaTooLarge = (): RegistryError =>
  new RegistryError(42209, 'Register operation failed because schema is too large');
export const invalidRuleSet = (message: string): RegistryError => new RegistryError(42210, message);
export const contextNotEmpty = (context: string): RegistryError =>
  new RegistryError(42211, `The specified context '${context}' is not empty.`);
export const storeFailed = (message: string, cause?: unknown): RegistryError =>
  new RegistryError(50001, message, cause);
export const timedOut = (message: string, cause?: unknown): RegistryError => new RegistryError(50002, message, cause);

export const contentType = 'application/vnd.schemaregistry.v1+json';

export function errorResponse(status: number, code: number, message: string): HttpResponse {
  return {
    status,
    headers: { 'content-type': contentType },
    body: JSON.stringify({ error_code: code, message }),
  };
}
