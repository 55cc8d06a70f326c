import { heightFor } from '../heights.js';

/** What is not seen for so long is not received. */
const UNSEEN_MS = 5000;

/** So long a size has to last before anybody is told. */
const SETTLE_MS = 300;

/** @typedef {{height: number, pause: boolean}} Size */

/** How high the pictures of a grid are needed. */
export class Sizes {
    /** @type {Map<string, Size>} by the tile's key */
    #settled = new Map();

    /** @type {Map<string, number>} since when a tile is not seen */
    #unseen = new Map();

    /** @type {Map<string, Size>} */
    #now = new Map();

    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #timer;

    #changed;

    /** @param {() => void} changed is called when they are others */
    constructor(changed) {
        this.#changed = changed;
    }

    /**
     * @param {{key: string, screen: boolean, seen: boolean,
     *     rect: import('../grid.js').Rect}[]} tiles
     * @param {number} now
     */
    input(tiles, now) {
        this.#now = new Map(tiles.map(({ key, screen, seen, rect }) => {
            const since = seen ? now : this.#unseen.get(key) ?? now;

            this.#unseen.set(key, since);
            return [key, {
                height: screen ? 0 : heightFor(rect, devicePixelRatio),
                pause: now - since >= UNSEEN_MS,
            }];
        }));

        for (const key of this.#unseen.keys()) {
            if (!this.#now.has(key)) {
                this.#unseen.delete(key);
            }
        }

        if (this.#timer === undefined && !same(this.#now, this.#settled)) {
            const woken = [...this.#now].some(([key, { pause }]) =>
                !pause && this.#settled.get(key)?.pause);

            this.#timer = setTimeout(() => this.#settle(),
                                     woken ? 0 : SETTLE_MS);
        }
    }

    /** @returns {Map<string, Size>} by the tile's key */
    get() {
        return new Map([...this.#now].map(
            ([key, size]) => [key, this.#settled.get(key) ?? size]));
    }

    #settle() {
        this.#timer = undefined;

        if (!same(this.#now, this.#settled)) {
            this.#settled = this.#now;
            this.#changed();
        }
    }
}

/**
 * @param {Map<string, Size>} a
 * @param {Map<string, Size>} b
 */
function same(a, b) {
    return a.size === b.size && [...a].every(([key, { height, pause }]) =>
        b.get(key)?.height === height && b.get(key)?.pause === pause);
}
