import { hueOf, initials } from '../view.js';
import { fromTemplate, get, setTrack } from './dom.js';

const STALLED_MS = 2500;

/** One person's camera, or one screen. */
export class VideoTile extends HTMLElement {
    #away = false;

    /** Has a picture that moves: of a screen, nobody can tell. */
    #moves = false;

    #frame = 0;     /* when the last one came */
    #watched = false;

    connectedCallback() {
        if (this.childElementCount === 0) {
            this.append(fromTemplate('tile-template'));
            this.setAttribute('role', 'listitem');
            this.#watch();
        }
    }

    /**
     * @param {import('../view.js').Tile} tile
     * @param {MediaStreamTrack | null} track
     * @param {boolean} speaking
     */
    update(tile, track, speaking) {
        const video = get('video', this, HTMLVideoElement);
        const screen = tile.source === 'screen';
        const label = tile.self && screen ? 'Your screen'
            : tile.self && tile.name !== 'You' ? tile.name + ' (you)'
            : screen ? tile.name + ': screen' : tile.name;

        this.dataset.peer = tile.peer;
        this.dataset.source = tile.source;
        this.toggleAttribute('data-self', tile.self);
        this.toggleAttribute('data-muted', tile.muted && !screen);
        this.toggleAttribute('data-video', track !== null);
        this.toggleAttribute('data-speaking', speaking && !screen);
        this.style.setProperty('--hue', String(hueOf(tile.peer)));
        this.setAttribute('aria-label', label);

        get('.tile-face', this, HTMLElement).textContent =
            screen ? '' : initials(tile.name);
        get('.tile-name', this, HTMLElement).textContent = label;

        if (setTrack(video, track)) {
            this.#frame = performance.now();
        }

        this.#away = tile.away;
        this.#moves = track !== null && !tile.self && !screen;
        this.check();
    }

    /** To be called now and then: says if the picture stands still. */
    check() {
        if (document.hidden) {
            this.#frame = performance.now();
        }

        const stalled = this.#moves && this.#watched
            && performance.now() - this.#frame > STALLED_MS;
        const wait = get('.tile-wait', this, HTMLElement);
        const text = this.#away ? 'Reconnecting…'
            : stalled ? 'The picture stopped' : '';

        if (wait.textContent !== text) {
            wait.textContent = text;
        }
    }

    #watch() {
        const video = get('video', this, HTMLVideoElement);

        const seen = () => {
            this.#frame = performance.now();
            video.requestVideoFrameCallback(seen);
        };

        if ('requestVideoFrameCallback' in video) {
            this.#watched = true;
            video.requestVideoFrameCallback(seen);
        }
    }

    /** @param {import('../grid.js').Rect} rect */
    place(rect) {
        this.style.width = rect.width + 'px';
        this.style.height = rect.height + 'px';
        this.style.transform = `translate(${rect.x}px, ${rect.y}px)`;
    }
}

customElements.define('sm-tile', VideoTile);
