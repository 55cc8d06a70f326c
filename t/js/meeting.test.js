import assert from 'node:assert/strict';
import test from 'node:test';
import { Door } from '../../html/door.js';
import { Meeting } from '../../html/meeting.js';
import { FakeSocket, joined, sockets, turn } from './fake-socket.js';

const ID = '0123456789abcdef';
const OTHER = 'bbbbbbbbbbbbbbbb';
const PROOF = 'A'.repeat(43);
const ROOM = { password: false, locked: false, lobby: false, link: true };

globalThis.WebSocket = FakeSocket;

/* without media */
globalThis.RTCPeerConnection = class {
    signalingState = 'closed';
    connectionState = 'closed';
    close() {}
};

async function enter(t, more) {
    t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
    sockets.length = 0;

    const key = {
        base: new URL('https://example.org/meet/rooms/'), tag: 'ab',
        proof: null, host: 'token', resume: null, fresh: false, invite: null,
        made: {},
    };
    const meeting = new Meeting(key);
    const events = [];

    for (const type of ['news', 'notice', 'end', 'back']) {
        meeting.addEventListener(type, ({ detail }) =>
            events.push([type, detail?.title ?? detail]));
    }

    const done = meeting.join('Ann');

    sockets[0].open();
    await turn();
    sockets[0].says(joined('one', { host: true, ...more }));
    await done;

    const [socket] = sockets;

    socket.sent.length = 0;
    return { meeting, key, socket, events: () => events.splice(0) };
}

test('what is no command is not sent', async (t) => {
    const { meeting, socket } = await enter(t);

    for (const bad of [{ type: 'kick' }, { type: 'send', data: 'x' },
                       { type: 'lock', on: 'yes' }])
    {
        assert.throws(() => meeting.command(bad), TypeError);
    }

    meeting.command({ type: 'kick', peer: OTHER });
    assert.deepEqual(socket.sent, [{ type: 'kick', peer: OTHER }]);
});

test('the host comes back by the password that was set last', async (t) => {
    const { meeting, key, socket, events } = await enter(t);
    const room = (more) => socket.says({ type: 'room', ...ROOM, ...more });

    meeting.command({ type: 'password', proof: PROOF });
    assert.equal(key.proof, null);
    room({ locked: true, changed: 'locked' });
    assert.equal(key.proof, null);
    room({ password: true, changed: 'password' });
    assert.equal(key.proof, PROOF);
    assert.deepEqual(events(), [
        ['news', 'The meeting is locked'],
        ['news', 'The meeting has a password now']]);

    /* by another host: this one does not know it */

    room({ password: true, changed: 'password' });
    assert.equal(key.proof, PROOF);
    assert.deepEqual(events(), [['news', 'The password was changed']]);

    meeting.command({ type: 'password', proof: null });
    socket.says({ type: 'error', code: 'busy', message: '', of: 'password' });
    assert.deepEqual(events(), [['notice', 'busy']]);
    room({ password: true, changed: 'password' });
    assert.equal(key.proof, PROOF);

    meeting.command({ type: 'password', proof: null });
    room({ changed: 'password' });
    assert.equal(key.proof, null);
});

test('invitations have their tokens', async (t) => {
    const { meeting, key, socket, events } = await enter(t);
    const listed = (...invites) => socket.says({ type: 'invites', invites });

    listed();
    meeting.invite({ uses: 2, seconds: 3600 });

    const [{ token, ...rest }] = socket.sent;

    assert.match(token, /^[A-Za-z0-9_-]{43}$/);
    assert.deepEqual(rest, { type: 'invite', uses: 2, seconds: 3600 });

    listed({ invite: ID, uses: 2, left: 2, seconds: 3600 });
    assert.equal(meeting.token(ID), token);
    assert.deepEqual(key.made, { [ID]: token });

    meeting.invite({ uses: 2, seconds: 3600 });
    socket.says({ type: 'error', code: 'limit', message: '', of: 'invite' });
    assert.deepEqual(events(), [['notice', 'invite-limit']]);
    listed({ invite: ID, uses: 2, left: 1, seconds: 3600 },
           { invite: OTHER, uses: 2, left: 2, seconds: 3600 });
    assert.equal(meeting.token(OTHER), null);
});

test('what is refused is told, unless it is late', async (t) => {
    const { socket, events } = await enter(t);
    const error = (code, of) => socket.says({
        type: 'error', code, message: 'x', of,
    });

    error('forbidden', 'kick');
    assert.deepEqual(events(), [['notice', 'forbidden']]);
    error('peer', 'kick');
    error('invite', 'revoke');
    error('track', 'stop');
    assert.deepEqual(events(), []);
});

test('one is told what hosts do', async (t) => {
    const { meeting, socket, events } = await enter(t, { host: false });

    socket.says({ type: 'silenced', peer: ID, on: true });
    socket.says({ type: 'host', peer: ID });
    socket.says({ type: 'stopped', track: OTHER });
    assert.deepEqual(events().map(([, title]) => title), [
        'A host has silenced you', 'You are a host now',
        'A host has stopped what you shared']);
    assert.deepEqual([meeting.state.silenced, meeting.state.host],
                     [true, true]);

    socket.says({ type: 'end', reason: 'kicked' });
    assert.deepEqual(events(), [['end', 'kicked']]);
});

test('a page that ends says nothing of an end', async (t) => {
    const { meeting, socket, events } = await enter(t);

    meeting.abandon();
    assert.deepEqual([socket.closed, socket.sent, events()], [4006, [], []]);
});

/** Joins by a door, and gives what was sent. */
async function pass(opening) {
    while (sockets.length === 0) {
        await new Promise((resolve) => setTimeout(resolve, 5));
    }

    const socket = sockets.shift();

    socket.open();
    await turn();
    socket.says(joined('ticket'));
    (await opening).leave();

    return socket;
}

test('a door, and the same after a reload', async () => {
    const base = new URL('https://example.org/meet/rooms/');
    const secret = new Uint8Array(16);

    sockets.length = 0;

    const door = new Door(base, { secret, invite: PROOF });

    assert.equal(door.link('p'), 'p#AAAAAAAAAAAAAAAAAAAAAA');
    assert.equal(door.link('p', PROOF), 'p#AAAAAAAAAAAAAAAAAAAAAA.' + PROOF);
    assert.equal(door.invited, true);

    const first = await pass(door.open('Ann', ''));

    assert.deepEqual(first.sent[0], {
        type: 'join', invite: PROOF, name: 'Ann',
    });

    const kept = JSON.parse(JSON.stringify(door.keep()));

    assert.deepEqual(kept, {
        secret: 'AAAAAAAAAAAAAAAAAAAAAA', proof: null, host: null,
        resume: 'ticket', invite: PROOF, made: {},
    });

    const again = await pass(Door.restore(base, kept).again('Ann'));

    assert.equal(again.url, first.url);
    assert.deepEqual(again.sent[0], {
        type: 'join', resume: 'ticket', fresh: true, invite: PROOF,
        name: 'Ann',
    });
});

test('a password is typed instead of an invitation', async () => {
    const base = new URL('https://example.org/meet/rooms/');

    sockets.length = 0;

    const door = new Door(base, { secret: new Uint8Array(16),
                                  invite: PROOF });
    const { sent: [join] } = await pass(door.open('', 'password'));

    assert.deepEqual(Object.keys(join), ['type', 'proof']);
    assert.match(join.proof, /^[A-Za-z0-9_-]{43}$/);

    /* nor typed again; the invitation may still be good */

    const { sent: [more] } = await pass(door.open('', ''));

    assert.equal(more.proof, join.proof);
});
