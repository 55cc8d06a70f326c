import assert from 'node:assert/strict';
import test from 'node:test';
import { chatFromData, chatToData } from '../../html/chat.js';
import { codes, fromCloseCode, fromMediaError, sentence }
    from '../../html/failure.js';
import { createRoom, deleteRoom, isCommand, isHosts, parseMessage }
    from '../../html/protocol.js';

const ID = '0123456789abcdef';
const TOKEN = 'A'.repeat(43);
const ROOM = { password: false, locked: false, lobby: true, link: true };

test('messages that are what PROTOCOL.md says', () => {
    for (const message of [
        {
            type: 'joined', you: ID, resume: 'x', resumed: false,
            host: false, silenced: false, room: ROOM, peers: [{
                peer: ID, name: '', tracks: [], away: false, host: true,
                silenced: false,
            }],
        },
        { type: 'waiting' },
        { type: 'denied' },
        { type: 'answer', sdp: 'v=0', tracks: { 0: ID } },
        { type: 'peer', peer: ID, name: '', host: false, silenced: true },
        { type: 'room', ...ROOM, changed: 'lobby' },
        { type: 'host', peer: ID },
        { type: 'silenced', peer: ID, on: true },
        { type: 'stopped', track: ID },
        { type: 'knock', peer: ID, name: 'x' },
        { type: 'gone', peer: ID },
        { type: 'invites', invites: [] },
        { type: 'invites', invites: [
            { invite: ID, uses: 3, left: 0, seconds: 59 }] },
        { type: 'left', peer: ID },
        { type: 'away', peer: ID, on: true },
        { type: 'rejoin', reason: 'crash' },
        { type: 'speaker', peer: ID },
        { type: 'speaker', peer: null },
        { type: 'carry', mid: '3', track: ID },
        { type: 'carry', mid: '3', track: null },
        { type: 'wanted', track: ID, height: 0 },
        { type: 'wanted', track: ID, height: 8640 },
        {
            type: 'quality', rate: 0, rtt: 12, loss: 0.25, up: 1,
            videos: { 3: 0, 4: 3 }, peers: { [ID]: 4 },
        },
        { type: 'pong' },
        { type: 'ticket', resume: 'x' },
        { type: 'tracks', peer: ID, tracks: [{
            track: ID, kind: 'audio', source: 'microphone', muted: true,
        }] },
        { type: 'message', from: ID, data: 'x' },
        { type: 'end', reason: 'host' },
        { type: 'error', code: 'json', message: 'x' },
    ]) {
        assert.deepEqual(parseMessage(JSON.stringify(message)), message);
    }
});

test('anything else is not taken', () => {
    for (const text of [
        '', 'null', '[]', '1', '{', '{"type":"toString"}',
        '{"type":"__proto__"}', '{"type":"left"}',
        '{"type":"left","peer":"__proto__"}',
        '{"type":"left","peer":"0123456789ABCDEF"}',
        '{"type":"answer","sdp":"","tracks":[]}',
        `{"type":"tracks","peer":"${ID}","tracks":[{"track":"${ID}"}]}`,
        `{"type":"joined","you":"${ID}","host":1,"peers":[]}`,
        `{"type":"peer","peer":"${ID}","name":""}`,
        `{"type":"room","password":1,"locked":true,"lobby":true,"link":true,`
            + '"changed":"x"}',
        '{"type":"host"}', '{"type":"stopped","track":"x"}',
        `{"type":"silenced","peer":"${ID}"}`, `{"type":"knock","peer":"${ID}"}`,
        '{"type":"speaker"}', '{"type":"speaker","peer":"x"}',
        '{"type":"carry","mid":3,"track":null}', '{"type":"carry","mid":"3"}',
        `{"type":"wanted","track":"${ID}","height":-1}`,
        `{"type":"wanted","track":"${ID}","height":8641}`,
        `{"type":"wanted","track":"${ID}"}`,
        ...['"rate":-1', '"rtt":1.5', '"loss":1.1', '"up":null',
            '"videos":{"1":4}', '"videos":[]', '"peers":{"1":0}'].map(
            (wrong) => '{"type":"quality","rate":1,"rtt":1,"loss":0,"up":0,'
                + `"videos":{},"peers":{},${wrong}}`),
        '{"type":"invites"}', '{"type":"invites","invites":{}}',
        `{"type":"invites","invites":[{"invite":"${ID}","uses":1,"left":-1,`
            + '"seconds":1}]}',
        `{"type":"invites","invites":[{"invite":"${ID}","uses":1.5,"left":1,`
            + '"seconds":1}]}',
    ]) {
        assert.equal(parseMessage(text), null, text);
    }
});

test('joined without a room, or with a wrong one, is not taken', () => {
    const joined = {
        type: 'joined', you: ID, resume: 'x', resumed: false, host: false,
        silenced: false, room: ROOM, peers: [],
    };

    assert.notEqual(parseMessage(JSON.stringify(joined)), null);

    for (const wrong of [{ room: undefined }, { room: null }, { room: [] },
                         { room: { ...ROOM, link: undefined } },
                         { silenced: undefined },
                         { peers: [{ peer: ID, name: '', tracks: [],
                                     away: false, host: true }] }])
    {
        assert.equal(parseMessage(JSON.stringify({ ...joined, ...wrong })),
                     null);
    }
});

