import assert from 'node:assert/strict';
import test from 'node:test';
import { candidatesOf, withOnly } from '../../html/candidates.js';
import { Pulse, SILENT_MS, STEADY_MS } from '../../html/pulse.js';
import { flowOf, pathOf } from '../../html/stats.js';

const SDP = [
    'v=0', 'm=audio 9 UDP/TLS/RTP/SAVPF 111',
    'a=candidate:1 1 udp 2130706431 192.0.2.1 3478 typ host',
    'a=candidate:2 1 TCP 1015022079 192.0.2.1 443 typ host tcptype passive',
    'a=candidate:1 1 udp 2130706431 192.0.2.1 3478 typ host',
    'a=mid:0', '',
].join('\r\n');

test('the candidates of an answer, each once', () => {
    assert.deepEqual(candidatesOf(SDP), [
        { protocol: 'udp', address: '192.0.2.1', port: 3478 },
        { protocol: 'tcp', address: '192.0.2.1', port: 443 },
    ]);
    assert.deepEqual(candidatesOf('v=0\r\n'), []);
});

test('one protocol alone', () => {
    assert.equal(withOnly(SDP, null), SDP);
    assert.deepEqual(candidatesOf(withOnly(SDP, 'tcp')).map((c) => c.port),
                     [443]);
    assert.equal(withOnly(SDP, 'udp').split('\r\n').length, 6);
});

const local = (protocol) => ({ id: 'l', type: 'local-candidate', protocol });
const remote = { id: 'r', type: 'remote-candidate', protocol: 'udp' };
const pair = {
    id: 'p', type: 'candidate-pair', state: 'succeeded', nominated: true,
    localCandidateId: 'l', remoteCandidateId: 'r', bytesReceived: 90,
    currentRoundTripTime: 0.0234,
};

test('the path', () => {
    assert.deepEqual(pathOf([]), { protocol: '', rtt: 0, received: 0,
                                   able: 0 });
    assert.deepEqual(pathOf([pair, local('udp'), remote]), {
        protocol: 'udp', rtt: 23, received: 90, able: 0 });
    assert.equal(pathOf([pair, local('tcp'), remote]).protocol, 'tcp');

    /* in a browser that does not say it of the pair */
    assert.equal(pathOf([
        { type: 'remote-inbound-rtp', roundTripTime: 0 },
        { type: 'remote-inbound-rtp', roundTripTime: 0.04 }]).rtt, 40);

    /* the one that is selected, not any that once was */
    assert.equal(pathOf([pair, local('tcp'), remote,
        { ...pair, id: 'q', localCandidateId: 'm' },
        { id: 'm', type: 'local-candidate', protocol: 'udp' },
        { id: 't', type: 'transport', selectedCandidatePairId: 'q',
          bytesReceived: 100 },
    ]).protocol, 'udp');
});

test('what flows', () => {
    const reports = [
        { type: 'inbound-rtp', bytesReceived: 5, packetsReceived: 2,
          packetsLost: 1, jitter: 0.01 },
        { type: 'inbound-rtp', bytesReceived: 6, packetsReceived: 3,
          packetsLost: -3, jitter: 0.002, framesDecoded: 4 },
        { type: 'outbound-rtp', bytesSent: 7, packetsSent: 8, active: true,
          framesEncoded: 9, qualityLimitationReason: 'bandwidth' },
        { type: 'remote-inbound-rtp', packetsLost: 2, jitter: 0.03 },
    ];

    assert.deepEqual(flowOf(reports, 'inbound'), {
        bytes: 11, packets: 5, lost: 0, jitter: 10, frames: 4,
        limited: false });
    assert.deepEqual(flowOf(reports, 'outbound'), {
        bytes: 7, packets: 8, lost: 2, jitter: 30, frames: 9,
        limited: true });
    assert.equal(flowOf([{ ...reports[2], active: false }], 'outbound')
        .limited, false);
});

/** Looks each quarter of a second; when it is said that it is silent. */
function looks(pulse, comes, ms) {
    const said = [];
    let bytes = 0;

    for (let now = 10000; now < 10000 + ms; now += 250) {
        bytes += comes(now - 10000) ? 100 : 0;

        if (pulse.input(bytes, now)) {
            said.push(now - 10000);
        }
    }

    return said;
}

test('what came all the time has fallen silent: said once', () => {
    const [at, ...more] = looks(new Pulse(), (t) => t <= 5000, 30000);

    assert.ok(at >= 5000 + SILENT_MS && at <= 5250 + SILENT_MS, String(at));
    assert.deepEqual(more, []);
});

test('and once more when it came steadily again', () => {
    assert.equal(looks(new Pulse(), (t) => t <= 5000 || t > 9000 && t < 16000,
                       30000).length, 2);
});

test('what does not come steadily is no sign', () => {
    assert.deepEqual(looks(new Pulse(), () => false, 20000), []);
    assert.deepEqual(looks(new Pulse(), (t) => t < STEADY_MS - 500, 20000),
                     []);
    assert.deepEqual(looks(new Pulse(), (t) => t % 2000 === 0, 20000), []);
    assert.deepEqual(looks(new Pulse(), () => true, 20000), []);
});

test('a page that slept has missed nothing', () => {
    const pulse = new Pulse();

    for (let now = 0; now <= 5000; now += 250) {
        pulse.input(now, now);
    }

    assert.equal(pulse.input(5000, 60000), false);
    assert.equal(pulse.input(5000, 60250), false);
    assert.equal(pulse.input(5000, 61250), false);
});
