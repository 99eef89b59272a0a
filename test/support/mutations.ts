/** Damaged copies of a sound file, for tests that no damage may crash a reader. */
import fc from 'fast-check';

/** `DIGLOT_FUZZ_RUNS`, where more are wanted than a quick run tries. */
export const fuzzRuns = Number(process.env['DIGLOT_FUZZ_RUNS'] ?? 300);

const telling = [0, 1, 0x22, 0x2d, 0x30, 0x39, 0x5b, 0x5d, 0x7b, 0x7d, 0x7f, 0x80, 0xff];

/** One to four changes: bytes replaced, taken out, put in, doubled, moved, or the end cut off. */
export function mutated(sound: Uint8Array): fc.Arbitrary<Uint8Array> {
  const position = fc.nat(sound.length - 1);
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 8 });
  const change = fc.oneof(
    fc.record({
      at: position,
      cut: fc.constant(1),
      put: fc.constantFrom(...telling).map((byte) => Uint8Array.of(byte)),
    }),
    fc.record({ at: position, cut: fc.nat(8), put: bytes }),
    fc.record({ at: position, cut: fc.nat(64), put: fc.constant(new Uint8Array()) }),
    fc.record({ at: position, cut: fc.constant(0), put: position.map((from) => sound.slice(from, from + 40)) }),
    fc.record({ at: position, cut: fc.constant(sound.length), put: fc.constant(new Uint8Array()) }),
  );
  return fc
    .array(change, { minLength: 1, maxLength: 4 })
    .map((changes) =>
      changes.reduce(
        (file: Uint8Array, { at, cut, put }) => Buffer.concat([file.subarray(0, at), put, file.subarray(at + cut)]),
        sound,
      ),
    );
}
