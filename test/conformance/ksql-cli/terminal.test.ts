/** Chapter 2 of the walk-through typed into `millrace ksql` on a terminal: lines, keys, and what comes on the screen. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cli } from '../../e2e/stack-process.ts';
import { startWalkthrough } from '../../e2e/walkthrough/typed.ts';
import type { Walkthrough } from '../../e2e/walkthrough/typed.ts';
import { confluentKafka, describePeer } from '../../peers.ts';
import { avroConnector } from '../../walk-through-files.ts';

const typing = readFileSync(new URL('type-on-terminal.py', import.meta.url), 'utf8');
const ctrlC = '\u0003';
const up = '\u001b[A';

type Step = { readonly wait: string } | { readonly send: string };

/** The statement, a line at a time, each after its prompt. */
function typed(...lines: readonly string[]): Step[] {
  return lines.flatMap((line, i) => [{ send: `${line}\r` }, ...(i < lines.length - 1 ? [{ wait: '\n>' }] : [])]);
}

// A Python with `pty`: the one of the foreign clients.
describePeer('confluent-kafka', 'millrace ksql on a terminal', () => {
  let stack: Walkthrough;
  beforeAll(async () => {
    stack = await startWalkthrough();
    stack.file('avro.json', avroConnector(20));
    await stack.type(
      'curl -s -X POST -H "Content-Type: application/json" -d @avro.json http://localhost:8083/connectors',
    );
  });
  afterAll(() => stack.close());

  async function type(...steps: readonly Step[]): Promise<string> {
    const url = stack.here('http://localhost:8088');
    const folder = (await stack.type('pwd')).stdout.trim();
    const all = JSON.stringify([{ wait: 'ksql> ' }, ...steps]);
    const command = ['env', `HOME=${folder}`, process.execPath, cli, 'ksql', url];
    const { stdout, stderr, code } = await confluentKafka(typing, all, ...command);
    expect({ stderr, code }, stdout).toEqual({ stderr: '', code: 0 });
    return stdout;
  }
  const prompt: Step = { wait: '\nksql> ' };
  const exit: readonly Step[] = [{ send: 'exit\r' }];

  it('2.1 to 2.5: a stream, the offset, a push query that Ctrl-C ends, a table', async () => {
    const registered = async (): Promise<string> => (await stack.type('curl -s http://localhost:8081/subjects')).stdout;
    await expect.poll(registered, { timeout: 20_000 }).toContain('commercials_avro-value');
    const text = await type(
      ...typed(
        'CREATE OR REPLACE STREAM metrics_brand_stream',
        "WITH ( KAFKA_TOPIC='commercials_avro', VALUE_FORMAT='AVRO' );",
      ),
      { wait: 'Stream created' },
      prompt,
      ...typed('DESCRIBE metrics_brand_stream;'),
      { wait: ' BRAND +\\| VARCHAR\\(STRING\\) +\n DURATION \\| INTEGER +\n RATING +\\| INTEGER' },
      prompt,
      ...typed("SET 'auto.offset.reset'='earliest';"),
      { wait: "Successfully changed local property 'auto.offset.reset' to 'earliest'" },
      prompt,
      ...typed('SELECT brand, COUNT(*) AS cnt', 'FROM metrics_brand_stream GROUP BY brand EMIT CHANGES;'),
      { wait: '\\|BRAND +\\|CNT +\\|' },
      { wait: '\\|(Acme|Globex) +\\|3 +\\|' },
      { send: ctrlC },
      { wait: 'Query terminated' },
      prompt,
      ...typed(
        'CREATE OR REPLACE TABLE metrics_per_brand AS',
        '  SELECT brand, COUNT(*) AS cnt, AVG(duration) AS duration_mean, AVG(rating) AS rating_mean',
        '  FROM metrics_brand_stream GROUP BY brand EMIT CHANGES;',
      ),
      { wait: 'Created query with ID CTAS_METRICS_PER_BRAND_\\d+' },
      prompt,
      ...typed('SELECT * FROM metrics_per_brand EMIT CHANGES LIMIT 2;'),
      { wait: 'Limit Reached\nQuery terminated' },
      prompt,
      ...typed("SELECT * FROM metrics_per_brand WHERE brand='Acme';"),
      { wait: '\\|Acme +\\|\\d+ +\\|\\d+\\.\\d+ +\\|\\d\\.\\d+ +\\|\nQuery terminated' },
      prompt,
      ...exit,
    );
    expect(text).toMatch(/CLI v\S+, Server v\S+ located at http:\/\/localhost:\d+\nServer Status: RUNNING\n/);
    expect(text).toContain('Exiting ksqlDB.\n');
    expect(text).toMatch(/\[exit 0\]$/);
  });

  it('Tab completes, the arrow brings back what was typed in an earlier session, Ctrl-C forgets a line', async () => {
    const text = await type(
      { send: 'sho\t' },
      { wait: 'show ' },
      { send: 'streams;\r' },
      { wait: 'METRICS_BRAND_STREAM +\\| commercials_avro +\\| KAFKA +\\| AVRO +\\| false' },
      prompt,
      { send: `${up}${up}` },
      { wait: 'exit' },
      { send: ctrlC },
      prompt,
      { send: 'SELECT nonsense' },
      { send: ctrlC },
      prompt,
      ...typed('DESCRIBE', '  nonsense;'),
      { wait: "Could not find STREAM/TABLE 'NONSENSE' in the Metastore" },
      prompt,
      { send: up },
      { wait: 'DESCRIBE nonsense;' },
      { send: ctrlC },
      prompt,
      ...exit,
    );
    expect(text).toContain('Exiting ksqlDB.\n');
  });

  it('JSON output, widths, a script, and a file that keeps what is printed', async () => {
    const folder = (await stack.type('pwd')).stdout.trim();
    stack.file(
      'script.sql',
      "DEFINE brand = 'Acme';\nSELECT brand, cnt FROM metrics_per_brand WHERE brand = '${brand}';\n",
    );
    await type(
      ...typed('SET CLI COLUMN-WIDTH 6'),
      prompt,
      ...typed('SET CLI WRAP OFF'),
      prompt,
      ...typed(`SPOOL '${folder}/kept.log';`),
      { wait: 'Session will be spooled to' },
      prompt,
      ...typed("SELECT 'a long text' AS t, cnt FROM metrics_per_brand WHERE brand='Acme';"),
      { wait: '\\|a l\\.\\.\\.\\|\\d+ +\\|' },
      prompt,
      ...typed(`run script ${folder}/script.sql`),
      { wait: '\\|Acme  \\|\\d+ +\\|' },
      prompt,
      ...typed('SPOOL OFF;'),
      { wait: 'Spool written to' },
      prompt,
      ...typed('output json'),
      { wait: 'Output format set to JSON' },
      prompt,
      ...typed('LIST TABLES;'),
      { wait: '"@type" : "tables"' },
      prompt,
      ...typed('SET CLI WIDTH 6'),
      { wait: 'Undefined property: WIDTH. Valid properties are: \\[WRAP, COLUMN-WIDTH\\]' },
      prompt,
      ...exit,
    );
    const kept = (await stack.type('cat kept.log')).stdout;
    expect(kept).toMatch(/\|a l\.\.\.\|\d+ +\|/);
    expect(kept).not.toContain('@type');
  });
});
