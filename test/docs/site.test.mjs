// The site that `npm run docs` makes: its links lead somewhere, and a browser shows its pages.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeSite } from '../../scripts/build/site.mjs';
import { needs, run } from '../support/child.mjs';
import { subject } from '../support/subject.mjs';

describe('the site', function () {
  this.timeout(120_000);

  const folder = mkdtempSync(path.join(tmpdir(), 'ownssl-site-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  before(async function () {
    if (subject !== 'ownssl') this.skip();
    assert.ok(await makeSite(folder));
  });

  const pages = () =>
    readdirSync(folder, { recursive: true })
      .filter((name) => name.endsWith('.html'))
      .map((name) => path.join(folder, name));
  const titles = () =>
    readdirSync(path.join(import.meta.dirname, '../../docs'))
      .filter((name) => name.endsWith('.md'))
      .map((name) => {
        const text = readFileSync(path.join(import.meta.dirname, '../../docs', name), 'utf8');
        return /^# (.+)/.exec(text)[1];
      });

  const pageWith = (title) =>
    pages().find((file) => readFileSync(file, 'utf8').includes(`<title>${title} | ownssl`));

  it('has a page for each of docs/', () => {
    for (const title of titles()) assert.ok(pageWith(title), title);
  });

  it('has no link within it that leads nowhere', () => {
    const dead = [];
    for (const page of pages()) {
      const html = readFileSync(page, 'utf8');
      for (const [, address] of html.matchAll(/(?:href|src)="([^"]+)"/g)) {
        if (/^(https?|data|mailto):/.test(address)) continue;
        const url = new URL(address.replaceAll('&amp;', '&'), pathToFileURL(page));
        const file = new URL(url.pathname, 'file:');
        const anchor = decodeURIComponent(url.hash.slice(1));
        const there = existsSync(file);
        const marked =
          anchor === '' || (there && readFileSync(file, 'utf8').includes(`id="${anchor}"`));
        if (!there || !marked) dead.push(`${path.relative(folder, page)}: ${address}`);
      }
    }
    assert.deepEqual(dead, []);
  });

  it('is shown by a browser (Chromium)', async function () {
    const chromium = needs(this, 'chromium');
    const profile = path.join(folder, 'profile');
    const picture = path.join(folder, 'page.png');
    const common = ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${profile}`];
    common.push('--virtual-time-budget=10000');
    const [title] = titles();
    const address = pathToFileURL(pageWith(title)).href;
    const { code, stdout } = await run(chromium, [...common, '--dump-dom', address]);
    assert.equal(code, 0);
    // Its script has run: it makes the list of pages at the side.
    const list = /<ul[^>]*id="tsd-nav-container"[^]*?<\/nav>/.exec(stdout)?.[0] ?? '';
    assert.ok(list.includes('Start in five minutes'), list.slice(0, 500));
    await run(chromium, [...common, '--window-size=1200,900', `--screenshot=${picture}`, address]);
    assert.ok(statSync(picture).size > 10_000);
  });
});
