/** Stream sockets as a port. This file, `http.ts` and `http/server.ts` are the only places that touch the platform's sockets. */
import net from 'node:net';
import type { Duplex } from 'node:stream';

/** One accepted or opened connection, with the addresses of both ends as seen here. */
export interface Socket {
  readonly stream: Duplex;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

export interface Listener {
  readonly port: number;
  /** Stops listening and destroys the connections that are still open. */
  close(): Promise<void>;
}

export interface Network {
  /** Listens on each of `hosts` (`['127.0.0.1', '::1']`) at one port; port 0 picks a free one. Rejects with `EADDRINUSE` and the like. */
  listen(hosts: readonly string[], port: number, onSocket: (socket: Socket) => void): Promise<Listener>;
  /** Opens a connection, or rejects with the platform's error. */
  connect(host: string, port: number): Promise<Socket>;
  /** Listens at a path of the file system (a named pipe on Windows), reachable from this machine only. */
  listenLocal(path: string, onStream: (stream: Duplex) => void): Promise<{ close(): Promise<void> }>;
  /** Connects to what {@link Network.listenLocal} listens at; rejects with `ENOENT` or `ECONNREFUSED` when nobody does. */
  connectLocal(path: string): Promise<Duplex>;
}

export const nodeNetwork: Network = {
  async listen(hosts, port, onSocket) {
    const open = new Set<net.Socket>();
    const servers: net.Server[] = [];
    const close = async (): Promise<void> => {
      const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
      for (const socket of open) socket.destroy();
      await Promise.all(closed);
    };
    try {
      for (const host of hosts) {
        const server = net.createServer({ noDelay: true }, (socket) => {
          open.add(socket);
          socket.once('close', () => open.delete(socket));
          onSocket(describe(socket));
        });
        if (await listenOn(server, host, port)) {
          servers.push(server);
          port = (server.address() as net.AddressInfo).port;
        }
      }
    } catch (error) {
      await close();
      throw error;
    }
    return { port, close };
  },
  connect: async (host, port) => describe(await connected(net.connect({ host, port, noDelay: true }))),
  async listenLocal(path, onStream) {
    const open = new Set<net.Socket>();
    const server = net.createServer((socket) => {
      open.add(socket);
      socket.once('close', () => open.delete(socket));
      onStream(socket);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
    return {
      close: () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          for (const socket of open) socket.end();
        }),
    };
  },
  connectLocal: (path) => connected(net.connect(path)),
};

function connected(socket: net.Socket): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

/** True once it listens; false where this machine has no such address family (`::1` without IPv6). */
export function listenOn(server: net.Server, host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (host.includes(':') && (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT')) resolve(false);
      else reject(error);
    });
    server.listen({ host, port, exclusive: true }, () => resolve(true));
  });
}

function describe(socket: net.Socket): Socket {
  return {
    stream: socket,
    localAddress: socket.localAddress ?? '',
    localPort: socket.localPort ?? 0,
    remoteAddress: socket.remoteAddress ?? '',
    remotePort: socket.remotePort ?? 0,
  };
}
