import assert from 'node:assert/strict';
import test from 'node:test';
import { chatFromData, chatToData } from '../../html/chat.js';
import { codes, fromCloseCode, fromMediaError, sentence }
    from '../../html/failure.js';
import { createRoom, deleteRoom, parseMessage } from '../../html/protocol.js';

const ID = '0123456789abcdef';

test('messages that are what PROTOCOL.md says', () => {
    for (const message of [
        {
            type: 'joined', you: ID, resume: 'x', resumed: false,
            host: false, peers: [],
        },
        { type: 'denied' },
        { type: 'answer', sdp: 'v=0', tracks: { 0: ID } },
        { type: 'peer', peer: ID, name: '' },
        { type: 'left', peer: ID },
        { type: 'away', peer: ID, on: true },
        { type: 'rejoin', reason: 'crash' },
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
    ]) {
        assert.equal(parseMessage(text), null, text);
    }
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

        assert.ok(title.length > 5 && title.length < 60, code);
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
