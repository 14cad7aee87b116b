import { expect, test } from 'vitest';
import { environmentOf, parseExec } from '../../../src/cli/exec-arguments.ts';

test('the flags of docker exec', () => {
  expect(parseExec(['-it', 'broker', 'kafka-topics', '--list'])).toMatchObject({
    name: 'broker',
    command: 'kafka-topics',
    rest: ['--list'],
  });
  const words = [
    '-i',
    '-t',
    '-e',
    'A=1',
    '--env=B=2',
    '-itw',
    '/tmp',
    '-uroot',
    '--privileged',
    'kafka',
    'bash',
    '-c',
    'x',
  ];
  expect(parseExec(words)).toMatchObject({
    env: ['A=1', 'B=2'],
    directory: '/tmp',
    withoutEffect: ['-uroot', '--privileged'],
    name: 'kafka',
    command: 'bash',
    rest: ['-c', 'x'],
  });
  expect(parseExec(['--data-dir', 'd', '--config=c.yaml', 'connect', 'curl'])).toMatchObject({
    dataDir: 'd',
    config: 'c.yaml',
  });
  expect(parseExec(['--help'])).toBeUndefined();
});

test('what is wrong', () => {
  for (const [words, text] of [
    [[], 'exec needs the name of a container'],
    [['broker'], 'exec needs the name of a container'],
    [['somewhere', 'ls'], 'No such container: somewhere'],
    [['--nonsense', 'broker', 'ls'], 'unknown flag --nonsense'],
    [['-x', 'broker', 'ls'], 'unknown flag -x'],
    [['-d', 'broker', 'ls'], 'in the background'],
    [['-e'], '-e needs a value'],
  ] as const)
    expect(() => parseExec(words), words.join(' ')).toThrow(text);
});

test('variables, of which a name alone is taken from outside', () => {
  expect(environmentOf(['A=1=2', 'B', 'C'], { B: 'b' })).toEqual({ A: '1=2', B: 'b' });
});
