// `npm start`: sets up what is missing, then starts the stack with the walk-through's data flowing.
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, requireNode, root, run } from './setup.mjs';

requireNode();
ensureInstalled();
ensureBuilt();
process.on('SIGINT', () => {}); // the stack gets it too, and ends in order
process.exitCode = run(process.execPath, [join(root, 'dist', 'cli', 'main.js'), 'demo', ...process.argv.slice(2)]);
