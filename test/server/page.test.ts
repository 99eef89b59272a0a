import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { chromium, type Browser, type Page } from 'playwright-core';
import { openServer, type ServerUnderTest } from './open-server.ts';

const recording = resolve('fixtures/audio/cs_yesterday_zh_en.wav');

/** As Debian and others call it. */
const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

describe(`the page${browserPath === undefined ? ' (needs chromium)' : ''}`, function () {
  this.timeout(600_000);
  let server: ServerUnderTest;
  let browser: Browser;
  let page: Page;
  /** Addresses of other servers that the page asked, and what it complained of. */
  const strange: string[] = [];
  const complaints: string[] = [];

  before(async function () {
    if (browserPath === undefined) this.skip();
    server = await openServer();
    browser = await chromium.launch({
      executablePath: browserPath,
      args: [
        '--no-sandbox',
        '--use-fake-ui-for-media-stream',
        '--use-fake-device-for-media-stream',
        `--use-file-for-fake-audio-capture=${recording}%noloop`,
      ],
    });
    page = await browser.newPage({ permissions: ['microphone'] });
    page.setDefaultTimeout(240_000);
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
  after(async () => {
    await browser?.close();
    await server?.close();
  });

  /** The words on the page by the class that colours them, without spaces. */
  async function wordsOf(className: string): Promise<string> {
    const texts = await page.locator(`#transcript .spoken.${className}:not(.partial *)`).allTextContents();
    return texts.join('').replaceAll(' ', '');
  }

  /** Speaks the recording into the page, and waits until everything is told. @returns Whether all of it was heard. */
  async function speak(): Promise<boolean> {
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByRole('button', { name: 'Stop' }).waitFor();
    await page.locator('#time', { hasText: /^(0:09|0:[1-5]\d|[1-9])/ }).waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: 'Start' }).waitFor();
    return (await page.locator('#transcript .gap').count()) === 0;
  }

  it('hears code-switched speech from the microphone and writes it in the colours of its languages', async function () {
    const heardAll = await speak();
    // A machine that is busy with other things cannot follow speech; the page has said so.
    if (!heardAll) this.skip();
    assert.match(await wordsOf('en'), /Tuesday/);
    assert.match(await wordsOf('zh'), /明天/);
    assert.doesNotMatch(await wordsOf('en'), /\p{Script=Han}/u);
    assert.doesNotMatch(await wordsOf('zh'), /[a-z]/i);
    assert.equal(await page.locator('#state').textContent(), 'Ready.');
    assert.match((await page.locator('#latency').textContent()) ?? '', /^\d+\.\d s$/);
    assert.equal(await page.locator('#language canvas').count(), 1);
  });

  it('draws the graph of the session with the figures of each node', async () => {
    const nodes = await page.locator('#graph .node .id').allTextContents();
    const { nodes: declared } = JSON.parse(await readFile('pipelines/live.json', 'utf8')) as { nodes: object };
    assert.deepEqual(nodes.toSorted(), Object.keys(declared).toSorted());
    assert.match((await page.locator('#graph .node .figures').first().textContent()) ?? '', /^\d+\.\d\/s/);
  });

  it('gives the session as an Arrow table and as subtitles', async () => {
    const fetched = async (form: string): Promise<Buffer> => {
      const link = page.locator('#downloads a', { hasText: form });
      return Buffer.from(
        await (await fetch(new URL((await link.getAttribute('href')) ?? '', server.url))).arrayBuffer(),
      );
    };
    const table = tableFromIPC(await fetched('Arrow'));
    assert.ok(table.numRows > 0);
    const texts = Array.from(table.getChild('text') ?? [], String).join('');
    assert.match(texts, /Tuesday/);
    assert.match(String(await fetched('srt')), /^1\n00:00:0\d,\d{3} --> /);
  });

  it('takes a recording with its progress, and shows how sure a word is to the keyboard too', async () => {
    await page.setInputFiles('#file', recording);
    await page.locator('#upload-state', { hasText: /of audio in/ }).waitFor();
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
    await page.setViewportSize({ width: 390, height: 844 });
    // Charts are drawn anew for a width once the browser has laid the page out for it.
    const overflow = 'document.documentElement.scrollWidth - innerWidth';
    await page.waitForFunction(`${overflow} <= 0`, null, { timeout: 10_000 }).catch(async () => {
      assert.fail(`${await page.evaluate<number>(overflow)} px stand out at a phone's width`);
    });
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
