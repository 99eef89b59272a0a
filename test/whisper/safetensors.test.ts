import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { UsageError } from '../../src/errors.ts';
import { asNumbers, bytesPerNumber, halvesToFloats, type NumberFormat } from '../../src/whisper/number-formats.ts';
import { openSafetensors, writeSafetensors } from '../../src/whisper/safetensors.ts';
import { temporaryFolder } from '../support/folder.ts';
import { fuzzRuns, mutated } from '../support/mutations.ts';

/** A file of this header and data. */
function fileOf(header: unknown, data: Uint8Array = new Uint8Array(), headerLength?: bigint): Buffer {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(headerLength ?? BigInt(json.length));
  return Buffer.concat([length, json, data]);
}
const tensor = (begin: number, end: number, shape: unknown = [end - begin], dtype = 'U8') => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe('safetensors files', () => {
  const folder = temporaryFolder();
  const path = join(folder, 'model.safetensors');

  it('are read as Python wrote them', async () => {
    const file = await openSafetensors('fixtures/weights/python.safetensors');
    assert.deepEqual(
      new Map(file.metadata),
      new Map([
        ['format', 'np'],
        ['written by', 'safetensors'],
      ]),
    );
    assert.deepEqual(file.tensors.get('int8'), { ...file.tensors.get('int8'), format: 'I8', shape: [2, 3] });
    assert.deepEqual(
      [...asNumbers(await file.readBytes('single'), Float32Array)],
      [1.5, -2.25, Math.fround(3e-3), 65504],
    );
    assert.deepEqual(
      [...halvesToFloats(asNumbers(await file.readBytes('half'), Uint16Array))],
      [0.0999755859375, -0.3330078125, 5.960464477539063e-8, 65504, -0],
    );
    assert.deepEqual([...asNumbers(await file.readBytes('int8'), Int8Array)], [-127, 0, 127, 1, -2, 3]);
    assert.deepEqual([...asNumbers(await file.readBytes('long'), BigInt64Array)], [2n ** 40n]);
    assert.deepEqual(file.tensors.get('scalar')?.shape, []);
    assert.equal((await file.readBytes('empty')).length, 0);
    await file.close();
  });

  it('give back what was written, whatever names, shapes and bytes', () =>
    fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(
          fc.record({
            name: fc
              .oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'a"b', '日本'))
              .filter((name) => name !== '__metadata__'),
            format: fc.constantFrom(...(Object.keys(bytesPerNumber) as NumberFormat[])),
            shape: fc.array(fc.nat(4), { maxLength: 3 }),
            seed: fc.nat(255),
          }),
          { selector: ({ name }) => name, maxLength: 6 },
        ),
        fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
        async (tensors, metadata) => {
          const bytes = tensors.map(({ format, shape, seed }) =>
            new Uint8Array(shape.reduce((a, b) => a * b, bytesPerNumber[format])).map((_, i) => (i * 7 + seed) % 256),
          );
          await writeSafetensors(
            path,
            tensors.map((entry, i) => ({ ...entry, read: () => Promise.resolve(bytes[i]!) })),
            metadata,
          );
          const file = await openSafetensors(path);
          assert.deepEqual(new Map(file.metadata), new Map(Object.entries(metadata)));
          assert.deepEqual([...file.tensors.keys()].sort(), tensors.map(({ name }) => name).sort());
          for (const [i, { name, format, shape }] of tensors.entries()) {
            assert.equal(file.tensors.get(name)?.format, format);
            assert.deepEqual(file.tensors.get(name)?.shape, shape);
            assert.deepEqual(await file.readBytes(name), bytes[i]);
          }
          await file.close();
        },
      ),
      { numRuns: 60 },
    ));

  const faults: [string, Buffer, RegExp][] = [
    ['an empty file', Buffer.alloc(0), /0 bytes, too few/],
    ['a header longer than the file', fileOf('{}', undefined, 3n), /header is said to be 3 bytes/],
    ['a header of 2^63 bytes', fileOf('{}', undefined, 1n << 63n), /header is said to be/],
    ['a header that is no JSON', fileOf('{"a":}'), /not JSON/],
    ['a header that is a list', fileOf([]), /no map/],
    ['a header that is not UTF-8', Buffer.concat([fileOf('"', undefined, 2n), Buffer.of(0xff)]), /not UTF-8/],
    ['an entry that is a number', fileOf({ a: 1 }), /"a", entry/],
    ['an unknown format', fileOf({ a: tensor(0, 1, [1], 'I9') }, Buffer.alloc(1)), /"a", dtype/],
    ['a negative size', fileOf({ a: tensor(0, 1, [-1, -1]) }, Buffer.alloc(1)), /"a", shape.0/],
    ['a size that is no whole number', fileOf({ a: tensor(0, 1, [0.5]) }, Buffer.alloc(1)), /"a", shape.0/],
    [
      'sizes whose product overflows',
      fileOf({ a: tensor(0, 1, [2 ** 40, 2 ** 40]) }, Buffer.alloc(1)),
      /needs .* bytes and has 1/,
    ],
    ['an unknown field', fileOf({ a: { ...tensor(0, 1), offset: 0 } }, Buffer.alloc(1)), /Unrecognized key/],
    [
      'a shape that does not fit the bytes',
      fileOf({ a: tensor(0, 3, [2]) }, Buffer.alloc(3)),
      /needs 2 bytes and has 3/,
    ],
    ['an end before the begin', fileOf({ a: tensor(2, 0, [2]) }, Buffer.alloc(2)), /needs 2 bytes and has -2/],
    ['bytes behind the end', fileOf({ a: tensor(0, 9) }, Buffer.alloc(4)), /need 9 bytes of data and it has 4/],
    ['bytes that no tensor has', fileOf({ a: tensor(0, 2) }, Buffer.alloc(4)), /need 2 bytes of data and it has 4/],
    ['a hole', fileOf({ a: tensor(0, 2), b: tensor(3, 4) }, Buffer.alloc(4)), /"b" begins at byte 3 .* instead of 2/],
    [
      'an overlap',
      fileOf({ a: tensor(0, 2), b: tensor(1, 4) }, Buffer.alloc(4)),
      /"b" begins at byte 1 .* instead of 2/,
    ],
    [
      'a name that stands twice',
      fileOf(
        '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\\u0061":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
        Buffer.alloc(1),
      ),
      /"a" twice/,
    ],
    [
      'a field that stands twice',
      fileOf('{"a":{"dtype":"U8","shape":[1],"shape":[1],"data_offsets":[0,1]}}', Buffer.alloc(1)),
      /"shape" twice/,
    ],
    ['metadata that are numbers', fileOf({ __metadata__: { a: 1 } }), /__metadata__/],
    ['depth without end', fileOf('['.repeat(100_000)), /not JSON/],
  ];
  for (const [what, bytes, message] of faults) {
    it(`with ${what} are refused`, async () => {
      writeFileSync(path, bytes);
      await assert.rejects(openSafetensors(path), (error: unknown) => {
        assert.ok(error instanceof UsageError && error.code === 'weights', String(error));
        assert.match(error.message, message);
        assert.ok(error.message.startsWith(path));
        return true;
      });
    });
  }

  it('that do not exist are named', () =>
    assert.rejects(openSafetensors(join(folder, 'absent')), /absent cannot be opened: .*no such file/));

  it(`of any damage are refused or give tensors inside the file (${fuzzRuns} tried)`, async function () {
    this.timeout(600_000);
    const sound = readFileSync('fixtures/weights/python.safetensors');
    await fc.assert(
      fc.asyncProperty(mutated(sound), async (bytes) => {
        writeFileSync(path, bytes);
        try {
          const file = await openSafetensors(path);
          for (const name of file.tensors.keys()) {
            const read = await file.readBytes(name);
            assert.ok(read.length <= bytes.length);
          }
          await file.close();
        } catch (error) {
          if (!(error instanceof UsageError)) throw error;
        }
      }),
      { numRuns: fuzzRuns },
    );
  });
});
