/** The parts of a stack that have a configuration of their own, by the names that the classic compose file gives their containers. */

export const components = ['broker', 'schema-registry', 'connect', 'ksqldb-server'] as const;
export type Component = (typeof components)[number];

/** Properties by their real names, as texts. */
export type Properties = Readonly<Record<string, string>>;

export function isComponent(name: string): name is Component {
  return (components as readonly string[]).includes(name);
}
