import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { closed, once } from '../../support/events.mjs';
import { temporaryFolder } from '../../support/paths.mjs';
import { blaming, receive, startClient, visit, visitAgain } from '../ends.mjs';
import { payload } from '../link.mjs';

/** What a client sends with its first message comes out at the other end, once. */
export default {
  name: 'early data',
  versions: ['TLSv1.3'],
  async asClient(peer, version) {
    const wish = { version, resumable: true, early: true };
    const sessions = [];
    const events = { session: (session) => sessions.push(session) };
    const { link, port, socket } = await visit(peer, wish, {}, undefined, events);
    await link.exchange(socket);
    if (sessions.length === 0) await once(socket, 'session');
    const over = closed(socket);
    socket.end();
    link.over?.();
    await over;
    const earlyData = payload(200);
    const arrived = link.shows?.(new RegExp(earlyData.trim().split('\n')[0]));
    const second = await visitAgain(link, port, wish, { session: sessions[0], earlyData });
    assert.equal(second.earlyDataAccepted, true);
    if (link.tells('early')) await arrived;
    else arrived?.catch(() => {});
  },
  async asServer(peer, version) {
    const early = payload(200);
    const file = join(temporaryFolder(), 'early');
    writeFileSync(file, early);
    const wish = { version, resume: true, early: file, ...(await peer.resumable?.()) };
    const heard = [];
    const events = { earlyData: (data) => heard.push(String(data)) };
    const first = await receive(peer, wish, { maxEarlyData: 4096 }, undefined, events);
    const coming = first.next();
    coming.catch(() => {});
    const over = closed(first.socket);
    first.socket.resume().end('bye\n');
    await over;
    let { link } = first;
    // Others resume by themselves.
    if (peer.resumable) {
      await link.exited;
      ({ link } = await startClient(peer, { ...wish, resumeNow: true, port: first.port }));
    }
    const second = await blaming(link, coming);
    assert.deepEqual([second.earlyDataAccepted, heard.join('')], [true, early]);
  },
};
