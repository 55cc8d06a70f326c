import assert from 'node:assert/strict';
import test from 'node:test';
import { Connection } from '../../html/connection.js';
import { FakeSocket, joined, sockets, turn } from './fake-socket.js';

const ID = '0123456789abcdef';

globalThis.WebSocket = FakeSocket;

async function enter(t, more) {
    t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
    sockets.length = 0;

    const key = {
        base: new URL('https://example.org/meet/rooms/'), tag: 'ab',
        proof: 'proof', host: null, resume: null, fresh: false,
        invite: null, ...more,
    };
    const connection = new Connection(key);
    const events = [];

    for (const type of ['message', 'waiting', 'lost', 'joined', 'end']) {
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

        /* the page may be ending: then the next one comes back */

        if (code === 1001) {
            t.mock.timers.tick(499);
            await turn();
            assert.equal(sockets.length, 1);
        }

        t.mock.timers.tick(code === 1001 ? 1 : 0);
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
                               [4005, 'replaced'], [4007, 'kicked'],
                               [1008, 'too-much']])
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

test('who is put out does not come back', async (t) => {
    const { events } = await enter(t);

    events();
    sockets[0].says({ type: 'end', reason: 'kicked' });
    sockets[0].ends(4007);
    t.mock.timers.tick(100000);
    await turn();
    assert.deepEqual([events(), sockets.length], [[['end', 'kicked']], 1]);
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

test('an invitation, and the ticket of an earlier page', async (t) => {
    await enter(t, { invite: 'token', resume: 'old', fresh: true });

    assert.deepEqual(sockets[0].sent, [{
        type: 'join', proof: 'proof', resume: 'old', fresh: true,
        invite: 'token', name: 'Ann',
    }]);
});

test('a page that ends does not leave', async (t) => {
    const { connection, events } = await enter(t);

    events();
    connection.abandon();
    assert.deepEqual([sockets[0].closed, sockets[0].sent.length], [4006, 1]);
    t.mock.timers.tick(100000);
    await turn();
    assert.deepEqual([events(), sockets.length], [[], 1]);
});

/** One who is in the lobby. */
async function knock(t) {
    t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
    sockets.length = 0;

    const connection = new Connection({
        base: new URL('https://example.org/meet/rooms/'), tag: 'ab',
        proof: null, host: null, resume: null, fresh: false, invite: null,
    });
    const heard = [];

    connection.addEventListener('waiting', () => heard.push('waiting'));
    connection.addEventListener('joined', () => heard.push('joined'));
    connection.open('Ann').then(() => heard.push('in'),
                                (error) => heard.push(error.code));
    sockets[0].open();
    await turn();
    sockets[0].says({ type: 'waiting' });
    await turn();

    return { connection, heard: () => heard.splice(0) };
}

test('waiting, then admitted', async (t) => {
    const { heard } = await knock(t);

    assert.deepEqual(heard(), ['waiting']);

    /* for as long as it takes, and the server is there */

    for (let i = 0; i < 60; i++) {
        t.mock.timers.tick(5000);
        await turn();
        assert.deepEqual(sockets[0].last(), { type: 'ping' });
        sockets[0].says({ type: 'pong' });
    }

    assert.deepEqual(heard(), []);
    sockets[0].says(joined('one'));
    await turn();
    assert.deepEqual([heard(), sockets.length], [['joined', 'in'], 1]);
});

test('waiting, then turned away', async (t) => {
    const { heard } = await knock(t);

    sockets[0].says({ type: 'denied' });
    sockets[0].ends(4004);
    t.mock.timers.tick(100000);
    await turn();
    assert.deepEqual([heard(), sockets.length],
                     [['waiting', 'turned-away'], 1]);
});

test('who does not want to wait any more leaves', async (t) => {
    const { connection, heard } = await knock(t);

    connection.close();
    await turn();
    assert.deepEqual(sockets[0].last(), { type: 'leave' });
    t.mock.timers.tick(100000);
    await turn();
    assert.deepEqual([heard(), sockets.length], [['waiting', 'left'], 1]);
});

test('a page that is loaded again knocks once', async (t) => {
    const { heard } = await knock(t);

    sockets[0].ends(1001);
    await turn();
    t.mock.timers.tick(499);
    await turn();
    assert.deepEqual([heard(), sockets.length], [['waiting'], 1]);
    t.mock.timers.tick(1);
    await turn();
    assert.equal(sockets.length, 2);
});

test('a connection that is lost in the lobby knocks again', async (t) => {
    const { heard } = await knock(t);

    sockets[0].ends(1006);
    await turn();
    t.mock.timers.tick(0);
    await turn();
    sockets[1].open();
    await turn();
    assert.deepEqual(sockets[1].sent, [{ type: 'join', name: 'Ann' }]);
    sockets[1].says({ type: 'waiting' });

    /* nor does a server that says nothing more keep it there */

    t.mock.timers.tick(5000);
    t.mock.timers.tick(2500);
    await turn();
    assert.equal(sockets[1].closed, 4006);
    t.mock.timers.tick(0);
    await turn();
    sockets[2].open();
    await turn();
    sockets[2].says(joined('one'));
    await turn();
    assert.deepEqual(heard(), ['waiting', 'waiting', 'joined', 'in']);
});

test('after a long absence it is the lobby, and its answer counts',
     async (t) => {
    const { events } = await enter(t);

    events();
    sockets[0].ends(1006);
    t.mock.timers.tick(0);
    await turn();
    sockets[1].open();
    await turn();
    sockets[1].says({ type: 'waiting' });

    for (let i = 0; i < 20; i++) {
        t.mock.timers.tick(5000);
        sockets[1].says({ type: 'pong' });
        await turn();
    }

    assert.deepEqual([events(), sockets.length],
                     [[['lost', null], ['waiting', null]], 2]);
    sockets[1].says({ type: 'denied' });
    await turn();
    t.mock.timers.tick(100000);
    await turn();
    assert.deepEqual([events(), sockets.length],
                     [[['end', 'turned-away']], 2]);
});
