/** The stack's log: pino, written synchronously so that the last lines before a crash are there. */
import type { Logger } from '../core/logger.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

interface PinoLike {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
  child(fields: object): PinoLike;
}

/** JSON lines on stderr from `level` on. pino is loaded only when there is something to write. */
export async function createLogger(level: Exclude<LogLevel, 'silent'>): Promise<Logger> {
  const { pino } = await import('pino');
  return wrap(pino({ level, base: null }, pino.destination({ dest: 2, sync: true })));
}

function wrap(pino: PinoLike): Logger {
  return {
    debug: (message, details = {}) => pino.debug(details, message),
    info: (message, details = {}) => pino.info(details, message),
    warn: (message, details = {}) => pino.warn(details, message),
    error: (message, details = {}) => pino.error(details, message),
    child: (fields) => wrap(pino.child(fields)),
  };
}
