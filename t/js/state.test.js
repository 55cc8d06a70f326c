import assert from 'node:assert/strict';
import test from 'node:test';
import { CHAT_LINES, EMPTY, cleanName, nameOf, reduce }
    from '../../html/state.js';

const A = 'aaaaaaaaaaaaaaaa';
const B = 'bbbbbbbbbbbbbbbb';

const VOICE = {
    track: '1111111111111111', kind: 'audio', source: 'microphone',
    muted: false,
};

const ROOM = { password: true, locked: false, lobby: false, link: true };

const joined = {
    type: 'joined', you: A, host: true, silenced: false, room: ROOM,
    peers: [{
        peer: B, name: 'Bea', tracks: [VOICE], away: false, host: false,
        silenced: false,
    }],
};

test('joined, peer, tracks, left', () => {
    let state = reduce(EMPTY, joined);

    assert.deepEqual([state.you, state.host, state.peers.length],
                     [A, true, 1]);

    state = reduce(state, { type: 'peer', peer: A, name: '' });
    assert.equal(nameOf(state, A), 'Guest');

    const before = state;
    state = reduce(state, { type: 'tracks', peer: A, tracks: [VOICE] });
    assert.deepEqual(state.peers[1].tracks, [VOICE]);
    assert.deepEqual(before.peers[1].tracks, []);

    state = reduce(state, { type: 'left', peer: B });
    assert.deepEqual(state.peers.map((p) => p.peer), [A]);
});

test('tracks of nobody change nothing', () => {
    const state = reduce(EMPTY, joined);

    assert.deepEqual(
        reduce(state, { type: 'tracks', peer: A, tracks: [] }), state);
});

test('who comes back finds everybody in their place, and the chat', () => {
    const C = 'cccccccccccccccc';
    const person = (peer, more) => ({
        peer, name: '', tracks: [VOICE], away: false, ...more,
    });
    let state = reduce(reduce(EMPTY, { type: 'said', text: 'x' }), {
        ...joined, peers: [person(B), person(C)],
    });

    state = reduce(state, { type: 'lost' });
    assert.equal(state.lost, true);

    /* the room is the same: who is not there has left */

    const same = reduce(state, {
        ...joined, resumed: true, peers: [person(C, { away: true })],
    });

    assert.deepEqual([same.lost, same.chat.length], [false, 1]);
    assert.deepEqual(same.peers.map((p) => [p.peer, p.away]), [[C, true]]);

    /* it was made anew: the others come back one by one */

    let anew = reduce(state, {
        ...joined, resumed: false, peers: [person(C)],
    });

    assert.deepEqual(anew.peers.map((p) => [p.peer, p.away,
                                            p.tracks.length]),
                     [[B, true, 0], [C, false, 1]]);

    const without = reduce(anew, { type: 'settled' });

    assert.deepEqual(without.peers.map((p) => p.peer), [C]);

    anew = reduce(anew, { type: 'peer', peer: B, name: 'Bea' });
    anew = reduce(anew, { type: 'settled' });
    assert.deepEqual(anew.peers.map((p) => [p.peer, p.away]),
                     [[B, false], [C, false]]);
});

test('away, and back', () => {
    let state = reduce(EMPTY, joined);

    state = reduce(state, { type: 'away', peer: B, on: true });
    assert.equal(state.peers[0].away, true);
    state = reduce(state, { type: 'away', peer: B, on: false });
    assert.equal(state.peers[0].away, false);
    assert.deepEqual(state.peers[0].tracks, [VOICE]);
});

test('what hosts do', () => {
    const state = reduce(EMPTY, joined);

    assert.deepEqual([state.room, state.host, state.silenced],
                     [ROOM, true, false]);

    const locked = reduce(state, {
        type: 'room', ...ROOM, locked: true, changed: 'locked',
    });

    assert.deepEqual(locked.room, { ...ROOM, locked: true });
    assert.deepEqual(state.room, ROOM);

    const bea = (s) => [s.peers[0].host, s.peers[0].silenced];

    assert.deepEqual(bea(reduce(state, { type: 'host', peer: B })),
                     [true, false]);
    assert.deepEqual(bea(reduce(state, {
        type: 'silenced', peer: B, on: true,
    })), [false, true]);

    const me = reduce(reduce({ ...state, host: false },
                             { type: 'host', peer: A }),
                      { type: 'silenced', peer: A, on: true });

    assert.deepEqual([me.host, me.silenced, ...bea(me)],
                     [true, true, false, false]);
    assert.equal(reduce(me, joined).silenced, false);
});

test('the lobby, from both sides', () => {
    const C = 'cccccccccccccccc';
    let state = reduce(EMPTY, { type: 'waiting' });

    assert.equal(state.waiting, true);
    state = reduce(state, joined);
    assert.equal(state.waiting, false);

    state = reduce(state, { type: 'knock', peer: C, name: 'Cy\u202e' });
    state = reduce(state, { type: 'knock', peer: B, name: '' });
    state = reduce(state, { type: 'knock', peer: C, name: 'Cy' });
    assert.deepEqual(state.lobby, [{ peer: B, name: '' },
                                   { peer: C, name: 'Cy' }]);
    state = reduce(state, { type: 'gone', peer: B });
    assert.deepEqual(state.lobby.map((p) => p.peer), [C]);

    /* who still waits is told of again */
    assert.deepEqual(reduce(state, joined).lobby, []);
});

test('invitations', (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: 1000 });

    const state = reduce(reduce(EMPTY, joined), {
        type: 'invites',
        invites: [{ invite: B, uses: 3, left: 2, seconds: 60 }],
    });

    assert.deepEqual(state.invites,
                     [{ invite: B, uses: 3, left: 2, until: 61000 }]);
    assert.deepEqual(reduce(state, joined).invites, []);
});

test('chat keeps names of people who left, and is bounded', () => {
    let state = reduce(EMPTY, joined);

    state = reduce(state, { type: 'chat', from: B, text: 'hi' });
    state = reduce(state, { type: 'left', peer: B });
    state = reduce(state, { type: 'said', text: 'bye' });
    assert.deepEqual(state.chat.map((l) => [l.name, l.mine]),
                     [['Bea', false], ['You', true]]);

    for (let i = 0; i < CHAT_LINES + 5; i++) {
        state = reduce(state, { type: 'said', text: String(i) });
    }

    assert.equal(state.chat.length, CHAT_LINES);
});

test('unknown messages change nothing', () => {
    assert.equal(reduce(EMPTY, { type: '__proto__' }), EMPTY);
});

test('names', () => {
    assert.equal(cleanName('  Ada \u202e\u0000\u200b'), 'Ada');
    assert.equal(cleanName('x'.repeat(200)).length, 60);
    assert.equal(cleanName('\ud83d\ude00'.repeat(80)),
                 '\ud83d\ude00'.repeat(60));
});
