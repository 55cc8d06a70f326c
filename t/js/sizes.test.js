import assert from 'node:assert/strict';
import test from 'node:test';
import { Sizes } from '../../html/ui/sizes.js';

globalThis.devicePixelRatio = 1;

const tile = (key, height, seen = true, screen = false) => ({
    key, seen, screen, rect: { x: 0, y: 0, width: 100, height },
});

function start(t) {
    t.mock.timers.enable({ apis: ['setTimeout'] });

    const told = [];
    const sizes = new Sizes(() => told.push(Object.fromEntries(sizes.get())));

    return { sizes, told, tick: (ms) => t.mock.timers.tick(ms) };
}

test('a tile has its size at once, another one after it has settled', (t) => {
    const { sizes, told, tick } = start(t);

    sizes.input([tile('a', 300), tile('s', 300, true, true)], 0);
    assert.deepEqual(Object.fromEntries(sizes.get()), {
        a: { height: 360, pause: false }, s: { height: 0, pause: false },
    });
    tick(300);
    assert.equal(told.length, 1);

    sizes.input([tile('a', 400)], 400);
    sizes.input([tile('a', 100)], 450);
    assert.equal(sizes.get().get('a').height, 360);
    tick(299);
    assert.equal(told.length, 1);
    tick(1);
    assert.equal(told[1].a.height, 180);

    /* back before anybody was told */
    sizes.input([tile('a', 400)], 800);
    sizes.input([tile('a', 90)], 900);
    tick(300);
    assert.equal(told.length, 2);
});

test('what is not seen for long is paused, and back at once', (t) => {
    const { sizes, told, tick } = start(t);

    sizes.input([tile('a', 300)], 0);
    tick(300);

    for (const now of [1000, 3000, 4999]) {
        sizes.input([tile('a', 300, false)], now);
        tick(300);
    }

    assert.equal(told.length, 1);
    sizes.input([tile('a', 300, false)], 5000);
    tick(300);
    assert.equal(told[1].a.pause, true);

    sizes.input([tile('a', 300)], 7000);
    tick(0);
    assert.equal(told[2].a.pause, false);
});
