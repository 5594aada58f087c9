// Runs statements on ClickHouse (npm package chdb, installed in the folder that is the argument). Standard input is JSON:
// {"prepare": ["CREATE …"], "questions": {"name": "SELECT …"}}. It prints {"version": …, "answers": {"name": [[value, …], …]},
// "errors": {…}}; values are text.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { Session } = createRequire(join(process.argv[2], 'here'))('chdb');
const { prepare, questions } = JSON.parse(readFileSync(0, 'utf8'));
const session = new Session();
const out = { answers: {}, errors: {} };
const run = (name, sql, format) => {
  try {
    return session.query(sql, format);
  } catch (e) {
    out.errors[name] = String(e.message ?? e).slice(0, 500);
    return '';
  }
};
for (const sql of prepare) run(sql.slice(0, 60), sql, 'CSV');
out.version = run('version', 'SELECT version()', 'TabSeparated').trim();
for (const [name, sql] of Object.entries(questions)) {
  const text = run(name, sql.replace(/;\s*$/, ''), 'JSONCompactStringsEachRow');
  out.answers[name] = text.trim().split('\n').filter(Boolean).map((line) => JSON.parse(line));
}
session.close();
console.log(JSON.stringify(out));
