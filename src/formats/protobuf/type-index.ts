/** The messages and enums that a file can name: its own and those of what it imports, by full name. */
import type { ProtoFile, ProtoType } from './file.ts';
import { knownProtoFiles } from './known-files.ts';
import type { ImportedFile } from './message-type.ts';
import { parseProtoFile } from './parse.ts';

export interface NamedType {
  readonly fullName: string;
  readonly packageName: string;
  readonly element: ProtoType;
  /** The import that it comes from; absent: the file itself. */
  readonly from?: string;
}

export class ProtoTypes {
  private readonly types = new Map<string, NamedType>();

  constructor(file: ProtoFile, references: readonly ImportedFile[]) {
    const seen = new Set<string>();
    const load = (name: string): void => {
      if (seen.has(name)) return;
      seen.add(name);
      const text = references.find((one) => one.name === name)?.schema ?? knownProtoFiles.get(name);
      if (text === undefined) return;
      const imported = parseProtoFile(text);
      for (const next of [...imported.imports, ...imported.publicImports]) load(next);
      this.add(imported, name);
    };
    for (const name of [...file.imports, ...file.publicImports]) load(name);
    this.add(file);
  }

  /** A name as it stands in a scope: the innermost that fits. */
  find(name: string, scope: readonly string[]): NamedType | undefined {
    if (name.startsWith('.')) return this.types.get(name.slice(1));
    for (let length = scope.length; length >= 0; length--) {
      const found = this.types.get([...scope.slice(0, length), name].join('.'));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private add(file: ProtoFile, from?: string): void {
    const packageName = file.packageName ?? '';
    const visit = (types: readonly ProtoType[], scope: readonly string[]): void => {
      for (const element of types) {
        const path = [...scope, element.name];
        const fullName = path.join('.');
        this.types.set(fullName, { fullName, packageName, element, ...(from !== undefined && { from }) });
        if (element.kind === 'message') visit(element.nested, path);
      }
    };
    visit(file.types, packageName === '' ? [] : packageName.split('.'));
  }
}
