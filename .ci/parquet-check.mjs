// Reads a lake of `webexaudit analyze --parquet LAKE -o RUN.jsonl` with DuckDB, a Parquet reader that shares no code with
// the writer, and compares it with the list of columns (reports/testdata/parquet/columns.txt) and, row for row, with the records of RUN.jsonl.
//
//	node parquet-check.mjs LAKE RUN.jsonl COLUMNS     (in a directory where @duckdb/node-api is installed)
//
// It prints a line for each table and each fault; status 1 if there is a fault.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';

const { DuckDBInstance } = createRequire(join(process.cwd(), 'here'))('@duckdb/node-api');
const [lake, runFile, columnList] = process.argv.slice(2);
const db = await (await DuckDBInstance.create(':memory:')).connect();
const query = async (sql) => (await db.runAndReadAll(sql)).getRowObjectsJson();
const text = (s) => `'${s.replaceAll("'", "''")}'`;

let faults = 0;
const fault = (what) => { faults++; console.log('  FAULT ' + what); };
const same = (what, got, want) => got === want || fault(`${what}: ${got}, want ${want}`);

// The line type of each table; `captures` is made of the run record and the capture_health records.
const lineType = { captures: '', flows: 'flow', media_streams: 'media_stream', media_intervals: 'media_interval',
  tls_sessions: 'tls_session', reachability: 'reachability', sessions: 'session', findings: 'finding' };
const dayOf = { captures: 'first_time', reachability: 'first_seen', findings: 'first_seen' }; // others: start_time

const types = { int32: 'INTEGER', int64: 'BIGINT', boolean: 'BOOLEAN', double: 'DOUBLE', string: 'VARCHAR', list: 'VARCHAR[]',
  timestamp: 'TIMESTAMP WITH TIME ZONE' }; // DuckDB's name of each type

// columnsOf reads a table's part of the list of columns: name, DuckDB type, whether NULL is allowed, field id.
function columnsOf(table) {
  const lines = readFileSync(columnList, 'utf8').trim().split('\n').map((l) => l.split(' ')).filter((l) => l[0] === table);
  return lines.map(([, id, name, type, null_]) => ({ name, type: types[type], optional: null_ === 'null', id }));
}

// checkSchema compares what DuckDB makes of the files with the list.
async function checkSchema(files, columns) {
  const got = await query(`describe select * from read_parquet(${files}, hive_partitioning=false)`);
  same('columns', got.map((c) => `${c.column_name} ${c.column_type}`).join(', '), columns.map((c) => `${c.name} ${c.type}`).join(', '));
  const leaves = await query(`select distinct name, repetition_type r, field_id from parquet_schema(${files}) where field_id is not null`);
  for (const c of columns) {
    const leaf = leaves.filter((l) => l.field_id === c.id).map((l) => `${l.name} ${l.r}`).join(', ');
    same('field id ' + c.id, leaf, `${c.name} ${c.optional ? 'OPTIONAL' : 'REQUIRED'}`);
  }
}

// micros turns RFC 3339 with nanoseconds into microseconds since 1970, as text.
const micros = (t) => String(BigInt(Date.parse(t.slice(0, 19) + 'Z')) * 1000n + BigInt((t.slice(20, -1) + '000000').slice(0, 6)));

// sorted gives objects one order of members, so that JSON texts can be compared.
const sorted = (v) => (v === null || typeof v !== 'object' ? v : Array.isArray(v) ? v.map(sorted)
  : Object.fromEntries(Object.keys(v).sort().map((k) => [k, sorted(v[k])])));
const isEmpty = (v) => v === undefined || v === null || v === '' || (typeof v === 'object' && Object.keys(v).length === 0);

// member finds a column in a record: columns of nested objects are named object_member.
function member(record, column) {
  if (column in record) return record[column];
  for (const [name, value] of Object.entries(record)) {
    if (column.startsWith(name + '_') && value && typeof value === 'object') {
      const inner = member(value, column.slice(name.length + 1));
      if (inner !== undefined) return inner;
    }
  }
}

// expected is the cell that a record should have become.
function expected(record, c) {
  const v = member(record, c.name);
  if (c.type === 'VARCHAR[]') return (v ?? []).map(String);
  // The records leave 0 out here, the table does not.
  if (c.name === 'tcp_holes_dropped' && member(record, 'tcp_holes_count') !== undefined) return v ?? 0;
  if (isEmpty(v)) return c.optional ? null : { VARCHAR: '', BOOLEAN: false }[c.type] ?? 0;
  if (c.type.startsWith('TIMESTAMP')) return micros(v);
  return typeof v === 'object' ? sorted(v) : v;
}

// found is a cell as DuckDB gave it, in the same form.
function found(cell, c, want) {
  if (cell === null) return null;
  if (c.type === 'VARCHAR' && want !== null && typeof want === 'object') return sorted(JSON.parse(cell));
  return c.type === 'BIGINT' || c.type === 'INTEGER' || c.type === 'DOUBLE' ? Number(cell) : cell;
}

const head = ['schema_version', 'run_id', 'analyzed_at', 'run_seq']; // no part of the records

