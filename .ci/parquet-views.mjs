// Creates the shipped views over a lake in which two runs judged the same captures, and runs the queries of docs/parquet.md.
//
//	node parquet-views.mjs DIR PARQUET.md VIEWS.sql     (DIR/lake is the lake; where @duckdb/node-api is installed)
//
// It prints a line for each fault; status 1 if there is one.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { DuckDBInstance } = createRequire(join(process.cwd(), 'here'))('@duckdb/node-api');
const [dir, doc, viewFile] = process.argv.slice(2);
const db = await (await DuckDBInstance.create(':memory:')).connect();
const query = async (sql) => (await db.runAndReadAll(sql)).getRowObjectsJson();
const one = async (sql) => Object.values((await query(sql))[0]).map(Number);
let faults = 0;
const fault = (what) => { faults++; console.log('  FAULT ' + what); };
const want = (what, got, is) => JSON.stringify(got) === JSON.stringify(is) || fault(`${what}: ${JSON.stringify(got)}, want ${JSON.stringify(is)}`);

process.chdir(dir); // the page reads 'lake/...'
await query('set autoinstall_known_extensions = false');
const [head, ...blocks] = [...readFileSync(doc, 'utf8').matchAll(/^```sql\n([^]*?)^```/gm)].map((m) => m[1]);
const views = readFileSync(viewFile, 'utf8');
for (const sql of [...head.split(';'), ...views.split(';')]) {
  if (sql.replace(/^--.*$/gm, '').trim()) await query(sql).catch((e) => fault(`${e.message}: ${sql}`));
}

// Of two runs the second counts, whole.
const runs = await query('select run_id, max(run_seq) seq from captures group by run_id order by seq');
want('run_seq', runs.map((r) => r.seq), ['1', '2']);
want('newest_runs', (await query('select run_id from newest_runs')).map((r) => r.run_id), [runs[1].run_id]);
const tables = ['flows', 'media_streams', 'media_intervals', 'tls_sessions', 'reachability', 'sessions', 'findings'];
for (const t of tables) {
  const [all, newest, second] = await one(`select (select count(*) from ${t}) a, (select count(*) from newest_${t}) b,
    (select count(*) from ${t} where run_seq = 2) c`);
  if (newest !== second || second === 0 || all !== 2 * second) fault(`${t}: ${all} rows, ${newest} newest, ${second} of the second run`);
}
// Other names, the same sums.
const [bytes, flows, sessions] = await one('select sum(bytes_fwd + bytes_rev) a, count(*) b, (select count(*) from newest_tls_sessions) c from newest_flows');
for (const [view, sum] of [['ocsf_network_activity', 'traffic_bytes_out + traffic_bytes_in'],
  ['zeek_conn', 'orig_ip_bytes + resp_ip_bytes'], ['ecs_network', 'source_bytes + destination_bytes']]) {
  want(view, await one(`select sum(${sum}) a, count(*) b from ${view}`), [bytes, flows]);
}
want('zeek_ssl', await one('select count(*) a, count(id_orig_h) b from zeek_ssl'), [sessions, sessions]);
want('ocsf protocol', await one("select count(*) a from ocsf_network_activity where connection_info_protocol_num is null and connection_info_protocol_name in ('tcp', 'udp')"), [0]);
// A run with a file that was not judged again still counts.
await query('create table files as select * from captures');
for (const sql of views.split(';').filter((s) => /VIEW newest_runs/.test(s))) {
  await query(sql.replace('VIEW newest_runs', 'VIEW partial').replaceAll('FROM captures', 'FROM files').replaceAll('JOIN captures', 'JOIN files'));
}
await query('delete from files where run_seq = 2 and sha256 = (select min(sha256) from files)');
want('a run that was judged again in part', await one('select count(*) n from partial'), [2]);
await query("update files set run_seq = 1, analyzed_at = analyzed_at - interval 1 day where run_seq = 2");
want('an earlier run in part', await one('select count(*) n from partial'), [1]);

for (const sql of blocks) await query(sql).catch((e) => fault(`${e.message}: ${sql}`));
const [{ version }] = await query('select version() as version');
console.log(faults ? `${faults} faults (DuckDB ${version})` : `${tables.length + 5} views and ${blocks.length} queries run (DuckDB ${version})`);
process.exit(faults ? 1 : 0);
