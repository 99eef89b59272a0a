import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { DEFAULT_DECODE_OPTIONS } from '../../src/audio/decode.ts';
import { readRecording } from '../../src/audio/recordings.ts';
import { UsageError } from '../../src/errors.ts';
import { check } from '../../src/graphs/check.ts';
import { loadPipelines } from '../../src/graphs/load.ts';
import { openSession, type SessionEvent } from '../../src/graphs/open-session.ts';
import type { FinalText } from '../../src/records.ts';

const decoding = { ...DEFAULT_DECODE_OPTIONS, channel: 'mix', cacheBytes: 0 } as const;

describe('a live session', function () {
  this.timeout(180_000);

  it('hears what a program pushes, and gives final texts with times, in order', async () => {
    const { samples, sampleRate } = await readRecording('fixtures/audio/cs_yesterday_zh_en.wav', decoding);
    const session = await openSession({ name: 'talk', parameters: { device: 'cpu' } });
    session.push(
      Int16Array.from(samples, (sample) => Math.round(sample * 32_768)),
      sampleRate,
    );
    session.end();
    const events: SessionEvent[] = [];
    for await (const event of session.events) events.push(event);
    const finals = events.filter((event): event is FinalText => event.kind === 'final');
    const text = finals.map((final) => final.text).join('');
    assert.match(text, /yesterday/i);
    assert.match(text, /today is/i);
    assert.match(text, /星期三/);
    assert.ok(finals.every(({ id, origin }) => id.startsWith('talk#') && origin.path === 'talk'));
    assert.equal(finals.at(-1)?.endsUtterance, true);
    const words = finals.flatMap((final) => final.words);
    for (const [index, { start, end, language }] of words.entries()) {
      assert.ok(start >= (words[index - 1]?.start ?? 0) && end >= start && end <= 8.2);
      assert.ok(['zh', 'en', 'other'].includes(language));
    }
    const { outcome, conserved } = await session.finished;
    assert.deepEqual([outcome, conserved], ['done', true]);
  });

  it('runs beside others of its process, of which none writes a file', async () => {
    const { samples, sampleRate } = await readRecording('fixtures/audio/english-jfk.flac', decoding);
    const sessions = await Promise.all(
      ['one', 'two', 'three'].map((name) => openSession({ name, parameters: { device: 'cpu' } })),
    );
    const texts = sessions.map(async (session) => {
      session.push(samples.subarray(0, 3 * sampleRate), sampleRate);
      session.end();
      let text = '';
      for await (const event of session.events) if (event.kind === 'final') text += event.text;
      assert.equal((await session.finished).outcome, 'done');
      return text;
    });
    for (const text of await Promise.all(texts)) assert.match(text, /fellow Americans/i);
    assert.ok(!existsSync('live.errors.arrow'));
    const [loaded] = await loadPipelines('pipelines/live.json', { parameters: { source: 'program' } });
    const collectorOf = (to: 'file' | 'program') =>
      check(loaded!, to).plan!.nodes.find(({ implicit }) => implicit)!.operator.description.name;
    assert.deepEqual([collectorOf('program'), collectorOf('file')], ['send', 'write-arrow']);
  });

  it('refuses audio that it cannot take', async () => {
    const session = await openSession({ parameters: { device: 'cpu' } });
    const refused = (code: string) => (fault: unknown) => fault instanceof UsageError && fault.code === code;
    assert.throws(() => session.push(new Float32Array(1), 0), refused('sample-rate'));
    session.push(new Float32Array(160), 16_000);
    assert.throws(() => session.push(new Float32Array(1), 48_000), refused('sample-rate'));
    session.end();
    assert.throws(() => session.push(new Float32Array(1), 16_000), refused('session-ended'));
    const heard: string[] = [];
    for await (const { kind } of session.events) heard.push(kind);
    assert.deepEqual(new Set(heard), new Set(['activity']));
    assert.equal((await session.finished).outcome, 'done');
  });

  it('names the faults of a pipeline', async () => {
    const opening = openSession({ overrides: ['nodes.speech.with.treshold=0.4'] });
    await assert.rejects(opening, (fault) => fault instanceof UsageError && /treshold/.test(fault.message));
  });
});
