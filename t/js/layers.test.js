import assert from 'node:assert/strict';
import test from 'node:test';
import { heightFor } from '../../html/heights.js';
import { DOWN_MS, OFF_MS, RIDS, apply, layersFor, needed, settle, settled }
    from '../../html/layers.js';

const HD = layersFor(1280, 720);

test('as many layers as the picture is worth', () => {
    assert.deepEqual(HD.map((l) => [l.scale, l.height, l.bitrate]), [
        [4, 180, 150000], [2, 360, 500000], [1, 720, 1700000]]);
    assert.equal(HD.length, RIDS.length);
    assert.deepEqual(layersFor(960, 540).map((l) => l.height),
                     [135, 270, 540]);
    assert.deepEqual(layersFor(959, 539).map((l) => l.scale), [2, 1]);
    assert.deepEqual(layersFor(640, 360).map((l) => l.bitrate),
                     [150000, 500000]);
    assert.deepEqual(layersFor(480, 270).map((l) => l.scale), [2, 1]);
    assert.deepEqual(layersFor(320, 180).map((l) => [l.scale, l.bitrate]),
                     [[1, 150000]]);
});

test('a phone held upright, and a camera that does not say', () => {
    assert.deepEqual(layersFor(720, 1280).map((l) => [l.height, l.bitrate]), [
        [320, 150000], [640, 500000], [1280, 1700000]]);
    assert.equal(layersFor(0, 0).length, 3);
});

test('what is needed for the greatest height wanted', () => {
    assert.deepEqual([0, 1, 180, 181, 360, 361, 720, 721, 8640].map(
        (h) => needed(HD, h)), [0, 1, 1, 2, 2, 3, 3, 3, 3]);
});

test('more at once, fewer after a while, the last one after long', () => {
    const three = { count: 3, since: 1000 };

    assert.equal(settle(three, 1, 1000 + DOWN_MS - 1), three);
    assert.equal(settled(three, 1), 1000 + DOWN_MS);
    assert.equal(settle(three, 1, 1000 + DOWN_MS).count, 1);
    assert.deepEqual(settle(three, 3, 2000), { count: 3, since: 2000 });

    const one = settle(three, 0, 1000 + DOWN_MS);

    assert.equal(one.count, 1);
    assert.equal(settled(one, 0), 1000 + OFF_MS);
    assert.equal(settle(one, 0, 1000 + OFF_MS - 1).count, 1);
    assert.equal(settle(one, 0, 1000 + OFF_MS).count, 0);
    assert.equal(settled(settle(one, 0, 1000 + OFF_MS), 0), Infinity);
    assert.deepEqual(settle({ count: 0, since: 0 }, 2, 7),
                     { count: 2, since: 7 });
});

test('what is told to the browser', () => {
    const of = (n) => RIDS.slice(0, n).map((rid) => ({ rid, active: true }));
    const three = of(3);

    assert.equal(apply(three, HD, 2), true);
    assert.deepEqual(three, [
        { rid: 'q', active: true, scaleResolutionDownBy: 4,
          maxBitrate: 150000 },
        { rid: 'h', active: true, scaleResolutionDownBy: 2,
          maxBitrate: 500000 },
        { rid: 'f', active: false, scaleResolutionDownBy: 1,
          maxBitrate: 1700000 },
    ]);
    assert.equal(apply(three, HD, 2), false);
    assert.equal(apply(three, HD, 3), true);

    /* a small camera on the same m-line */
    const small = of(3);

    apply(small, layersFor(640, 360), 3);
    assert.deepEqual(small.map((e) => [e.active, e.scaleResolutionDownBy]),
                     [[true, 2], [true, 1], [false, 1]]);

    /* a server without simulcast */
    const one = of(1);

    apply(one, HD, 1);
    assert.deepEqual(one, [{ rid: 'q', active: true, maxBitrate: 1700000,
                             scaleResolutionDownBy: 1 }]);
    apply(one, HD, 0);
    assert.equal(one[0].active, false);
});

test('heights are rounded up, so that they seldom change', () => {
    const wide = (height) => ({ width: height * 16 / 9, height });

    assert.deepEqual([20, 180, 216, 217, 432, 433, 864, 865, 5184, 5185].map(
        (h) => heightFor(wide(h), 1)),
        [180, 180, 180, 360, 360, 720, 720, 1080, 4320, 0]);
    assert.equal(heightFor(wide(180), 2), 360);
    assert.equal(heightFor(wide(180), 3), 360);

    /* a picture covers its tile */
    assert.equal(heightFor({ width: 640, height: 100 }, 1), 360);
    assert.equal(heightFor({ width: 100, height: 360 }, 1), 360);
});
