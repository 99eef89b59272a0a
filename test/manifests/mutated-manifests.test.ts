/**
 * Manifests that were damaged, by chance and by malice. DIGLOT_FUZZ_RUNS says how many are tried (20,000 take about a
 * minute); each is a valid manifest of some format with a few changes.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import fc from 'fast-check';
import { RecordError } from '../../src/errors.ts';
import { readManifestEntries, type Format } from '../../src/manifests/find-manifests.ts';
import { temporaryFolder } from '../support/folder.ts';

const runs = Number(process.env['DIGLOT_FUZZ_RUNS'] ?? 300);

interface Sample {
  readonly format: Format;
  /** The file that is damaged. */
  readonly file: string;
  readonly bytes: Buffer;
}

const jsonl =
  '{"key": "u1", "wav": "a.wav", "txt": "你好 \\"world\\"", "start": 1.5, "end": 4}\n{"audio_filepath": "b/c.wav", "duration": 2, "offset": 0.5, "lang": "<|zh|>"}\n';
const csv = 'id,path,start,duration,text\nu1,a.wav,0,1.5,"one, ""two""\nthree"\nu2,b.wav,1e0,,\n';
const kaldi = {
  'wav.scp': 'r1 a.wav\nr2 sox b.wav -t wav - |\n',
  segments: 'u1 r1 0 1.5\nu2 r1 1.5 -1\nu3 r2 0 1\n',
  text: 'u1 你好 world\nu2 two\n',
  utt2spk: 'u1 s1\nu2 s2\n',
};
const samples: readonly Sample[] = [
  { format: 'jsonl', file: 'm.jsonl', bytes: Buffer.from(jsonl) },
  { format: 'csv', file: 'm.csv', bytes: Buffer.from(csv) },
  { format: 'tsv', file: 'm.tsv', bytes: Buffer.from(csv.replaceAll(',', '\t')) },
  ...Object.entries(kaldi).map(([name, text]) => ({
    format: 'kaldi' as const,
    file: `kaldi/${name}`,
    bytes: Buffer.from(text),
  })),
  ...['stream', 'file'].map((form) => ({
    format: 'arrow' as const,
    file: 'm.arrow',
    bytes: readFileSync(`fixtures/manifests/pyarrow-${form}.arrow`),
  })),
];

/** What malice would write into a manifest. */
const poison = [
  '../',
  '../../../../etc/passwd',
  '/etc/passwd',
  '\\..\\..\\',
  '| rm -rf x |',
  'file:///etc/passwd',
  '"',
  '""',
  ',',
  '\t',
  '\n',
  '\r\n',
  '\0',
  '\uFEFF',
  '{',
  '}',
  '[[[[[[[[',
  '\\ud800',
  '__proto__',
  '"constructor":',
  '1e999',
  '-1',
  'NaN',
  '9'.repeat(400),
  'a'.repeat(5000),
  '\x1b[31m',
  '$(reboot)',
  ' ',
].map((text) => Buffer.from(text));

/** Audio paths that lead out of the folder. */
const lures = ['../a.wav', 'b/../../a.wav', '../../../../../../etc/passwd', '/etc/passwd', '..', '/'].map((text) =>
  Buffer.from(text),
);

const change = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at: fc.nat(5000), bit: fc.nat(7) }),
  fc.record({ kind: fc.constant('set' as const), at: fc.nat(5000), byte: fc.constantFrom(0, 1, 0x7f, 0x80, 0xff) }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat(5000), length: fc.nat(40) }),
  fc.record({ kind: fc.constant('end' as const), at: fc.nat(5000) }),
  fc.record({ kind: fc.constant('copy' as const), at: fc.nat(5000), from: fc.nat(5000), length: fc.nat(200) }),
  fc.record({ kind: fc.constant('poison' as const), at: fc.nat(5000), bytes: fc.constantFrom(...poison) }),
  fc.record({ kind: fc.constant('lure' as const), at: fc.nat(5000), bytes: fc.constantFrom(...lures) }),
);
type Change = typeof change extends fc.Arbitrary<infer C> ? C : never;

function damage(bytes: Buffer, change: Change): Buffer {
  const at = change.at % (bytes.length + 1);
  const insert = (middle: Uint8Array) => Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(at)]);
  switch (change.kind) {
    case 'flip':
    case 'set': {
      const copy = Buffer.from(bytes);
      if (at < copy.length) copy[at] = change.kind === 'set' ? change.byte : copy[at]! ^ (1 << change.bit);
      return copy;
    }
    case 'cut':
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + change.length)]);
    case 'end':
      return bytes.subarray(0, at);
    case 'copy':
      return insert(bytes.subarray(change.from % (bytes.length + 1)).subarray(0, change.length));
    case 'poison':
      return insert(change.bytes);
    case 'lure':
      return Buffer.from(
        bytes.toString('latin1').replace('a.wav', () => change.bytes.toString('latin1')),
        'latin1',
      );
  }
}

describe('damaged manifests', () => {
  it(`give utterances inside their folder and error rows, and nothing else (${runs} tried)`, async function () {
    this.timeout(20_000 + runs * 20);
    const folder = temporaryFolder(
      Object.fromEntries(Object.entries(kaldi).map(([name, text]) => [`kaldi/${name}`, text])),
    );
    const seen = { utterances: 0, errors: 0 };
    const attempt = fc.tuple(fc.constantFrom(...samples), fc.array(change, { minLength: 1, maxLength: 6 }));
    await fc.assert(
      fc.asyncProperty(attempt, async ([sample, changes]) => {
        const file = join(folder, sample.file);
        for (const [name, text] of Object.entries(kaldi)) writeFileSync(join(folder, 'kaldi', name), text);
        writeFileSync(file, changes.reduce(damage, sample.bytes));
        const path = sample.format === 'kaldi' ? join(folder, 'kaldi') : file;
        const root = sample.format === 'kaldi' ? path : folder;
        let entries = 0;
        for await (const entry of readManifestEntries(
          { path, format: sample.format, bytes: 0 },
          { root: null, within: null, columns: {} },
        )) {
          assert.ok(++entries < 10_000, 'more entries than a small file can hold');
          if (entry instanceof RecordError) {
            seen.errors++;
            assert.match(entry.code, /^[a-z]+(-[a-z]+)*$/);
            assert.ok(entry.id !== null && entry.id.startsWith(folder) && entry.message.includes(folder));
            continue;
          }
          seen.utterances++;
          const inside = relative(root, resolve(entry.path));
          assert.ok(!/^\.\.(\/|$)/.test(inside) && !inside.startsWith('/'), `${entry.path} is outside`);
          assert.match(entry.id, /^[^\p{Cc}\p{Cs}]+$/u);
          assert.ok(Number.isFinite(entry.start) && entry.start >= 0, `start ${entry.start}`);
          assert.ok(
            entry.duration === null || (Number.isFinite(entry.duration) && entry.duration > 0),
            `duration ${entry.duration}`,
          );
          for (const text of [entry.reference, entry.language, entry.speaker])
            assert.ok(text === null || typeof text === 'string');
        }
      }),
      { numRuns: runs },
    );
    assert.ok(seen.utterances > runs / 4 && seen.errors > runs / 4, JSON.stringify(seen));
  });
});
