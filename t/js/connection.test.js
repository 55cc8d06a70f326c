import assert from 'node:assert/strict';
import test from 'node:test';
import { Connection } from '../../html/connection.js';

const ID = '0123456789abcdef';

/** @type {FakeSocket[]} */
let sockets = [];

class FakeSocket extends EventTarget {
    static OPEN = 1;

    readyState = 0;
    sent = [];
    closed = null;
    onmessage = null;
    onclose = null;

    constructor(url, protocol) {
        super();
        this.url = String(url);
        this.protocol = protocol;
        sockets.push(this);
    }

    send(text) {
        this.sent.push(JSON.parse(text));
    }

    close(code) {
        this.closed = code ?? 1005;
    }

    /* what the server does */

    open() {
        this.readyState = 1;
        this.dispatchEvent(new Event('open'));
    }

    says(message) {
        this.onmessage?.({ data: JSON.stringify(message) });
    }

    ends(code) {
        this.readyState = 3;
        this.onclose?.({ code });
        this.dispatchEvent(new Event('close'));
    }

    last() {
        return this.sent.at(-1);
    }
}

globalThis.WebSocket = FakeSocket;

const joined = (ticket, more) => ({
    type: 'joined', you: ID, host: false, resumed: false, peers: [],
    resume: ticket, ...more,
});

/** Lets promises run; timers are the test's. */
async function turn() {
    for (let i = 0; i < 20; i++) {
        await Promise.resolve();
    }
}

async function enter(t) {
    t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
    sockets = [];

    const key = {
        base: new URL('https://example.org/meet/rooms/'), tag: 'ab',
        proof: 'proof', host: null, resume: null,
    };
    const connection = new Connection(key);
    const events = [];

    for (const type of ['message', 'lost', 'joined', 'end']) {
        connection.addEventListener(type, (event) =>
            events.push([type, event.detail?.type ?? event.detail]));
    }

    const opened = connection.open('Ann');

    sockets[0].open();
    await turn();
    sockets[0].says(joined('one'));
    await opened;

    return { connection, key, events: () => events.splice(0) };
}

test('joins, and is told', async (t) => {
    const { key, events } = await enter(t);

    assert.deepEqual(sockets[0].sent, [
        { type: 'join', proof: 'proof', name: 'Ann' }]);
    assert.equal(sockets[0].url, 'wss://example.org/meet/rooms/ab');
    assert.equal(key.resume, 'one');
    assert.deepEqual(events(), [['joined', 'joined']]);

    sockets[0].says({ type: 'left', peer: ID });
    assert.deepEqual(events(), [['message', 'left']]);
});

test('a lost connection comes back by the ticket', async (t) => {
    for (const code of [1001, 1006, 1011, 1012, 4001]) {
        const { connection, key, events } = await enter(t);

        events();
        sockets[0].ends(code);
        assert.deepEqual(events(), [['lost', null]]);
        assert.equal(connection.lost, true);

        /* what is written meanwhile is not lost; the rest is out of date */
        connection.send({ type: 'send', data: 'x' });
        connection.send({ type: 'mute', on: true });

        t.mock.timers.tick(0);
        await turn();
        sockets[1].ends(1006);
        await turn();
        t.mock.timers.tick(200);
        await turn();
        sockets[2].open();
        await turn();
        assert.deepEqual(sockets[2].sent, [{
            type: 'join', proof: 'proof', resume: 'one', name: 'Ann',
        }]);
        sockets[2].says(joined('two', { resumed: true }));
        await turn();

        assert.deepEqual(events(), [['joined', 'joined']]);
        assert.equal(connection.lost, false);
        assert.equal(key.resume, 'two');
        assert.deepEqual(sockets[2].sent.slice(1), [
            { type: 'send', data: 'x' }]);
        t.mock.timers.reset();
    }
});

test('told to rejoin, it does so at once', async (t) => {
    const { events } = await enter(t);

    events();
    sockets[0].says({ type: 'rejoin', reason: 'crash' });
    assert.deepEqual(events(), [['lost', null]]);
    t.mock.timers.tick(0);
    await turn();
    assert.equal(sockets.length, 2);
    assert.equal(sockets[0].closed, 4006);
});

