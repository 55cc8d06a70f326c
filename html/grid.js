/**
 * Where the tiles stand.  Pure.
 */

/** @typedef {{x: number, y: number, width: number, height: number}} Rect */

export const GAP = 10;
const WIDEST = 16 / 9;
const TALLEST = 4 / 3;
const TALLEST_UPRIGHT = 1;
const STRIP_SHARE = 0.22;
const STRIP_MIN = 132;
const STRIP_MAX = 260;

/**
 * The columns, rows and tile size with the largest tiles.
 *
 * @param {number} n
 * @param {number} width
 * @param {number} height
 * @param {number} [gap]
 */
export function gridSize(n, width, height, gap = GAP) {
    const tallest = width < height ? TALLEST_UPRIGHT : TALLEST;
    let best = { columns: 0, rows: 0, width: 0, height: 0 };

    for (let columns = 1; columns <= n; columns++) {
        const rows = Math.ceil(n / columns);
        const cellWidth = (width - gap * (columns - 1)) / columns;
        const cellHeight = (height - gap * (rows - 1)) / rows;

        if (cellWidth <= 0 || cellHeight <= 0) {
            continue;
        }

        const w = Math.floor(Math.min(cellWidth, cellHeight * WIDEST));
        const h = Math.floor(Math.min(cellHeight, cellWidth / tallest));

        if (w * h > best.width * best.height) {
            best = { columns, rows, width: w, height: h };
        }
    }

    return best;
}

/**
 * @param {number} n
 * @param {Rect} area
 * @returns {Rect[]} n tiles, centered, an incomplete last row as well
 */
export function gridRects(n, area) {
    const size = gridSize(n, area.width, area.height);
    const top = area.y + (area.height - size.rows * (size.height + GAP) + GAP)
                         / 2;
    const rects = [];

    for (let i = 0; i < n && size.columns > 0; i++) {
        const row = Math.floor(i / size.columns);
        const inRow = Math.min(size.columns, n - row * size.columns);
        const left = area.x + (area.width - inRow * (size.width + GAP) + GAP)
                              / 2;

        rects.push({
            x: Math.round(left + (i % size.columns) * (size.width + GAP)),
            y: Math.round(top + row * (size.height + GAP)),
            width: size.width,
            height: size.height,
        });
    }

    return rects;
}

/**
 * @param {boolean[]} large for each tile: is it a large one (a screen)?
 * @param {number} width
 * @param {number} height
 * @returns {Rect[]} in the order of `large`
 */
export function layout(large, width, height) {
    const screens = large.filter(Boolean).length;
    const small = large.length - screens;
    const all = { x: 0, y: 0, width, height };

    if (screens === 0 || small === 0) {
        return screens === 0 ? gridRects(small, all) : stage(screens, all);
    }

    const beside = width > height * 1.1;
    const side = beside ? width : height;
    const strip = Math.round(
        Math.max(STRIP_MIN, Math.min(STRIP_MAX, side * STRIP_SHARE)));
    const rest = side - strip - GAP;

    const big = stage(screens, beside ? { ...all, width: rest }
                                      : { ...all, height: rest });
    const little = gridRects(small, beside
        ? { x: rest + GAP, y: 0, width: strip, height }
        : { x: 0, y: rest + GAP, width, height: strip });

    return large.map((is) => /** @type {Rect} */ (
        is ? big.shift() : little.shift()));
}

/**
 * @param {number} n screens, one below the other or side by side
 * @param {Rect} area
 * @returns {Rect[]}
 */
function stage(n, area) {
    const beside = area.width > area.height * 2;
    const side = beside ? area.width : area.height;
    const share = (side - GAP * (n - 1)) / n;

    return Array.from({ length: n }, (_, i) => beside
        ? { ...area, x: area.x + i * (share + GAP), width: share }
        : { ...area, y: area.y + i * (share + GAP), height: share });
}