async function checkRows(files, columns, records) {
  const cells = columns.map((c) => (c.type.startsWith('TIMESTAMP') ? `epoch_us(${c.name})::varchar as "${c.name}"` : `"${c.name}"`));
  const rows = await query(`select ${cells} from read_parquet(${files}, hive_partitioning=false, file_row_number=true) order by filename, file_row_number`);
  same('rows', rows.length, records.length);
  const key = (r) => r.finding_id ?? r.stream_id ?? r.session_id ?? r.flow_id ?? r.path ?? r.interface ?? [r.client, r.prefix, r.port, r.transport].join(' ');
  const at = new Map(rows.map((r) => [`${key(r)} ${r.interval_s ?? ''} ${r.interval_s ? r.start_time : ''}`, r]));
  let wrong = 0;
  for (const record of records) {
    const row = at.get(`${key(record)} ${record.interval_s ?? ''} ${record.interval_s ? micros(record.start_time) : ''}`);
    if (!row) { fault('no row for ' + key(record)); continue; }
    for (const c of columns.filter((c) => !head.includes(c.name))) {
      const want = expected(record, c);
      const got = JSON.stringify(found(row[c.name], c, want));
      if (got !== JSON.stringify(want) && wrong++ < 5) fault(`${key(record)} ${c.name}: ${got}, want ${JSON.stringify(want)}`);
    }
  }
  if (wrong > 5) console.log(`  and ${wrong - 5} more cells`);
  same('schema_version and run_id', [...new Set(rows.map((r) => `${r.schema_version} ${r.run_id}`))].join(), `1 ${runID}`);
  return rows;
}

// checkLayout: a row lies in the partition of its day and sensor, and the footer names the table.
async function checkLayout(table, files) {
  const day = dayOf[table] ?? 'start_time';
  const [{ n }] = await query(`select count(*) n from read_parquet(${files}, hive_partitioning=true)
    where dt <> cast(${day} as date) or sensor <> regexp_replace(lower(sensor_id), '[^a-z0-9.-]', '-', 'g')`);
  same('rows in a wrong partition', n, '0');
  const meta = await query(`select distinct decode(value) v from parquet_kv_metadata(${files}) where decode(key) = 'webexaudit.schema'`);
  same('footer', meta.map((m) => m.v).join(), table + '/1');
}

// captureRecords joins files and capture health as the table does.
function captureRecords(run, health) {
  const of = (f) => health.find((h) => h.file === f.path || (!h.file && run.files.length === 1));
  const files = (run.files ?? []).map((f) => [f, of(f)]);
  const rest = health.filter((h) => !files.some(([, x]) => x === h));
  return [...files, ...rest.map((h) => [{ path: h.file, packets: h.packets, first_time: h.start_time, last_time: h.end_time, damage: h.damage }, h])]
    .map(([f, h]) => ({ ...h, ...f, damage: f.damage, bytes: f.bytes, wire_bytes: h?.bytes, tool: run.tool, tool_version: run.version, pack: run.pack,
      site: run.site, vantage: run.vantage }));
}

await query("set TimeZone = 'UTC'");
await query('set autoinstall_known_extensions = false');
const lines = readFileSync(runFile, 'utf8').split('\n').filter(Boolean).map((l) => JSON.parse(l));
const of = (type) => lines.filter((l) => l.type === type);
const run = of('run')[0];
const flows = new Map(of('flow').map((f) => [f.flow_id, { start_time: f.start_time, client: f.client, client_subnet: f.client_subnet, site: f.site }]));
const runID = basename(readdirSync(lake, { recursive: true }).find((f) => f.endsWith('.parquet'))).split('-')[0];
for (const name of readdirSync(lake)) if (!(name in lineType) && name !== '_runs') fault('unknown table ' + name);

// The marker names every file, and no other.
const present = readdirSync(lake, { recursive: true }).filter((f) => f.endsWith('.parquet')).sort();
const marked = (await query(`select unnest(files) f from read_json(${text(join(lake, '_runs/v1/*/*.json'))})`)).map((r) => r.f).sort();
if (JSON.stringify(present) !== JSON.stringify(marked)) fault(`the marker names ${marked}; there are ${present}`);

for (const [table, type] of Object.entries(lineType)) {
  const before = faults;
  let records = type ? of(type) : captureRecords(run, of('capture_health'));
  if (table === 'tls_sessions') records = records.map((r) => ({ ...r, ...flows.get(r.flow_id) }));
  const [{ sensor_id }] = await query(`select sensor_id from read_parquet(${text(join(lake, '*/v1/*/*/*.parquet'))}, union_by_name=true) limit 1`);
  records = records.map((r) => ({ ...r, sensor_id, pack_id: run.pack.id }));
  if (!existsSync(join(lake, table))) {
    same(table + ' rows', 0, records.length);
    console.log(`${table}: no rows, no files`);
    continue;
  }
  const files = text(join(lake, table, 'v1/*/*/*.parquet'));
  const columns = columnsOf(table);
  await checkSchema(files, columns);
  const rows = await checkRows(files, columns, records);
  await checkLayout(table, files);
  const packets = rows.reduce((n, r) => n + Number(r.packets ?? 0) + Number(r.packets_fwd ?? 0) + Number(r.packets_rev ?? 0), 0);
  const counted = 'packets' in rows[0] || 'packets_fwd' in rows[0] ? `, ${packets} packets` : '';
  console.log(`${table}: ${columns.length} columns, ${rows.length} rows${counted}: ${faults === before ? 'ok' : 'FAULTS'}`);
}
const [{ version }] = await query('select version() as version');
console.log(faults ? `${faults} faults (DuckDB ${version})` : `the lake reads back as written (DuckDB ${version})`);
process.exit(faults ? 1 : 0);
