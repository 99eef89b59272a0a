import assert from 'node:assert/strict';
import { checkOrigin, checkToken, type AccessRules, type Credentials } from '../../src/server/access.ts';
import { openServer } from './open-server.ts';

const nobody: Credentials = {
  host: '127.0.0.1:8000',
  origin: undefined,
  authorization: undefined,
  cookie: undefined,
  token: undefined,
};
const rules: AccessRules = { host: '127.0.0.1', origins: ['https://speech.example.org'], token: 'secret' };

describe('access to the server', () => {
  it('is for pages of its own origin, of origins that were named, and for programs that are no pages', () => {
    const cases: [Partial<Credentials>, boolean][] = [
      [{}, true],
      [{ origin: 'http://127.0.0.1:8000' }, true],
      [{ host: 'localhost:8000', origin: 'http://localhost:8000' }, true],
      [{ host: '[::1]:8000', origin: 'http://[::1]:8000' }, true],
      [{ host: 'speech.example.org', origin: 'https://speech.example.org' }, true],
      [{ origin: 'https://speech.example.org' }, true],
      [{ origin: 'http://127.0.0.1:9000' }, false],
      [{ origin: 'https://evil.example' }, false],
      [{ origin: 'null' }, false],
      [{ origin: '' }, false],
      // A name of somebody else's that points to 127.0.0.1.
      [{ host: 'evil.example:8000', origin: 'http://evil.example:8000' }, false],
      [{ host: 'evil.example:8000' }, false],
      [{ host: undefined }, false],
    ];
    for (const [given, isLetIn] of cases) {
      const check = (): void => checkOrigin({ ...nobody, ...given }, rules);
      if (isLetIn) assert.doesNotThrow(check, JSON.stringify(given));
      else assert.throws(check, { status: 403 }, JSON.stringify(given));
    }
  });

  it('takes the token from the header, the address or the cookie, and nothing like it', () => {
    const cases: [Partial<Credentials>, boolean][] = [
      [{ authorization: 'Bearer secret' }, true],
      [{ authorization: 'bearer  secret ' }, true],
      [{ token: 'secret' }, true],
      [{ cookie: 'a=b; diglot-token=secret' }, true],
      [{}, false],
      [{ authorization: 'Bearer secret2' }, false],
      [{ authorization: 'Basic secret' }, false],
      [{ authorization: 'Bearer' }, false],
      [{ token: '' }, false],
      [{ cookie: 'diglot-token=%E0%A4%A' }, false],
    ];
    for (const [given, isLetIn] of cases) {
      const check = (): void => checkToken({ ...nobody, ...given }, rules);
      if (isLetIn) assert.doesNotThrow(check, JSON.stringify(given));
      else assert.throws(check, { status: 401 }, JSON.stringify(given));
    }
    assert.doesNotThrow(() => checkToken(nobody, { ...rules, token: null }));
  });

  it('is not given to others without a token', async () => {
    await assert.rejects(openServer({ host: '0.0.0.0' }), { name: 'UsageError', code: 'token', message: /--token/ });
  });
});
