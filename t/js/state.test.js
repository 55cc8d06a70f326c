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

const joined = {
    type: 'joined', you: A, host: true,
    peers: [{ peer: B, name: 'Bea', tracks: [VOICE] }],
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

test('joined again starts anew', () => {
    const state = reduce(reduce(EMPTY, { type: 'said', text: 'x' }), joined);

    assert.deepEqual(state.chat, []);
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
