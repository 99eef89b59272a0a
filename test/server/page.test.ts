import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { chromium, type Browser, type Page } from 'playwright-core';
import { openSession } from '../../src/graphs/open-session.ts';
import { temporaryFolder } from '../support/folder.ts';
import { openServer, type ServerUnderTest } from './open-server.ts';

const recording = resolve('fixtures/audio/cs_yesterday_zh_en.wav');

/** How often the microphone hears the recording, with a silence behind each, and seconds of one turn. */
const TURNS = 6;
const SILENCE = 3;
const TURN = 8.1 + SILENCE;

/** A WAV file of 16 kHz and 16 bits, several times. */
function severalTimes(wav: Buffer): Buffer {
  const from = wav.indexOf('data') + 8;
  const turn = Buffer.concat([wav.subarray(from), Buffer.alloc(32_000 * SILENCE)]);
  const whole = Buffer.concat([wav.subarray(0, from), ...Array.from({ length: TURNS }, () => turn)]);
  whole.writeUInt32LE(whole.length - 8, 4);
  whole.writeUInt32LE(whole.length - from, from - 4);
  return whole;
}

/** As Debian and others call it. */
const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

describe(`the page${browserPath === undefined ? ' (needs chromium)' : ''}`, function () {
  this.timeout(600_000);
  const folder = temporaryFolder();
  let server: ServerUnderTest;
  let browser: Browser;
  let page: Page;
  /** Addresses of other servers that the page asked, and what it complained of. */
  const strange: string[] = [];
  const complaints: string[] = [];

  before(async function () {
    if (browserPath === undefined) this.skip();
    // A machine that is busy with other things loses no audio here: texts come later, and the recording goes on for a while.
    const overrides = ['nodes.recogniser.with.mostLagSeconds=120'];
    server = await openServer({}, (options) => openSession({ ...options, overrides }));
    const spoken = join(folder, 'spoken.wav');
    writeFileSync(spoken, severalTimes(readFileSync(recording)));
    browser = await chromium.launch({
      executablePath: browserPath,
      args: [
        '--no-sandbox',
        '--use-fake-ui-for-media-stream',
        '--use-fake-device-for-media-stream',
        `--use-file-for-fake-audio-capture=${spoken}%noloop`,
      ],
    });
    page = await browser.newPage({ permissions: ['microphone'] });
    page.setDefaultTimeout(90_000);
    page.on('request', (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol.startsWith('http') && origin !== server.url) strange.push(request.url());
    });
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(server.url);
  });
  /** Pictures to be looked at, where somebody asks for them. */
  const pictures = process.env['DIGLOT_PICTURES'];
  afterEach(async function () {
    if (pictures === undefined || page === undefined) return;
    const name = (this.currentTest?.title ?? '').replaceAll(/\W+/g, '-').slice(0, 40);
    await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });

  /** The words on the page by the class that colours them, without spaces. */
  async function wordsOf(className: string): Promise<string> {
    const texts = await page.locator(`#transcript .spoken.${className}:not(.partial *)`).allTextContents();
    return texts.join('').replaceAll(' ', '');
  }

  /** Waits until a final word of that class has the text. */
  async function untilSaid(className: string, text: string): Promise<void> {
    await page.locator(`#transcript .spoken.${className}:not(.partial *)`, { hasText: text }).first().waitFor();
  }

  /** By keyboard alone: Start has the focus, and becomes Stop. */
  async function listenWhile(heard: () => Promise<void>): Promise<void> {
    await page.getByRole('button', { name: 'Start' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Stop' }).waitFor();
    await heard();
    assert.equal(await page.locator('#toggle:focus').textContent(), 'Stop');
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Start' }).waitFor();
  }

  it('writes code-switched speech in the colours of its languages while it is still spoken', async () => {
    await listenWhile(async () => {
      await untilSaid('en', 'Tuesday');
      await untilSaid('zh', '明');
      const [minutes = 0, seconds = 0] = ((await page.locator('#time').textContent()) ?? '').split(':').map(Number);
      const now = 60 * minutes + seconds;
      assert.ok(now > 0 && now < TURNS * TURN, `the words came at ${now} s of ${TURNS * TURN} s of audio`);
      assert.equal(await page.locator('#state').textContent(), 'Listening.');
    });
    assert.doesNotMatch(await wordsOf('en'), /\p{Script=Han}/u);
    assert.doesNotMatch(await wordsOf('zh'), /[a-z]/i);
    assert.equal(await page.locator('#state').textContent(), 'Ready.');
    assert.match((await page.locator('#latency').textContent()) ?? '', /^\d+\.\d s$/);
    assert.equal(await page.locator('#language canvas').count(), 1);
    // The calibrator that comes with diglot was asked about every word.
    assert.ok(await page.locator('#external-legend').isVisible());
    const told = page.locator('#transcript [title*="calibrated"]');
    assert.equal(await told.count(), await page.locator('#transcript [title*="p("]').count());
  });

  it('draws the graph of the session with the figures of each node', async () => {
    const nodes = await page.locator('#graph .node .id').allTextContents();
    const { nodes: declared } = JSON.parse(await readFile('pipelines/live.json', 'utf8')) as { nodes: object };
    // Without those that would write files: a session of the server has none.
    const files = ['table', 'subtitles', 'recording'];
    const working = Object.keys(declared).filter((id) => !files.includes(id));
    assert.deepEqual(nodes.toSorted(), working.toSorted());
    assert.match((await page.locator('#graph .node .figures').first().textContent()) ?? '', /^\d+\.\d\/s/);
  });

  it('gives the session as txt, srt, json and an Arrow table', async () => {
    const fetched = async (form: string): Promise<Buffer> => {
      const coming = page.waitForEvent('download');
      await page.getByRole('link', { name: form, exact: true }).press('Enter');
      const download = await coming;
      assert.equal(download.suggestedFilename(), `transcript.${form.toLowerCase()}`);
      return readFile(await download.path());
    };
    const table = tableFromIPC(await fetched('Arrow'));
    assert.ok(table.numRows > 0);
    const texts = Array.from(table.getChild('text') ?? [], String).join('');
    assert.match(texts, /Tuesday/);
    assert.match(String(await fetched('txt')), /Tuesday/);
    assert.match(String(await fetched('srt')), /^1\n00:00:0\d,\d{3} --> /);
    const { segments } = JSON.parse(String(await fetched('json'))) as {
      segments: { words: { word: string; start: number; end: number }[] }[];
    };
    const tuesday = segments.flatMap(({ words }) => words).find(({ word }) => /Tuesday/.test(word));
    assert.ok(tuesday !== undefined && tuesday.end > tuesday.start);
  });

  it('hears the languages that were chosen', async () => {
    const choice = page.getByRole('combobox', { name: 'Languages' });
    await choice.selectOption('English');
    await listenWhile(() => untilSaid('en', 'Tuesday'));
    assert.equal(await page.locator('#language-title').textContent(), 'Probability of English');
    assert.deepEqual(await page.locator('#legend li').allTextContents(), ['English', 'no language']);
    await choice.selectOption('Mandarin and English');
  });

  it('takes a recording with its progress, and shows how sure a word is to the keyboard too', async () => {
    await page.setInputFiles('#file', recording);
    await page.locator('#upload-state', { hasText: /^(Sending|Recognising) cs_yesterday/ }).waitFor();
    await page.locator('#upload-state', { hasText: /of audio in/ }).waitFor();
    assert.equal(await page.locator('#progress').getAttribute('value'), '1');
    assert.match(await wordsOf('en'), /Yesterday.*Tuesday/);
    assert.match(await wordsOf('zh'), /星期/);
    await page.locator('#transcript').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    const words = await page.locator('#transcript .spoken').allTextContents();
    const note = await page.locator('#word').textContent();
    assert.ok(note?.startsWith(`“${words[1]?.trim()}”, English, `), note ?? '');
    assert.match(note ?? '', /\d+ % sure, \d+\.\d–\d+\.\d s, p\(Mandarin\) 0\.\d\d/);
  });

  /** Red, green and blue of a colour as a browser tells it, in [0, 1] and linear (WCAG 2.2, relative luminance). */
  function luminance(colour: string): number {
    const parts = (colour.match(/[\d.]+/g) ?? []).slice(0, 3).map((part) => Number(part) / 255);
    const [red = 0, green = 0, blue = 0] = parts.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  const styleOf = (selector: string, property: string): Promise<string> =>
    page.evaluate<string>(`getComputedStyle(document.querySelector('${selector}'))['${property}']`);

  it('can be read in light and in dark, each language in a colour of its own', async () => {
    const papers: number[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const card = luminance(await styleOf('.words', 'backgroundColor'));
      papers.push(card);
      const colours = await Promise.all(['.spoken.zh', '.spoken.en', '.note'].map((name) => styleOf(name, 'color')));
      assert.equal(new Set(colours).size, 3);
      for (const colour of colours) {
        const [light, dark] = [card, luminance(colour)].toSorted((a, b) => b - a) as [number, number];
        const contrast = (light + 0.05) / (dark + 0.05);
        assert.ok(contrast >= 4.5, `${colour} on ${colorScheme}: contrast ${contrast.toFixed(1)}, WCAG asks 4.5`);
      }
    }
    assert.ok(papers[0]! > 0.8 && papers[1]! < 0.1);
  });

  it('fits on a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    // Charts are drawn anew for a width once the browser has laid the page out for it.
    const overflow = (): Promise<number> => page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    for (let frames = 0; frames < 100 && (await overflow()) > 0; frames++) {
      await page.evaluate('new Promise((resolve) => requestAnimationFrame(resolve))');
    }
    assert.equal(await overflow(), 0);
    for (const name of ['Start', 'Microphone', 'Languages']) {
      const box = await page.locator('.controls').getByText(name, { exact: true }).boundingBox();
      assert.ok(box !== null && box.x >= 0 && box.x + box.width <= 390, name);
    }
  });

  it('says what is wrong with a recording that is none', async () => {
    await page.setInputFiles('#file', { name: 'letter.wav', mimeType: 'audio/wav', buffer: Buffer.from('Dear Sir') });
    await page
      .locator('#upload-state', { hasText: 'letter.wav' })
      .filter({ hasNotText: /Sending|Recognising/ })
      .waitFor();
    assert.doesNotMatch((await page.locator('#upload-state').textContent()) ?? '', /\/tmp/);
  });

  it('can be used by landmarks and names, without a pointer', async () => {
    for (const role of ['banner', 'main', 'contentinfo', 'log'] as const) {
      assert.equal(await page.getByRole(role).count(), 1, role);
    }
    const tree = await page.locator('body').ariaSnapshot();
    assert.match(tree, /button "Start"/);
    assert.match(tree, /combobox "Microphone"/);
    assert.match(tree, /region "Transcript"/);
    assert.doesNotMatch(tree, /^ *- (button|combobox|meter|progressbar|img|region)( *:|$)/m);
  });

  it('asks no other server for anything, and complains of nothing', () => {
    assert.deepEqual(strange, []);
    assert.deepEqual(
      complaints.filter((message) => !/status of 400/.test(message)),
      [],
    );
  });

  it('asks for the token once, and keeps it out of the address', async () => {
    const guarded = await openServer({ token: 'se/cret' });
    try {
      const stranger = await browser.newPage();
      assert.equal((await stranger.goto(guarded.url))?.status(), 401);
      assert.equal((await stranger.goto(`${guarded.url}/?token=se%2Fcret`))?.status(), 200);
      assert.equal(stranger.url(), `${guarded.url}/`);
      assert.equal((await stranger.goto(guarded.url))?.status(), 200);
    } finally {
      await guarded.close();
    }
  });
});
