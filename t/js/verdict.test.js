import assert from 'node:assert/strict';
import test from 'node:test';
import { STEPS, judge, report, verdictOf } from '../../html/verdict.js';

const GOOD = Object.fromEntries(Object.keys(STEPS).map(
    (step) => [step, { outcome: 'good', text: 'fine' }]));
const SERVER = [
    { protocol: 'udp', address: '192.0.2.1', port: 3478 },
    { protocol: 'tcp', address: '192.0.2.1', port: 443 },
];
const FLOW = { rate: 900000, able: 0, limited: false, loss: 0, jitter: 3,
               rtt: 20 };

function verdict(outcomes, candidates = SERVER) {
    const results = { ...GOOD };

    for (const [step, outcome] of Object.entries(outcomes)) {
        results[step] = { outcome, text: 'why ' + step };
    }

    return verdictOf(results, candidates);
}

test('what was measured, in numbers and by how good it is', () => {
    assert.deepEqual(judge(FLOW), {
        outcome: 'good',
        text: '900 kbit/s used, 0 % lost, 3 ms jitter, 20 ms round trip',
    });
    assert.equal(judge({ ...FLOW, able: 2500000, rtt: 0, loss: 0.015 }).text,
        '900 kbit/s used, 2.5 Mbit/s possible, 1.5 % lost, 3 ms jitter');

    const of = (more) => {
        const { outcome, why } = judge({ ...FLOW, ...more });

        return [outcome, why];
    };

    /* little is used where little is to be sent */
    assert.deepEqual(of({ rate: 1000 }), ['good', undefined]);
    assert.deepEqual(of({ limited: true }), ['fair', 'slow']);
    assert.deepEqual(of({ limited: true, able: 1200000 }),
                     ['good', undefined]);
    assert.deepEqual(of({ limited: true, rate: 399999 }), ['bad', 'slow']);
    assert.deepEqual(of({ loss: 0.02 }), ['fair', 'loss']);
    assert.deepEqual(of({ loss: 0.1 }), ['bad', 'loss']);
    assert.deepEqual(of({ rtt: 250 }), ['fair', 'delay']);
    assert.deepEqual(of({ rtt: 800 }), ['bad', 'delay']);
});

test('the verdict names what is in the way, first what is first', () => {
    assert.deepEqual([
        {}, { site: 'bad', socket: 'skip', room: 'skip' },
        { socket: 'bad', room: 'skip' }, { room: 'bad', udp: 'skip' },
        { udp: 'bad', tcp: 'bad' }, { udp: 'bad', tcp: 'skip' },
        { udp: 'bad' }, { tcp: 'bad' }, { tcp: 'skip' }, { devices: 'bad' },
        { devices: 'bad', udp: 'bad' },
        { devices: 'bad', up: 'fair' }, { devices: 'bad', up: 'bad' },
    ].map((o) => verdict(o).code), [
        'good', 'no-site', 'no-socket', 'partly', 'no-media', 'no-media',
        'tcp-only', 'good', 'good', 'no-devices', 'tcp-only', 'no-devices',
        'delay',
    ]);
    assert.match(verdict({ room: 'bad' }).text, /why room/);
    assert.match(verdict({ devices: 'bad' }).text, /why devices/);
});

test('what is weak, and which way', () => {
    for (const [why, code] of [['slow', 'slow-upload'],
                               ['loss', 'loss-upload'],
                               ['delay', 'delay']])
    {
        const results = { ...GOOD, up: { outcome: 'fair', text: '', why } };

        assert.equal(verdictOf(results, []).code, code);
    }

    assert.equal(verdictOf({ ...GOOD, down: {
        outcome: 'bad', text: '', why: 'slow' } }, []).code, 'slow-download');
});

test('the administrator is told which address to open', () => {
    assert.equal(verdict({}).admin, '');
    assert.match(verdict({ udp: 'bad' }).admin,
                 /allow outgoing UDP to 192\.0\.2\.1 port 3478\.$/);
    assert.match(verdict({ udp: 'bad', tcp: 'bad' }).admin,
                 /UDP to 192\.0\.2\.1 port 3478, TCP to 192\.0\.2\.1 port 443/);
    assert.match(verdict({ udp: 'bad', tcp: 'skip' }, []).admin,
                 /media port of this server\. The server offers no path/);
    assert.match(verdict({ socket: 'bad' }).admin, /WebSocket/);
});

test('the result to be copied', () => {
    const results = { ...GOOD, udp: { outcome: 'bad', text: 'Nothing' } };
    const text = report(results, verdictOf(results, SERVER));

    assert.match(text, /^Meetings work here/);
    assert.match(text, /^FAILED: Sound and video over UDP\. Nothing$/m);
    assert.match(text, /^ok: The site answers\. fine$/m);
    assert.match(text, /^Please allow/m);
    assert.match(text, /^ok: Camera and microphone\.$/m);
});
