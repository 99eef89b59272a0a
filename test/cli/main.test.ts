import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { countRows } from '../../src/tables/reader.ts';
import { diglot, start } from './command-line.ts';

const pipelines = relative('.', fileURLToPath(new URL('pipelines', import.meta.url)));
const count = join(pipelines, 'count.json');
const kept = join(pipelines, 'kept.json');
const faulty = join(pipelines, 'faulty.json');
const sweep = join(pipelines, 'sweep.ts');

describe('command line', function () {
  this.timeout(60_000);
  let folder: string;
  let errors: string[];
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'diglot-'));
    errors = ['--errors', join(folder, 'errors.arrow')];
  });
  after(() => rm(folder, { recursive: true }));

  describe('help', () => {
    it('lists the commands with examples and the exit statuses, on standard output', async () => {
      const { status, stdout, stderr } = await diglot('--help');
      assert.deepEqual([status, stderr], [0, '']);
      for (const word of [
        'transcribe',
        'run',
        'check',
        'draw',
        'describe',
        'list',
        'explain',
        'Examples:',
        'Exit status: 0',
      ]) {
        assert.ok(stdout.includes(word), word);
      }
    });

    it("shows a pipeline's parameters with description and default, in both forms of asking", async () => {
      const { stdout } = await diglot('run', count, '--help');
      assert.match(stdout, /-n, --records <integer> +How many records; 0 never ends\. \(default 3\)/);
      assert.match(stdout, /--break-at <text> +Id of a record over which/);
      assert.equal((await diglot('help', 'run', count)).stdout, stdout);
    });

    it('tells the version', async () => {
      const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
      assert.equal((await diglot('--version')).stdout, `${version}\n`);
    });
  });

  describe('run', () => {
    it('ends with 0 when all was done: results on standard output, the rest on standard error', async () => {
      const { status, stdout, stderr } = await diglot('run', count, '--drop', 'u2');
      assert.equal(status, 0);
      assert.equal(stdout, 'u1\nu3\n');
      assert.match(stderr, /^counting to 3\n3 in = 2 written \+ 0 failed \+ 1 dropped {2}in 0:00/);
    });

    it('ends with 3 when records became error rows, and says which and where they are', async () => {
      const { status, stdout, stderr } = await diglot('run', count, '--fail', 'u2', ...errors);
      assert.equal(status, 3);
      assert.equal(stdout, 'u1\nu3\n');
      assert.match(
        stderr,
        /failed at trip: u2\.wav was told to fail\.\nwrote .*errors\.arrow {2}1 row, .*\n3 in = 2 written \+ 1 failed \+ 0 dropped/,
      );
    });

    it('ends with 1 when an operator breaks: names it and the record, without a stack unless --debug', async () => {
      const [{ status, stderr }, debugged] = await Promise.all([
        diglot('run', count, '--break-at', 'u2'),
        diglot('run', count, '--break-at', 'u2', '--debug'),
      ]);
      assert.equal(status, 1);
      assert.match(stderr, /diglot: .*"stumble" \(node trip\) broke at the record "u2": undefined is not a function/);
      assert.doesNotMatch(stderr, /^ +at /m);
      assert.match(debugged.stderr, /caused by: TypeError.*\n +at .*counting\.ts/);
    });

    it('ends with 2 when an operator cannot do what it was asked for, in one sentence', async () => {
      const { status, stdout, stderr } = await diglot('run', count, '--refuse');
      assert.deepEqual([status, stdout], [2, '']);
      assert.equal(stderr, 'counting to 3\ndiglot: stumble was told to refuse; leave out --refuse.\n');
    });

    it('ends with 2 at a faulty pipeline, with every fault at its place', async () => {
      const { status, stdout, stderr } = await diglot('run', faulty);
      assert.deepEqual([status, stdout], [2, '']);
      const places = stderr
        .split('\n')
        .filter((line) => line.startsWith(faulty))
        .map((line) => line.split('  ')[0]);
      assert.deepEqual(
        places,
        ['4:24', '5:71', '6:39'].map((place) => `${faulty}:${place}`),
      );
      assert.match(stderr, /nodes\.numbers\.op: there is no operator "cuont-up"; did you mean "count-up"\?/);
      assert.match(stderr, /\n3 faults\n$/);
    });

    it('ends with 2 at flags and commands that there are not, and says which were meant', async () => {
      const { status, stderr } = await diglot('run', count, '--brake-at', 'u2');
      assert.equal(status, 2);
      assert.match(stderr, /unknown option '--brake-at'\n\(Did you mean --break-at\?\)/);
      assert.match((await diglot('rnu', count)).stderr, /unknown command 'rnu'\n\(Did you mean run\?\)/);
      assert.equal((await diglot()).status, 2);
    });

    it('ends with 2 where there is no such pipeline, or a value of a flag is wrong', async () => {
      const { status, stderr } = await diglot('run', 'cuont');
      assert.equal(status, 2);
      assert.match(stderr, /^diglot: there is no pipeline "cuont"/);
      const wrong = await diglot('run', count, '-n', 'three');
      assert.equal(wrong.status, 2);
      assert.match(wrong.stderr, /--records three {2}params\.records: expected an integer, found "three"/);
    });

    it('takes overrides, parameters with underscores, and booleans as openai-whisper spells them', async () => {
      const { stdout } = await diglot(
        'run',
        count,
        '--set',
        'nodes.numbers.with.records=1',
        '--break_at=u2',
        '--refuse',
        'False',
      );
      assert.equal(stdout, 'u1\n');
    });

    it('runs the pipelines of a sweep one after the other', async () => {
      const { status, stdout, stderr } = await diglot('run', sweep, '--quiet');
      assert.deepEqual([status, stdout], [0, 'u1\nu1\nu2\n']);
      assert.match(stderr, /^1 in = 1 written .*\n2 in = 2 written .*\n$/);
    });

    it('executes no TypeScript under --no-ts', async () => {
      assert.equal((await diglot('run', sweep, '--no-ts')).status, 2);
      const { status, stderr } = await diglot('run', count, '--no-ts');
      assert.equal(status, 2);
      assert.match(stderr, /plugins\.0: plugins are not executed here/);
    });

    it('writes lines of JSON for machines, the report last', async () => {
      const { status, stderr } = await diglot('run', count, '--json', '--fail', 'u1', ...errors);
      const events = stderr
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      assert.deepEqual(
        events.map(({ event }) => event),
        ['note', 'error', 'report'],
      );
      const { pulled, written, failed, conserved, exitStatus } = events[2] ?? {};
      assert.deepEqual(
        { pulled, written, failed, conserved, exitStatus },
        { pulled: 3, written: 2, failed: 1, conserved: true, exitStatus: status },
      );
      const fault = JSON.parse((await diglot('run', faulty, '--json')).stderr.split('\n')[0] ?? '') as Record<
        string,
        unknown
      >;
      assert.deepEqual(fault['place'], { source: faulty, line: 4, column: 24 });
    });
  });

  describe('signals', () => {
    it('Ctrl-C finishes what is in flight and ends with 130', async () => {
      const { child, says, ended } = start(['run', count, '-n', '0']);
      await says(/u10\n/);
      child.kill('SIGINT');
      const { status, stdout, stderr } = await ended;
      assert.equal(status, 130);
      assert.match(stderr, /finishing what is in flight \(\d+ records?\); Ctrl-C again to stop at once/);
      const [, pulled, written] = /(\S+) in = (\S+) written \+ 0 failed \+ 0 dropped {2}/.exec(stderr) ?? [];
      assert.equal(pulled, written);
      assert.equal(Number(written?.replace(',', '')), stdout.trimEnd().split('\n').length);
    });

    it('SIGTERM does the same and ends with 143', async () => {
      const { child, says, ended } = start(['run', count, '-n', '0']);
      await says(/u10\n/);
      child.kill('SIGTERM');
      assert.equal((await ended).status, 143);
    });

    it('a table that SIGTERM cut short is sound, and --only-missing makes it again until it is whole', async () => {
      const table = join(folder, 'kept.arrow');
      const { child, says, ended } = start(['run', kept, '-n', '0', '--out', table]);
      await says(/u10\n/);
      child.kill('SIGTERM');
      const { status, stdout } = await ended;
      assert.equal(status, 143);
      assert.equal(await countRows(table), stdout.trimEnd().split('\n').length);
      const again = () => diglot('run', kept, '--out', table, '--only-missing');
      assert.equal((await again()).stdout, 'u1\nu2\nu3\n');
      assert.equal(await countRows(table), 3);
      assert.equal((await again()).stdout, '');
    });

    it('a second Ctrl-C stops at once', async () => {
      const { child, says, ended } = start(['run', count, '-n', '0', '--hang-at', 'u5']);
      await says(/hanging at u5\n/);
      child.kill('SIGINT');
      await says(/again to stop at once/);
      child.kill('SIGINT');
      const { status, stdout, stderr } = await ended;
      assert.equal(status, 130);
      assert.equal(stdout, 'u1\nu2\nu3\nu4\n');
      assert.match(stderr, /4 written \+ 0 failed \+ 0 dropped \+ [1-9]\d* unfinished .*\nstopped at once/);
    });

    it('a reader that leaves ends the run quietly with 141', async () => {
      const { child, says, ended } = start(['run', count, '-n', '0']);
      await says(/u10\n/);
      child.stdout?.destroy();
      const { status, stderr } = await ended;
      assert.equal(status, 141);
      assert.equal(stderr, 'counting to infinity\n');
    });
  });

  describe('check', () => {
    it('says what a sound pipeline would do, and ok', async () => {
      const { status, stdout, stderr } = await diglot('check', count);
      assert.deepEqual([status, stderr], [0, '']);
      assert.match(stdout, /trip +stumble +1 +numbers\n/);
      assert.match(stdout, /5 nodes, 6 edges, 8 records in flight, at most .* in flight .*\ncount: ok\n$/);
    });

    it('ends with 2 at faults', async () => {
      const { status, stdout, stderr } = await diglot('check', faulty);
      assert.deepEqual([status, stdout], [2, '']);
      assert.match(stderr, /3 faults/);
    });
  });

  describe('draw', () => {
    it('gives SVG on standard output, and Mermaid in a file of that name', async () => {
      const out = join(folder, 'count.mmd');
      const [svg, mermaid] = await Promise.all([diglot('draw', count), diglot('draw', count, '--out', out)]);
      assert.equal(svg.status, 0);
      assert.match(svg.stdout, /^<svg [\s\S]*count-up[\s\S]*<\/svg>\n$/);
      assert.deepEqual(mermaid, { status: 0, stdout: '', stderr: '' });
      assert.match(await readFile(out, 'utf8'), /^flowchart [\s\S]*count-up/);
    });

    it('ends with 2 where it cannot write', async () => {
      const { status, stderr } = await diglot('draw', count, '--out', join(folder, 'none', 'x.svg'));
      assert.equal(status, 2);
      assert.match(stderr, /^diglot: .*x\.svg cannot be written: /);
    });
  });

  describe('list and describe', () => {
    it('lists the pipelines of the package', async () => {
      const { stdout } = await diglot('list', '--pipelines');
      assert.match(stdout, /^transcribe +Transcribes recordings/m);
      assert.match(stdout, /^sweep +\S.* pipelines\/sweep\.ts$/m);
    });

    it('ends quietly when its reader leaves', async () => {
      const { child, ended } = start(['list']);
      child.stdout?.destroy();
      assert.deepEqual(await ended, { status: 141, stdout: '', stderr: '' });
    });

    it('lists every operator with what it takes and gives', async () => {
      const { status, stdout } = await diglot('list');
      assert.equal(status, 0);
      assert.match(stdout, /^log-mel +waveform +log-mel +\S/m);
    });

    it('says which operator was meant', async () => {
      const { status, stderr } = await diglot('describe', 'log-mle');
      assert.equal(status, 2);
      assert.equal(stderr, 'diglot: there is no operator "log-mle"; did you mean "log-mel"?\n');
    });
  });
});
