import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../src/errors.ts';
import { findModel } from '../../src/whisper/find-model.ts';
import { hubModel, isHubId } from '../../src/whisper/hub.ts';
import { openModel } from '../../src/whisper/open-model.ts';
import { folderPerTest } from '../support/folder-per-test.ts';
import { temporaryFolder } from '../support/folder.ts';
import { startHub, type HubServer } from '../support/hub-server.ts';
import { writeTinyModel } from '../support/tiny-model.ts';

const weights = 'model.safetensors';
const at = (file: string, revision = 'main') => `some/tiny/resolve/${revision}/${file}`;
const refused = (message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof UsageError && error.code === 'model', String(error));
  assert.match(error.message, message);
  return true;
};

describe('a model of the hub', () => {
  const original = join(temporaryFolder(), 'tiny');
  const cache = folderPerTest();
  let hub: HubServer;
  before(() => writeTinyModel(original));
  beforeEach(async () => {
    hub = await startHub();
    for (const name of readdirSync(original)) hub.files.set(at(name), readFileSync(join(original, name)));
    hub.large.add(at(weights));
  });
  afterEach(() => hub.close());
  const options = (more: object = {}) => ({ host: hub.host, cacheFolder: cache(), ...more });
  const content = (file: string) => readFileSync(join(cache('some', 'tiny', 'main'), file));

  it('is fetched once, whole, and found again without the network', async () => {
    const folder = await hubModel('some/tiny', options());
    assert.equal(folder, cache('some', 'tiny', 'main'));
    for (const name of readdirSync(original)) assert.deepEqual(content(name), readFileSync(join(original, name)));
    assert.deepEqual(readdirSync(folder).sort(), readdirSync(original).sort());
    await hub.close();
    assert.equal(await hubModel('some/tiny', options({ offline: true })), folder);
    assert.equal(await findModel('some/tiny', options()), folder);
    await (await openModel(folder, 'some/tiny')).source.close();
  });

  it('may be of another revision', async () => {
    for (const [path, file] of hub.files) hub.files.set(path.replace('/main/', '/v2/'), file);
    assert.equal(await hubModel('some/tiny@v2', options()), cache('some', 'tiny', 'v2'));
  });

  it('goes on where connections broke off', async () => {
    const incomplete = cache('some', 'tiny', 'main', `${weights}.incomplete`);
    hub.arrived = () => statSync(incomplete, { throwIfNoEntry: false })?.size ?? 0;
    hub.breaks.push(5000, 7000);
    await hubModel('some/tiny', options());
    assert.deepEqual(content(weights), readFileSync(join(original, weights)));
    const fetched = hub.requests.filter((line) => line.startsWith('GET storage/'));
    assert.equal(fetched.length, 3);
    assert.deepEqual(
      fetched.map((line) => Number(/bytes=(\d+)-/.exec(line)?.[1] ?? 0)),
      [0, 5000, 12_000],
    );
  });

  it('goes on where an earlier run was killed, also behind the last byte', async () => {
    const whole = readFileSync(join(original, weights));
    for (const length of [1234, whole.length]) {
      const folder = cache(`killed-${length}`);
      await mkdir(join(folder, 'some/tiny/main'), { recursive: true });
      writeFileSync(join(folder, 'some/tiny/main', `${weights}.incomplete`), whole.subarray(0, length));
      hub.requests.length = 0;
      await hubModel('some/tiny', options({ cacheFolder: folder }));
      assert.deepEqual(readFileSync(join(folder, 'some/tiny/main', weights)), whole);
      const fetched = hub.requests.filter((line) => line.startsWith('GET storage/'));
      assert.deepEqual(fetched, length < whole.length ? [`GET storage/${at(weights)} bytes=1234-`] : []);
    }
  });

  it('is refused, and thrown away, when the contents are not what the hub states', async () => {
    const path = cache('some', 'tiny', 'main', `${weights}.incomplete`);
    await mkdir(cache('some', 'tiny', 'main'), { recursive: true });
    writeFileSync(path, 'not how the file begins');
    await assert.rejects(
      hubModel('some/tiny', options()),
      refused(/came with the hash [0-9a-f]{64} instead of [0-9a-f]{64}/),
    );
    assert.ok(!existsSync(path));
    assert.ok(!existsSync(cache('some', 'tiny', 'main', weights)));
    await hubModel('some/tiny', options());
  });

  it('has the hash of its small files checked too', async () => {
    hub.wrongHash = '0'.repeat(40);
    await assert.rejects(
      hubModel('some/tiny', options()),
      refused(/config\.json came with the hash [0-9a-f]{40} instead of 0{40}/),
    );
  });

  it('is not fetched when that is switched off', async () => {
    await assert.rejects(
      hubModel('some/tiny', options({ offline: true })),
      refused(/some\/tiny is not in .*switched off/),
    );
    assert.deepEqual(hub.requests, []);
  });

  it('is fetched once by processes that start together', async () => {
    const notes: string[] = [];
    const note = (message: string) => notes.push(message);
    const folders = await Promise.all([
      hubModel('some/tiny', options({ note })),
      hubModel('some/tiny', options({ note })),
    ]);
    assert.equal(folders[0], folders[1]);
    assert.equal(hub.requests.filter((line) => line.startsWith('GET storage/')).length, 1);
    assert.equal(notes.filter((line) => line.startsWith('Fetching some/tiny')).length, 1);
    assert.ok(notes.includes('Another process is fetching some/tiny; waiting for it.'));
  });

  it('may have its weights in shards, none of which may be missing', async () => {
    const whole = hub.files.get(at(weights))!;
    hub.files.delete(at(weights));
    hub.files.set(
      at('model.safetensors.index.json'),
      Buffer.from(JSON.stringify({ weight_map: { a: 'a.safetensors', b: 'b.safetensors' } })),
    );
    hub.files.set(at('a.safetensors'), whole);
    await assert.rejects(hubModel('some/tiny', options()), refused(/b\.safetensors does not exist/));
    hub.files.set(at('b.safetensors'), whole);
    await hubModel('some/tiny', options());
    assert.deepEqual(content('b.safetensors'), whole);
  });

  it('is said not to exist, with the address', () =>
    assert.rejects(
      hubModel('some/other', options()),
      refused(/some\/other\/resolve\/main\/config\.json does not exist/),
    ));

  it('stops when the run is aborted', async () => {
    const aborter = new AbortController();
    aborter.abort();
    await assert.rejects(hubModel('some/tiny', options({ signal: aborter.signal })), { name: 'AbortError' });
  });

  it('has an id that can name no other folder', () => {
    for (const id of ['a/b', 'open-ai/whisper-base.en', 'a/b@v1.0']) assert.ok(isHubId(id), id);
    for (const id of ['a', 'a/b/c', '../b', 'a/..', 'a/b@../c', '/b', 'a/', './b', 'a\\b/c', 'a/b c'])
      assert.ok(!isHubId(id), id);
  });
});
