import assert from 'node:assert/strict';
import test from 'node:test';
import { heard, seconds, seen, sentFps, timeUntil }
    from '../browser/lib/figures.mjs';

/* 10 frames per second, sampled twice as often; none in between */
function video({ still = [0, 0], low = [0, 0], ms = 10000 }) {
    const samples = [];
    let frames = 0;

    for (let at = 0; at <= ms; at += 50) {
        const stands = at > still[0] && at < still[1];

        frames += at % 100 === 0 && !stands ? 1 : 0;
        samples.push({
            at, frames, height: at >= low[0] && at < low[1] ? 180 : 720,
            bytes: at * 100, rate: 900000,
        });
    }

    return samples;
}

const audio = (id, packetsReceived, totalSamplesReceived, concealedSamples,
               silentConcealedSamples) => ({
    type: 'inbound-rtp', kind: 'audio', trackIdentifier: id, packetsReceived,
    totalSamplesReceived, concealedSamples, silentConcealedSamples,
});

test('video that goes on', () => {
    const { fps, stalled, heights, switches } = seen(video({}), 0, 10000);

    assert.equal(fps, 10);
    assert.equal(stalled, 0);
    assert.deepEqual(heights, [720]);
    assert.equal(switches, 0);
});

test('video that stands still', () => {
    const short = seen(video({ still: [3000, 3200] }), 0, 10000);
    const long = seen(video({ still: [3000, 5000] }), 0, 10000);
    const end = seen(video({ still: [9000, 20000] }), 0, 10000);

    assert.equal(short.stalled, 0);
    assert.equal(long.stalled, 2);
    assert.ok(long.fps < 8.2);
    assert.equal(end.stalled, 1);
    assert.equal(seen([], 0, 4000).stalled, 4);
    assert.equal(seen([], 0, 4000).fps, 0);
});

test('video that changes its size', () => {
    const samples = video({ low: [2000, 6000] });
    const { heights, switches } = seen(samples, 0, 10000);

    assert.deepEqual(heights, [180, 720]);
    assert.equal(switches, 2);
    assert.equal(timeUntil(samples, 1500, (s) => s.height < 720), 500);
    assert.equal(timeUntil(samples, 5000, (s) => s.height === 720), 1000);
    assert.equal(timeUntil(samples, 0, (s) => s.height > 720), null);
});

test('a size that is told but not shown does not count', () => {
    const samples = video({ low: [2000, 9000], still: [1900, 3000] });

    assert.equal(timeUntil(samples, 1500, (s) => s.height < 720), 1500);
});

test('sound: what is made up, of those that speak', () => {
    const before = { at: 0, rtp: [audio('a', 100, 1000, 10, 0),
                                  audio('b', 50, 0, 0, 0)] };
    const after = { at: 9, rtp: [audio('a', 200, 2000, 70, 10),
                                 audio('b', 50, 1000, 1000, 900)] };
    const { concealed, silent } = heard(before, after);

    assert.equal(concealed, 5);
    assert.equal(silent, 6);
});

test('the best layer is what is sent', () => {
    const rows = (at, q, f) => ({ at, rtp: [['q', q], ['f', f]].map(
        ([rid, framesEncoded]) => ({
            type: 'outbound-rtp', kind: 'video', rid, framesEncoded,
        })) });

    assert.equal(sentFps(rows(0, 50, 10), rows(2000, 65, 40)), 15);
});

test('spatial layers are not more frames', () => {
    const rows = (at, framesEncoded, frames) => ({ at, rtp: [
        { type: 'outbound-rtp', kind: 'video', framesEncoded },
        { type: 'media-source', kind: 'video', frames }] });

    assert.equal(sentFps(rows(0, 30, 10), rows(2000, 120, 40)), 15);
    assert.equal(sentFps(rows(0, 30, 10), rows(2000, 50, 40)), 10);
});

test('second by second', () => {
    assert.equal(seconds(video({ low: [1000, 3000], ms: 1950 }), 0),
                 '720p 9 760/900, 180p 9 760/900');
});
