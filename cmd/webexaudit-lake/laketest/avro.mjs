// Reads lists of files of Iceberg with avsc (npm package, installed in the folder that is the argument). Standard input is
// the path of a list of lists. It prints the files that are in the table: address, rows, bytes, how the table is divided, and
// the bounds of columns by field id, in hex.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const avro = createRequire(join(process.argv[2], 'here'))('avsc');
const long = avro.types.LongType.__with({ // ids of snapshots are more than a number of JavaScript holds
  fromBuffer: (b) => b.readBigInt64LE(), toBuffer: (n) => { const b = Buffer.alloc(8); b.writeBigInt64LE(n); return b; },
  fromJSON: BigInt, toJSON: Number, isValid: (n) => typeof n === 'bigint', compare: (a, b) => (a < b ? -1 : +(a > b)),
});
const parseHook = (schema) => avro.Type.forSchema(schema, { registry: { long } });
const read = (url) =>
  new Promise((done, fail) => {
    const records = [];
    avro.createFileDecoder(fileURLToPath(url), { parseHook }).on('data', (r) => records.push(r)).on('end', () => done(records)).on('error', fail);
  });
const bounds = (list) => Object.fromEntries((list ?? []).map(({ key, value }) => [key, value.toString('hex')]));
const files = [];
for (const list of await read(JSON.parse(readFileSync(0, 'utf8')))) {
  for (const { status, data_file: f } of await read(list.manifest_path)) {
    if (status === 2 || f.content !== 0) continue; // taken out, or no data
    files.push({ path: f.file_path, rows: Number(f.record_count), bytes: Number(f.file_size_in_bytes), division: f.partition,
      lower: bounds(f.lower_bounds), upper: bounds(f.upper_bounds) });
  }
}
console.log(JSON.stringify(files));