test('an end is an end', async (t) => {
    for (const [code, end] of [[1000, 'left'], [4003, 'end-host'],
                               [4005, 'replaced'], [1008, 'too-much']])
    {
        const { events } = await enter(t);

        events();
        sockets[0].ends(code);
        assert.deepEqual(events(), [['end', end]]);
        t.mock.timers.tick(100000);
        await turn();
        assert.equal(sockets.length, 1);
        t.mock.timers.reset();
    }

    const { events } = await enter(t);

    events();
    sockets[0].says({ type: 'end', reason: 'stop' });
    sockets[0].ends(1001);
    assert.deepEqual(events(), [['end', 'end-stop']]);
});

test('a room that is gone is looked for a few times', async (t) => {
    const { events } = await enter(t);

    events();
    sockets[0].ends(1006);

    for (let tries = 1; tries <= 4; tries++) {
        assert.deepEqual(events(), tries === 1 ? [['lost', null]] : []);
        t.mock.timers.tick(2000);
        await turn();
        sockets[tries].open();
        await turn();
        sockets[tries].says({ type: 'denied' });
        await turn();
    }

    assert.deepEqual(events(), [['end', 'gone']]);
    t.mock.timers.tick(2000);
    await turn();
    assert.equal(sockets.length, 5);
});

test('the last ticket is the one that counts', async (t) => {
    const { key } = await enter(t);

    sockets[0].says({ type: 'ticket', resume: 'newer' });
    assert.equal(key.resume, 'newer');
});

test('it gives up after a minute', async (t) => {
    const { events } = await enter(t);
    let tries = 0;

    events();
    sockets[0].ends(1006);

    for (let ms = 0; ms < 70000; ms += 100) {
        t.mock.timers.tick(100);
        await turn();

        if (sockets.at(-1).readyState === 0 && sockets.length > 1) {
            tries++;
            sockets.at(-1).ends(1006);
            await turn();
        }
    }

    assert.deepEqual(events(), [['lost', null], ['end', 'lost']]);
    assert.ok(tries > 25 && tries < 40, String(tries));
});

test('a server that says nothing is asked, then left', async (t) => {
    const { events } = await enter(t);

    events();
    t.mock.timers.tick(5000);
    assert.deepEqual(sockets[0].last(), { type: 'ping' });
    sockets[0].says({ type: 'pong' });
    t.mock.timers.tick(4999);
    assert.deepEqual(events(), []);
    t.mock.timers.tick(1);
    assert.equal(sockets[0].sent.length, 3);
    t.mock.timers.tick(2500);
    assert.deepEqual(events(), [['lost', null]]);
    assert.equal(sockets[0].closed, 4006);
});

test('a check, while it waits, does not wait', async (t) => {
    const { connection } = await enter(t);

    sockets[0].ends(1006);
    t.mock.timers.tick(0);
    await turn();
    sockets[1].ends(1006);
    await turn();
    connection.check();
    await turn();
    assert.equal(sockets.length, 3);
});

test('another peer connection is asked for', async (t) => {
    const { connection } = await enter(t);

    connection.renew();
    t.mock.timers.tick(0);
    await turn();
    sockets[1].open();
    await turn();
    assert.equal(sockets[1].last().fresh, true);
    sockets[1].says(joined('two'));
    await turn();
    sockets[1].ends(1006);
    t.mock.timers.tick(0);
    await turn();
    sockets[2].open();
    await turn();
    assert.equal(sockets[2].last().fresh, undefined);
});

test('who leaves is not brought back', async (t) => {
    const { connection, events } = await enter(t);

    events();
    connection.close();
    assert.deepEqual(sockets[0].last(), { type: 'leave' });
    sockets[0].ends(1000);
    t.mock.timers.tick(100000);
    await turn();
    assert.deepEqual([events(), sockets.length], [[], 1]);
});
