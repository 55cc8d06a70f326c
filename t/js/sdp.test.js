import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { reduceOffer } from '../../html/sdp.js';

/* offers as captured, addresses replaced: send audio and video, receive
 * audio and video */
const OFFERS = ['chromium', 'firefox'].map((browser) => ({
    browser,
    sdp: readFileSync(new URL(`offer-${browser}.sdp`, import.meta.url),
                      'utf8'),
}));

const MOST = 48 * 1024;         /* what 40 voices and 25 videos may need */

for (const { browser, sdp } of OFFERS) {
    const out = reduceOffer(sdp);
    const sections = out.split(/\r\n(?=m=)/);

    test(`${browser}: the m-lines stay, in order`, () => {
        const mids = (text) => text.match(/^a=mid:\S+/gm);

        assert.deepEqual(mids(out), mids(sdp));
        assert.equal(sections.length, 5);
        assert.match(out, /^v=0\r\no=/);
        assert.ok(out.endsWith('\r\n'));
        assert.ok(!/\r\n\r\n/.test(out));
    });

    test(`${browser}: nothing that the server ignores`, () => {
        assert.doesNotMatch(out, /candidate|rtx|red\/|ulpfec|telephone/);
        assert.doesNotMatch(out, /transport-cc|goog-remb|abs-send-time/);
        assert.doesNotMatch(out, /ssrc-group|packetization-mode=0/);
    });

    test(`${browser}: every payload type has its rtpmap, and back`, () => {
        for (const section of sections.slice(1)) {
            const types = section.split('\r\n')[0].split(' ').slice(3);
            const maps = [...section.matchAll(/^a=rtpmap:(\d+)/gm)]
                .map((m) => m[1]);

            assert.deepEqual(types.toSorted(), maps.toSorted());

            for (const [, type] of section.matchAll(
                /^a=(?:fmtp|rtcp-fb):(\d+)/gm))
            {
                assert.ok(types.includes(type));
            }
        }
    });

    test(`${browser}: what the server needs is there once`, () => {
        for (const line of ['ice-ufrag', 'ice-pwd', 'fingerprint', 'setup']) {
            assert.equal(out.match(new RegExp(`^a=${line}:`, 'gm')).length, 1,
                         line);
        }

        assert.equal(out.match(/^a=rtcp-mux/gm).length, 4);
        assert.match(out, /^a=group:BUNDLE /m);
        assert.match(out, /ssrc-audio-level/);
        assert.match(out, /rtpmap:\d+ opus/);
        assert.match(out, /rtpmap:\d+ VP8/);
        assert.match(out, /nack pli/);
        sections.slice(1, 3).forEach((section) =>
            assert.equal(section.match(/^a=ssrc:/gm).length, 1));
    });

    test(`${browser}: the transport is the session's`, () => {
        assert.match(sections[0], /^a=fingerprint:sha-256 /m);
        assert.deepEqual(out.match(/^m=\w+ \d+/gm), sdp.match(/^m=\w+ \d+/gm));
        assert.deepEqual(out.match(/^a=bundle-only/gm),
                         sdp.match(/^a=bundle-only/gm));
    });

    test(`${browser}: a full meeting fits into a message`, () => {
        const text = sections[0] + sections[3].repeat(40)
                     + sections[4].repeat(25);

        assert.ok(JSON.stringify(text).length < MOST);
    });

    test(`${browser}: reducing twice changes nothing`, () => {
        assert.equal(reduceOffer(out), out);
    });
}

test('a closed m-line stays closed', () => {
    const line = 'm=audio 0 UDP/TLS/RTP/SAVPF 0\r\n';

    assert.equal(reduceOffer('v=0\r\n' + line + line),
                 'v=0\r\n' + line + line);
});

test('an m-line without a known codec keeps its types', () => {
    const out = reduceOffer('v=0\r\nm=application 9 UDP/DTLS/SCTP '
                            + 'webrtc-datachannel\r\na=mid:0\r\n');

    assert.match(out, /webrtc-datachannel\r\na=mid:0\r\n$/);
});
