import assert from 'node:assert/strict';
import test from 'node:test';
import { lobbyLine, newsOf } from '../../html/news.js';
import { EMPTY } from '../../html/state.js';

const A = 'aaaaaaaaaaaaaaaa';
const B = 'bbbbbbbbbbbbbbbb';

const ROOM = { password: false, locked: false, lobby: false, link: true };
const STATE = {
    ...EMPTY, you: A, peers: [{
        peer: B, name: 'Bea', tracks: [], away: false, host: false,
        silenced: false,
    }],
};

function room(before, now, changed) {
    return newsOf({ ...STATE, room: { ...ROOM, ...before } },
                  { type: 'room', ...ROOM, ...now, changed });
}

test('what of the room has changed', () => {
    const title = (...args) => room(...args).title;

    assert.equal(title({}, { password: true }, 'password'),
                 'The meeting has a password now');
    assert.equal(title({ password: true }, { password: true }, 'password'),
                 'The password was changed');
    assert.equal(title({ password: true }, {}, 'password'),
                 'The meeting has no password any more');
    assert.equal(title({}, { locked: true }, 'locked'),
                 'The meeting is locked');
    assert.match(title({ locked: true }, {}, 'locked'), /not locked/);
    assert.match(title({}, { lobby: true }, 'lobby'), /lobby is on/);
    assert.match(title({ lobby: true }, {}, 'lobby'), /lobby is off/);
    assert.match(title({}, { link: false }, 'link'), /nobody in any more/);
    assert.match(title({ link: false }, {}, 'link'), /in again/);
    assert.equal(room({}, {}, 'toString'), null);
});

test('what concerns oneself, and what does not', () => {
    const silenced = (peer, on) => newsOf(STATE, {
        type: 'silenced', peer, on,
    });

    assert.equal(silenced(B, true), null);
    assert.deepEqual([silenced(A, true).title, silenced(A, true).stay],
                     ['A host has silenced you', true]);
    assert.deepEqual([silenced(A, false).code, silenced(A, false).stay],
                     ['silenced', false]);
    assert.equal(newsOf(STATE, { type: 'host', peer: A }).title,
                 'You are a host now');
    assert.equal(newsOf(STATE, { type: 'host', peer: B }).title,
                 'Bea is a host now');
    assert.match(newsOf(STATE, { type: 'stopped', track: B }).title,
                 /stopped what you shared/);
    assert.equal(newsOf(STATE, { type: 'left', peer: B }), null);
});

test('one may be silenced from the beginning', () => {
    const joined = { type: 'joined', silenced: true };

    assert.equal(newsOf(EMPTY, joined).code, 'silenced');
    assert.equal(newsOf({ ...EMPTY, silenced: true }, joined), null);
    assert.equal(newsOf(EMPTY, { type: 'joined', silenced: false }), null);
});

test('who waits', () => {
    const line = (...names) => lobbyLine(names.map((name) => ({
        peer: A, name,
    })));

    assert.equal(line(), '');
    assert.equal(line('Cy'), 'Cy waits in the lobby');
    assert.equal(line(''), 'A guest waits in the lobby');
    assert.equal(line('Cy', 'Di', ''), 'Cy and 2 more wait in the lobby');
});
