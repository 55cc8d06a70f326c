import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { askForAudioRepair, reduceOffer } from '../../html/sdp.js';

/* offers as captured, addresses replaced: send audio and video, receive
 * audio and video */
const OFFERS = ['chromium', 'firefox'].map((browser) => ({
    browser,
    sdp: readFileSync(new URL(`offer-${browser}.sdp`, import.meta.url),
                      'utf8'),
}));

/* the same with layers, made by hand: send audio and video */
const LAYERS = ['chromium', 'firefox'].map((browser) => ({
    browser,
    sdp: readFileSync(new URL(`../fuzz/seeds/sdp/simulcast-as-${browser}`,
                              import.meta.url), 'utf8'),
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
        assert.doesNotMatch(out, /candidate|red\/|fec[-/]|telephone/);
        assert.doesNotMatch(out, /goog-remb|abs-send-time|toffset/);
        assert.doesNotMatch(out, /FEC-FR|packetization-mode=0/);
    });

    test(`${browser}: names of layers on m-lines of video only`, () => {
        assert.doesNotMatch(sections[1] + sections[3], /rtp-stream-id/);

        /* an answer without them is one for later m-lines as well */
        assert.equal(/rtp-stream-id/.test(sections[4]),
                     browser === 'chromium');
    });

    test(`${browser}: retransmission of each codec of video`, () => {
        for (const section of [sections[2], sections[4]]) {
            const codecs = [...section.matchAll(
                /^a=rtpmap:(\d+) (?!rtx)/gm)].map((m) => m[1]);
            const rtx = [...section.matchAll(/^a=rtpmap:(\d+) rtx\/90000/gm)]
                .map((m) => m[1]);
            const apt = rtx.map((type) =>
                new RegExp(`^a=fmtp:${type} apt=(\\d+)`, 'm')
                    .exec(section)[1]);

            assert.ok(codecs.length >= 3);
            assert.deepEqual(apt.toSorted(), codecs.toSorted());

            for (const type of codecs) {
                assert.match(section, new RegExp(
                    `^a=rtcp-fb:${type} transport-cc\r$`, 'm'));
            }
        }

        assert.doesNotMatch(sections[1], /rtx/);

        for (const section of sections.slice(1)) {
            assert.match(section, /transport-wide-cc-extensions-01/);
        }
    });

    test(`${browser}: the SSRC of retransmission`, () => {
        const [, first, second] =
            /^a=ssrc-group:FID (\d+) (\d+)/m.exec(sections[2]);
        const ssrcs = [...sections[2].matchAll(/^a=ssrc:(\d+) cname:/gm)]
            .map((m) => m[1]);

        assert.deepEqual(ssrcs, [first, second]);
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
        sections.slice(1, 3).forEach((section, i) =>
            assert.equal(section.match(/^a=ssrc:/gm).length, i + 1));
    });

    test(`${browser}: mixed extensions, for the session alone`, () => {
        assert.equal(out.match(/^a=extmap-allow-mixed\r$/gm)?.length ?? 0,
                     browser === 'chromium' ? 1 : 0);
        assert.equal(/allow-mixed/.test(sections[0]),
                     browser === 'chromium');
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

    test(`${browser}: 30 videos to receive fit, layers to send too`, () => {
        const layers = reduceOffer(
            LAYERS.find((l) => l.browser === browser).sdp);

        assert.ok(JSON.stringify(layers + sections[4].repeat(30)).length
                  < MOST);
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

for (const { browser, sdp } of LAYERS) {
    const out = reduceOffer(sdp);

    test(`${browser}: the layers that are sent`, () => {
        assert.deepEqual(out.match(/^a=(rid|simulcast):.*/gm),
                         ['a=rid:q send', 'a=rid:h send', 'a=rid:f send',
                          'a=simulcast:send q;h;f']);
        assert.match(out, /sdes:rtp-stream-id\r/);
        assert.match(out, /sdes:repaired-rtp-stream-id\r/);
        assert.match(out, /#dependency-descriptor-rtp-header-extension\r/);
        assert.deepEqual(out.match(/^a=ssrc-group:FID.*/gm),
                         sdp.match(/^a=ssrc-group:FID.*/gm));
        assert.equal(reduceOffer(out), out);
    });
}

const VIDEO = 'v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99\r\n'
    + 'a=mid:0\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:97 RTX/90000\r\n'
    + 'a=fmtp:97 rtx-time=1000;apt=96\r\n';

test('retransmission of what is not kept is dropped', () => {
    const out = reduceOffer(VIDEO
        + 'a=rtpmap:98 red/90000\r\na=rtpmap:99 rtx/90000\r\n'
        + 'a=fmtp:99 apt=98\r\n');

    assert.match(out, /^m=video 9 UDP\/TLS\/RTP\/SAVPF 96 97\r$/m);
    assert.doesNotMatch(out, /9[89]/);
    assert.match(out, /^a=rtpmap:97 RTX\/90000\r$/m);
    assert.match(out, /^a=fmtp:97 rtx-time=1000;apt=96\r$/m);
});

test('retransmission without a codec, or without a name, is dropped', () => {
    const out = reduceOffer(VIDEO
        + 'a=rtpmap:98 rtx/90000\r\na=fmtp:99 apt=96\r\n');

    assert.match(out, /^m=video 9 UDP\/TLS\/RTP\/SAVPF 96 97\r$/m);
    assert.doesNotMatch(out, /9[89]/);
});

test('lines of payload types that are not in the m-line are dropped', () => {
    const out = reduceOffer(VIDEO
        + 'a=rtpmap:120 VP9/90000\r\na=rtcp-fb:120 nack\r\n'
        + 'a=rtcp-fb:121 nack pli\r\na=fmtp:120 profile-id=0\r\n'
        + 'a=rtpmap:122 rtx/90000\r\na=fmtp:122 apt=120\r\n'
        + 'a=rtcp-fb:96 nack\r\n');

    assert.doesNotMatch(out, /12[0-2]/);
    assert.match(out, /^a=rtcp-fb:96 nack\r$/m);
});

test('SSRCs of error correction are dropped', () => {
    const out = reduceOffer(VIDEO
        + 'a=ssrc-group:FID 1 2\r\na=ssrc-group:FEC-FR 1 3\r\n'
        + 'a=ssrc-group:SIM 1 4\r\n'
        + [1, 1, 2, 2, 3].map((n) => `a=ssrc:${n} cname:c\r\n`).join(''));

    assert.deepEqual(out.match(/^a=ssrc.*/gm),
                     ['a=ssrc-group:FID 1 2', 'a=ssrc:1 cname:c',
                      'a=ssrc:2 cname:c']);
});

for (const { browser, sdp } of OFFERS) {
    test(`${browser}: asks for voice again, and nothing else`, () => {
        const out = askForAudioRepair(sdp);
        const lines = out.split('\r\n');
        const wish = /^a=rtcp-fb:(\d+) nack$/;
        const added = lines.filter((l, i) => wish.test(l)
            && /^a=rtpmap:\d+ opus/.test(lines[i - 1]));

        assert.equal(added.length, 2);
        assert.equal(out.length,
                     sdp.length + added.join('\r\n').length + 2);
        assert.equal(lines.filter((l) => !added.includes(l)).join('\r\n'),
                     sdp);
        assert.equal(askForAudioRepair(out), out, 'once is enough');
        assert.ok(reduceOffer(out).includes(`\r\n${added[0]}\r\n`));
    });
}

test('voice is asked for by the payload types of opus in the m-line', () => {
    const audio = 'm=audio 9 UDP/TLS/RTP/SAVPF 109 0\n'
        + 'a=rtpmap:109 OPUS/48000/2\na=rtpmap:0 PCMU/8000\n'
        + 'a=rtpmap:110 opus/48000/2\n';
    const video = 'm=video 9 UDP/TLS/RTP/SAVPF 109\n'
        + 'a=rtpmap:109 opus/48000/2\n';

    assert.equal(askForAudioRepair('v=0\n' + audio + video),
                 'v=0\n' + audio.replace('a=rtpmap:0',
                                         'a=rtcp-fb:109 nack\na=rtpmap:0')
                 + video);
    assert.equal(askForAudioRepair(''), '');
});
