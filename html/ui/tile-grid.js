import { layout } from '../grid.js';
import { VideoTile } from './video-tile.js';

const CHECK_MS = 1000;

/** All tiles.  A tile is never moved in the DOM, so its video never stops. */
export class TileGrid extends HTMLElement {
    /** @type {Map<string, VideoTile>} */
    #tiles = new Map();

    /** @type {import('../view.js').Tile[]} */
    #shown = [];

    #observer = new ResizeObserver(() => this.#place());

    /** @type {ReturnType<typeof setInterval> | undefined} */
    #timer;

    connectedCallback() {
        this.#observer.observe(this);
        this.#timer = setInterval(
            () => this.#tiles.forEach((tile) => tile.check()), CHECK_MS);
    }

    disconnectedCallback() {
        this.#observer.disconnect();
        clearInterval(this.#timer);
    }

    /**
     * @param {import('../view.js').Tile[]} tiles
     * @param {(tile: import('../view.js').Tile) => MediaStreamTrack | null}
     *     media
     * @param {Set<string>} speaking audio tracks
     */
    update(tiles, media, speaking) {
        const keys = new Set(tiles.map((t) => t.key));

        for (const [key, element] of this.#tiles) {
            if (!keys.has(key)) {
                element.remove();
                this.#tiles.delete(key);
            }
        }

        for (const tile of tiles) {
            let element = this.#tiles.get(tile.key);

            if (!element) {
                element = new VideoTile();
                this.append(element);
                this.#tiles.set(tile.key, element);
            }

            element.update(tile, media(tile),
                           tile.voice !== null && speaking.has(tile.voice));
        }

        this.#shown = tiles;
        this.#place();
    }

    #place() {
        const rects = layout(this.#shown.map((t) => t.large),
                             this.clientWidth, this.clientHeight);

        this.#shown.forEach((tile, i) => {
            if (rects[i]) {
                this.#tiles.get(tile.key)?.place(rects[i]);
            }
        });
    }
}

customElements.define('sm-grid', TileGrid);
