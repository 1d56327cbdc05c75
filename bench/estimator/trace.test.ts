import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readTrace, readTraces } from './trace.js';

describe('readTraces', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'leeway-traces-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const CSV = 't_s,key,size,duration_s,source\n2,b:x,7,0.5,lab\n1,a,,1.25,lab:timeout\n';

  it('reads plain and compressed files with columns by name, and sorts rows by time', () => {
    writeFileSync(join(folder, 'one.csv'), CSV);
    writeFileSync(join(folder, 'two.csv.gz'), gzipSync(CSV));
    const traces = readTraces(folder);
    expect(traces.map(({ name }) => name)).toEqual(['one', 'two']);
    expect([...(traces[1]?.durationMs ?? [])]).toEqual([1_250, 500]);
    expect(traces[1]?.keys).toEqual(['a', 'b:x']);
  });

  it('marks a trace of derived durations', () => {
    writeFileSync(join(folder, 'made.csv'), 't_s,key,duration_s,source\n1,a,2,x:derived\n');
    expect(readTrace(join(folder, 'made.csv')).derived).toBe(true);
  });

  it('chooses an operator limit by the name of the file and its longest job', () => {
    writeFileSync(join(folder, 'llm_calls.csv'), `t_s,key,duration_s\n1,a,100\n`);
    writeFileSync(join(folder, 'llm_tiny.csv'), `t_s,key,duration_s\n1,a,0.1\n`);
    writeFileSync(join(folder, 'other.csv'), `t_s,key,duration_s\n1,a,7200\n`);
    expect(readTraces(folder).map(({ hardCapMs }) => hardCapMs)).toEqual([600_000, 2_500, 8_640_000]);
  });

  it('names a file that is not compressed, a file without rows, and a folder that does not exist', () => {
    writeFileSync(join(folder, 'torn.csv.gz'), 'no gzip');
    expect(() => readTrace(join(folder, 'torn.csv.gz'))).toThrow(/torn\.csv\.gz: expected a gzip file/);
    writeFileSync(join(folder, 'header.csv'), 't_s,key,duration_s\n');
    expect(() => readTrace(join(folder, 'header.csv'))).toThrow(/header\.csv: expected at least one row/);
    expect(() => readTraces(join(folder, 'nowhere'))).toThrow(/there is no folder .*nowhere/);
  });

  it('names file and line of an invalid row, and a folder without traces', () => {
    expect(() => readTraces(folder)).toThrow(folder);
    writeFileSync(join(folder, 'bad.csv'), 't_s,key,duration_s\n1,a,2\n1,a,soon\n');
    expect(() => readTraces(folder)).toThrow('bad.csv:3');
    writeFileSync(join(folder, 'bad.csv'), 'time,key\n');
    expect(() => readTraces(folder)).toThrow('expected the columns');
  });
});
