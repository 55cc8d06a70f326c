import { layout } from '../grid.js';
import { tell } from './dom.js';
import { Sizes } from './sizes.js';
import { VideoTile } from './video-tile.js';

const CHECK_MS = 250;

/**
 * All tiles.  A tile is never moved in the DOM, so its video never stops.
 * Event: `sm-sizes`, when pictures are needed otherwise than before.
 */
export class TileGrid extends HTMLElement {
    /** @type {Map<string, VideoTile>} */
    #tiles = new Map();

    /** @type {import('../view.js').Tile[]} */
    #shown = [];

    #observer = new ResizeObserver(() => this.#place());

    /** @type {Set<Element>} tiles that are outside of the window */
    #outside = new Set();

    #onScreen = new IntersectionObserver((entries) => {
        for (const { target, isIntersecting } of entries) {
            this.#outside[isIntersecting ? 'delete' : 'add'](target);
        }

        this.#measure();
    });

    #sizes = new Sizes(() => tell(this, 'sm-sizes'));

    /** Is something else in front of it all? */
    covered = false;

    #visible = () => this.#measure();

    /** @type {ReturnType<typeof setInterval> | undefined} */
    #timer;

    connectedCallback() {
        this.#observer.observe(this);
        this.#timer = setInterval(() => {
            this.#measure();
            this.#tiles.forEach((tile) => tile.check());
        }, CHECK_MS);
        document.addEventListener('visibilitychange', this.#visible);
    }

    disconnectedCallback() {
        this.#observer.disconnect();
        clearInterval(this.#timer);
        document.removeEventListener('visibilitychange', this.#visible);
    }

    /**
     * @param {import('../view.js').Tile[]} tiles what is to be shown next
     * @returns {Map<string, import('./sizes.js').Size>} by the tile's key
     */
    sizes(tiles) {
        this.#measure(tiles);
        return this.#sizes.get();
    }

    /**
     * @param {import('../view.js').Tile[]} tiles
     * @param {(tile: import('../view.js').Tile) => MediaStreamTrack | null}
     *     media
     * @param {Set<string>} speaking audio tracks
     * @param {(tile: import('../view.js').Tile) =>
     *     import('./video-tile.js').Marks} marks
     */
    update(tiles, media, speaking, marks) {
        const sizes = this.sizes(tiles);
        const keys = new Set(tiles.map((t) => t.key));

        for (const [key, element] of this.#tiles) {
            if (!keys.has(key)) {
                element.remove();
                this.#onScreen.unobserve(element);
                this.#outside.delete(element);
                this.#tiles.delete(key);
            }
        }

        for (const tile of tiles) {
            let element = this.#tiles.get(tile.key);

            if (!element) {
                element = new VideoTile();
                this.append(element);
                this.#tiles.set(tile.key, element);
                this.#onScreen.observe(element);
            }

            element.paused = sizes.get(tile.key)?.pause ?? false;
            element.update(tile, media(tile),
                           tile.voice !== null && speaking.has(tile.voice),
                           marks(tile));
        }

        this.#shown = tiles;
        this.#place();
    }

    /** @param {import('../view.js').Tile[]} [tiles] */
    #measure(tiles = this.#shown) {
        const rects = this.#rects(tiles);
        const free = !document.hidden && !this.covered;

        if (this.clientHeight === 0) {
            return;
        }

        this.#sizes.input(tiles.flatMap(({ key, self, source }, i) => {
            const element = this.#tiles.get(key);

            return self || !rects[i] ? [] : [{
                key, screen: source === 'screen', rect: rects[i],
                seen: free && !(element && this.#outside.has(element)),
            }];
        }), performance.now());
    }

    /** @param {import('../view.js').Tile[]} tiles */
    #rects(tiles) {
        return layout(tiles.map((t) => t.large), this.clientWidth,
                      this.clientHeight);
    }

    #place() {
        const rects = this.#rects(this.#shown);

        this.#shown.forEach((tile, i) => {
            if (rects[i]) {
                this.#tiles.get(tile.key)?.place(rects[i]);
            }
        });
    }
}

customElements.define('sm-grid', TileGrid);
