import assert from 'node:assert/strict';
import test from 'node:test';
import { sentence } from '../../html/failure.js';
import { Lasting, Troubles, Weak, WORDS, ownLevel, tileStatus }
    from '../../html/quality.js';

const FINE = { rate: 0, rtt: 20, loss: 0, up: 0, videos: {}, peers: {} };
const PATH = { protocol: 'udp', rtt: 20, received: 0, able: 2000000 };

test('what lasts is, what passes is not', () => {
    const lasting = new Lasting(1000, 3000);
    const said = [[true, 0], [true, 999], [false, 1000], [true, 1100],
                  [true, 2099], [true, 2100], [false, 2200], [false, 5199],
                  [true, 5200], [false, 5300], [false, 8299], [false, 8300]]
        .map(([is, now]) => lasting.input(is, now));

    assert.deepEqual(said, [false, false, false, false, false, true, true,
                            true, true, true, true, false]);
});

test('the level of one\'s own connection', () => {
    assert.equal(ownLevel(null), 0);
    assert.deepEqual([
        {}, { loss: 0.019 }, { loss: 0.02 }, { up: 0.06 }, { loss: 0.15 },
        { rtt: 249 }, { rtt: 250 }, { rtt: 400 }, { rtt: 800 },
        { rtt: 300, up: 0.5 },
    ].map((more) => WORDS[ownLevel({ ...FINE, ...more })]), [
        'good', 'good', 'fair', 'poor', 'bad', 'good', 'fair', 'poor', 'bad',
        'bad',
    ]);
});

test('who is weak for a while, and who is no more', () => {
    const weak = new Weak();
    const input = (levels, now) => Object.fromEntries(
        weak.input(new Map(Object.entries(levels)), now));
    const [no, poor, bad] = [[false, false], [true, false], [true, true]]
        .map(([is, worse]) => ({ weak: is, bad: worse }));

    assert.deepEqual(input({ a: 2, b: 1, c: 3, d: 0 }, 0),
                     { a: no, b: no, c: no, d: no });
    assert.deepEqual(input({ a: 2, b: 1, c: 3, d: 0 }, 4000),
                     { a: poor, b: bad, c: no, d: no });
    assert.deepEqual(input({ a: 4, b: 1 }, 7999), { a: poor, b: bad });
    assert.deepEqual(input({ a: 4 }, 12000), { a: no });

    /* another stay is another matter */
    assert.deepEqual(input({ a: 4, b: 1 }, 12000), { a: no, b: no });
});

/** What is said after each second, of facts that stay. */
function troubles(facts, seconds, all = new Troubles()) {
    let said = [];

    for (let s = 0; s <= seconds; s++) {
        said = all.input({ quality: FINE, path: PATH, limited: false, udp: true,
                           ...facts }, s * 1000);
    }

    return said;
}

test('what is wrong, in words', () => {
    const cases = [
        ['slow-down', { quality: { ...FINE, videos: { 1: 3, 2: 0 } } }, 2],
        ['slow-up', { limited: true, path: { ...PATH, able: 299999 } }, 8],
        ['lossy-up', { quality: { ...FINE, up: 0.08 } }, 6],
        ['lossy-down', { quality: { ...FINE, loss: 0.08 } }, 6],
        ['over-tcp', { path: { ...PATH, protocol: 'tcp' } }, 2],
    ];

    for (const [code, facts, seconds] of cases) {
        assert.deepEqual(troubles(facts, seconds - 1), [], code);
        assert.deepEqual(troubles(facts, seconds), [code]);
        assert.notEqual(sentence(code), sentence('server'), code);
    }

    for (const facts of [
        { quality: null }, { limited: true },
        { limited: true, path: { ...PATH, able: 0 } },
        { path: { ...PATH, able: 1000 } },
        { path: { ...PATH, protocol: 'tcp' }, udp: false },
        { quality: { ...FINE, videos: { 1: 1 }, loss: 0.07, up: 0.07 } },
    ]) {
        assert.deepEqual(troubles(facts, 60), []);
    }
});

test('what matters most is said first', () => {
    assert.deepEqual(troubles({
        quality: { ...FINE, videos: { 1: 0 }, loss: 0.2, up: 0.2 },
        path: { ...PATH, protocol: 'tcp', able: 1 }, limited: true,
    }, 60), ['slow-down', 'slow-up', 'lossy-up', 'lossy-down', 'over-tcp']);
});

test('a picture that stands still says why', () => {
    const calm = { name: 'Bea', away: false, starved: false, stopped: false,
                   waits: false, heard: false, bad: false };
    const say = (more) => tileStatus({ ...calm, ...more });

    assert.equal(say({}), '');
    assert.equal(say({ heard: true }), '');
    assert.equal(say({ stopped: true }), 'The picture has stopped');
    assert.equal(say({ stopped: true, heard: true, bad: true }),
                 'The picture has stopped, Bea’s voice goes on');
    assert.match(say({ starved: true, stopped: true, heard: true }),
                 /^Paused: your connection is slow, Bea’s voice/);
    assert.equal(say({ away: true, stopped: true }), 'Reconnecting…');
    assert.equal(say({ waits: true }), 'Waiting for the picture');
    assert.equal(say({ bad: true }), 'Bea’s connection is bad');
});
