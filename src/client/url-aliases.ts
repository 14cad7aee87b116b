/**
 * The names that services have in the well-known compose files, as ours: who configures `http://schema-registry:8081` or
 * `broker:29092` means the service in this process. Host and port must match exactly, only services that are embedded take part,
 * and the table can be switched off (then nothing is replaced).
 */

export type AliasedService = 'kafka' | 'schemaRegistry' | 'connect' | 'ksql';

/** Where the embedded services are: `host:port`. Those that are not embedded are absent. */
export type EmbeddedAddresses = Readonly<Partial<Record<AliasedService, string>>>;

/** The names as the compose files give them. */
const aliasesOf: Readonly<Record<AliasedService, readonly string[]>> = {
  kafka: ['broker:29092', 'broker:9092', 'kafka:9092'],
  schemaRegistry: ['schema-registry:8081'],
  connect: ['connect:8083'],
  ksql: ['ksqldb-server:8088'],
};

export interface UrlAliases {
  /** A URL with the address of our own service in place of an alias; any other text as it is. */
  url(text: string): string;
  /** `bootstrap.servers` with aliases replaced; each address once. */
  bootstrapServers(text: string): string;
}

export function createUrlAliases(
  addresses: EmbeddedAddresses,
  options: { readonly enabled?: boolean } = {},
): UrlAliases {
  const table = new Map<string, string>();
  if (options.enabled !== false) {
    for (const [service, aliases] of Object.entries(aliasesOf)) {
      const address = addresses[service as AliasedService];
      if (address !== undefined) for (const alias of aliases) table.set(alias, address);
    }
  }
  return {
    url: (text) =>
      // Scheme, optional user, host with port, and what follows.
      text.replace(
        /^(https?:\/\/)([^/?#@]*@)?([^/?#@]+)/i,
        (whole, scheme: string, user: string | undefined, host: string) => {
          const address = table.get(host.toLowerCase());
          return address === undefined ? whole : `${scheme}${user ?? ''}${address}`;
        },
      ),
    bootstrapServers: (text) => {
      const servers = text.split(',').map((server) => {
        const match = /^(\w+:\/\/)?(.*)$/.exec(server.trim());
        const address = table.get((match?.[2] ?? '').toLowerCase());
        return address === undefined ? server.trim() : `${match?.[1] ?? ''}${address}`;
      });
      return [...new Set(servers)].join(',');
    },
  };
}
