// Makes docs/images/demo.svg: runs `millrace demo` on a terminal (util-linux's `script` gives it one) and draws what it showed, as an SVG
// that plays it once a second. Only the ports and the data directory are shown as they usually are.
//
//   npm run build && node scripts/record-demo.mjs
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from './setup.mjs';

const portOffset = 14_000;
const framesWanted = 10;
const columns = 97;
const target = join(root, 'docs/images/demo.svg');

const folder = mkdtempSync(join(tmpdir(), 'millrace-picture-'));
const main = join(root, 'dist/cli/main.js');
const command = `stty cols ${columns}; exec '${process.execPath}' '${main}' demo --data-dir '${folder}' --port-offset ${portOffset} --interval 20`;
const child = spawn('script', ['-qfec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
const usualPorts = [9092, 8081, 8083, 8088];

/** The screen: lines of `{ text, style }` pieces, and where the cursor is. */
const lines = [[]];
let row = 0;
let style = '';
const frames = [];
let pending = '';

child.stdout.setEncoding('utf8');
child.stdout.on('data', (chunk) => {
  pending = write(pending + chunk);
  const shown = JSON.stringify(lines);
  if (/CNT/.test(shown) && shown !== frames.at(-1) && /Ctrl-C stops/.test(shown)) frames.push(shown);
  if (frames.length === framesWanted) process.kill(-child.pid, 'SIGINT');
});
child.once('close', () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, svg(frames.slice(0, framesWanted).map((frame) => JSON.parse(frame))));
  process.stdout.write(`${target}: ${frames.length} pictures\n`);
});

/** Puts text on the screen; gives back an escape sequence that is not whole yet. */
function write(text) {
  for (let at = 0; at < text.length; ) {
    if (text[at] === '\u001b') {
      const match = /^\[([?\d;]*)([A-Za-z])/.exec(text.slice(at + 1));
      if (match === null) return text.slice(at);
      control(match[1], match[2]);
      at += 1 + match[0].length;
    } else if (text[at] === '\n') {
      row++;
      lines[row] ??= [];
      at++;
    } else if (text[at] === '\r') at++;
    else {
      let end = at;
      while (end < text.length && !'\u001b\n\r'.includes(text[end])) end++;
      lines[row].push({ text: text.slice(at, end), style });
      at = end;
    }
  }
  return '';
}

function control(parameters, letter) {
  if (letter === 'A') row = Math.max(0, row - Number(parameters || 1));
  else if (letter === 'J') {
    lines.length = row;
    lines[row] = [];
  } else if (letter === 'm') style = { 1: 'bold', 2: 'dim', 36: 'cyan' }[parameters] ?? '';
}

function svg(pictures) {
  const height = Math.max(...pictures.map((picture) => picture.length));
  const [w, h, pad] = [8.4, 20, 18];
  const seconds = pictures.length;
  const step = 100 / seconds;
  const draw = (picture, i) =>
    `<g class="f${i === 0 ? ' first' : ''}" style="animation-delay:${i - seconds}s">${picture
      .map((line, y) => {
        const spans = line
          .map(({ text, style: name }) => `<tspan${name ? ` class="${name}"` : ''}>${escape(usual(text))}</tspan>`)
          .join('');
        return spans === '' ? '' : `<text x="${pad}" y="${pad + 32 + y * h}" xml:space="preserve">${spans}</text>`;
      })
      .join('')}</g>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${Math.ceil(columns * w + 2 * pad)}" height="${pad * 2 + 24 + height * h}" role="img" aria-label="npm start: the stack comes up, and counts and means per brand change every second">
<style>text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#d7dae0}.bold{font-weight:bold;fill:#fff}.dim{fill:#8b93a3}.cyan{fill:#56b6c2}.f{visibility:hidden;animation:f ${seconds}s step-end infinite}.first{visibility:visible}@keyframes f{0%{visibility:visible}${step.toFixed(3)}%{visibility:hidden}}</style>
<rect width="100%" height="100%" rx="8" fill="#1e2127"/><circle cx="22" cy="18" r="6" fill="#e06c75"/><circle cx="42" cy="18" r="6" fill="#e5c07b"/><circle cx="62" cy="18" r="6" fill="#98c379"/>
${pictures.map(draw).join('\n')}
</svg>
`;
}

function usual(text) {
  return usualPorts
    .reduce((shown, port) => shown.replaceAll(`:${port + portOffset}`, `:${port}`), text)
    .replaceAll(folder, './.millrace');
}

function escape(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
