import assert from 'node:assert/strict';
import test from 'node:test';
import { gridRects, gridSize, layout } from '../../html/grid.js';

const SIZES = [[1280, 800], [360, 560], [640, 300], [1920, 1000]];

test('grids', () => {
    assert.deepEqual(gridSize(4, 1610, 910),
                     { columns: 2, rows: 2, width: 800, height: 450 });
    assert.equal(gridSize(2, 360, 560).columns, 1);
    assert.equal(gridSize(2, 1280, 500).columns, 2);
    assert.equal(gridSize(0, 100, 100).columns, 0);
});

test('no area, no tiles', () => {
    assert.deepEqual(gridRects(3, { x: 0, y: 0, width: 0, height: 0 }), []);
    assert.deepEqual(layout([], 100, 100), []);
});

function overlap(a, b) {
    return a.x < b.x + b.width && b.x < a.x + a.width
           && a.y < b.y + b.height && b.y < a.y + a.height;
}

test('tiles stay inside and apart', () => {
    for (const [width, height] of SIZES) {
        for (let n = 1; n <= 26; n++) {
            for (let screens = 0; screens <= Math.min(n, 2); screens++) {
                const large = Array.from({ length: n }, (_, i) => i < screens);
                const rects = layout(large, width, height);

                assert.equal(rects.length, n);

                rects.forEach((r, i) => {
                    assert.ok(r.width > 0 && r.height > 0);
                    assert.ok(r.x >= 0 && r.x + r.width <= width + 1);
                    assert.ok(r.y >= 0 && r.y + r.height <= height + 1);
                    assert.ok(!rects.slice(0, i).some((o) => overlap(o, r)),
                              `${n} ${screens} ${width}x${height}`);
                });
            }
        }
    }
});

test('a screen is the largest', () => {
    for (const [width, height] of SIZES) {
        const [a, screen, b] = layout([false, true, false], width, height)
            .map((r) => r.width * r.height);

        assert.ok(screen > a && screen > b);
    }
});