test('what hosts say is what PROTOCOL.md says', () => {
    for (const good of [
        { type: 'password', proof: null }, { type: 'password', proof: TOKEN },
        { type: 'lock', on: true }, { type: 'lobby', on: false },
        { type: 'link', on: true }, { type: 'admit', peer: ID },
        { type: 'deny', peer: ID }, { type: 'kick', peer: ID },
        { type: 'silence', on: true }, { type: 'silence', on: false, peer: ID },
        { type: 'stop', track: ID }, { type: 'promote', peer: ID },
        { type: 'invite', token: TOKEN, uses: 1, seconds: 60 },
        { type: 'invite', token: TOKEN, uses: 1000, seconds: 2592000 },
        { type: 'revoke', invite: ID }, { type: 'end' },
    ]) {
        assert.equal(isCommand(good), true, JSON.stringify(good));
        assert.equal(isHosts(good.type), true);
    }

    for (const bad of [
        null, [], {}, 'end', { type: 'send', data: '' }, { type: 'toString' },
        { type: 'password' }, { type: 'password', proof: '' },
        { type: 'lock' }, { type: 'lock', on: 1 }, { type: 'end', on: true },
        { type: 'kick' }, { type: 'kick', peer: 'x' },
        { type: 'silence', peer: ID }, { type: 'silence', peer: 1, on: true },
        { type: 'invite', token: TOKEN, uses: 0, seconds: 60 },
        { type: 'invite', token: TOKEN, uses: 1001, seconds: 60 },
        { type: 'invite', token: TOKEN, uses: 1, seconds: 59 },
        { type: 'invite', token: TOKEN, uses: 1, seconds: 2592001 },
        { type: 'invite', token: TOKEN, uses: 1.5, seconds: 60 },
        { type: 'invite', token: TOKEN, uses: NaN, seconds: 60 },
        { type: 'invite', token: 'short', uses: 1, seconds: 60 },
    ]) {
        assert.equal(isCommand(bad), false, JSON.stringify(bad));
    }

    assert.equal(isHosts('offer'), false);
    assert.equal(isHosts(undefined), false);
});

function answer(status, body) {
    return async () => new Response(
        status === 204 ? null : JSON.stringify(body), { status });
}

test('creating a room', async (t) => {
    const base = new URL('https://example.org/meet/rooms/');
    const fetch = t.mock.method(globalThis, 'fetch',
                                answer(201, { host: 'token', resume: 'x' }));

    assert.deepEqual(await createRoom(base, 'ab', 'proof'),
                     { host: 'token', resume: 'x' });

    const [url, options] = fetch.mock.calls[0].arguments;

    assert.equal(String(url), 'https://example.org/meet/rooms/ab');
    assert.equal(options.method, 'PUT');
    assert.equal(options.body, '{"proof":"proof"}');

    const body = async (...wish) => {
        await createRoom(base, 'ab', ...wish);
        return fetch.mock.calls.at(-1).arguments[1].body;
    };

    assert.equal(await body(null), null);
    assert.equal(await body(null, false), null);
    assert.equal(await body(null, true), '{"lobby":true}');
    assert.equal(await body('p', true), '{"proof":"p","lobby":true}');

    for (const [status, error, code] of [
        [403, 'origin', 'origin'], [403, 'create', 'create'],
        [503, 'full', 'full'],
        [409, 'exists', 'server'], [500, '', 'server'],
    ]) {
        fetch.mock.mockImplementation(answer(status, { error }));
        await assert.rejects(createRoom(base, 'ab', null), { code });
    }

    fetch.mock.mockImplementation(async () => { throw new TypeError(); });
    await assert.rejects(createRoom(base, 'ab', null),
                         { code: 'unreachable' });

    fetch.mock.mockImplementation(answer(204));
    await deleteRoom(base, 'ab', 'token');
    assert.equal(fetch.mock.calls.at(-1).arguments[1].headers.Authorization,
                 'Bearer token');
});

test('chat', () => {
    assert.equal(chatFromData(chatToData('hi <b>')), 'hi <b>');
    assert.equal(chatFromData(chatToData('x'.repeat(9000))).length, 4000);

    for (const data of ['', '{', 'null', '1', '{"chat":1}', '{"chat":" "}']) {
        assert.equal(chatFromData(data), null);
    }
});

test('every failure has a sentence, and no sentence says too much', () => {
    for (const code of codes()) {
        const { title, text } = sentence(code);

        assert.ok(title.length > 5 && title.length < 70, code);
        assert.ok(text.endsWith('.'), code);
        assert.doesNotMatch(title + text, /end.to.end/i);
    }

    for (const source of ['microphone', 'camera', 'screen']) {
        for (const name of ['NotAllowedError', 'NotFoundError', 'AbortError',
                            'NotReadableError', 'OverconstrainedError'])
        {
            const error = Object.assign(new Error(), { name });

            assert.ok(codes().includes(fromMediaError(error, source)));
        }
    }

    for (let code = 1000; code < 5000; code++) {
        assert.ok(codes().includes(fromCloseCode(code)));
    }
});
