import { WORDS, tileStatus } from '../quality.js';
import { hueOf, initials } from '../view.js';
import { fromTemplate, get, setTrack } from './dom.js';

const STOPPED_MS = 1000;

/* until the first picture of a track is there, or of one that was paused */
const FIRST_MS = 3000;

/**
 * @typedef {object} Marks
 * @property {number} level     of the person's connection, 0: not known
 * @property {boolean} weak
 * @property {boolean} bad
 * @property {boolean} starved  the server has no room for the picture
 */

/** One person's camera, or one screen. */
export class VideoTile extends HTMLElement {
    /** Is not asked for, since nobody sees it. */
    paused = false;

    #name = '';
    #away = false;
    #heard = false;
    #starved = false;
    #bad = false;

    /** Has a picture that moves: of a screen, nobody can tell. */
    #moves = false;

    #frame = 0;     /* when the last one came */
    #frames = -1;   /* how many, in browsers that do not tell of each */
    #since = 0;     /* when pictures were to come */
    #came = false;  /* one did since then */
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
     * @param {Marks} marks
     */
    update(tile, track, speaking, { level, weak, bad, starved }) {
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
            this.#await();
        }

        this.toggleAttribute('data-weak', weak && !screen);
        this.#level(screen ? 0 : level);

        this.#name = tile.name;
        this.#away = tile.away;
        this.#heard = tile.voice !== null && !tile.muted;
        this.#starved = starved && track !== null;
        this.#bad = bad && !tile.self && !screen;
        this.#moves = track !== null && !tile.self && !screen;
        this.check();
    }

    /** @param {number} level */
    #level(level) {
        const mark = get('.tile-quality', this, HTMLElement);

        if (mark.dataset.level !== String(level)) {
            mark.dataset.level = String(level);
            mark.title = level ? `Connection: ${WORDS[level]}` : '';
            mark.setAttribute('aria-label', mark.title);
        }
    }

    #await() {
        this.#since = performance.now();
        this.#came = false;
    }

    /** To be called now and then: says if the picture stands still. */
    check() {
        const now = performance.now();
        const paused = this.paused || document.hidden;

        if (paused || !this.#moves || this.#starved) {
            this.#await();

        } else if (!this.#watched) {
            this.#count(now);
        }

        const stopped = this.#came ? now - this.#frame > STOPPED_MS : false;
        const waits = !this.#came && now - this.#since > FIRST_MS;
        const shown = get('video', this, HTMLVideoElement).videoWidth > 0;

        const text = tileStatus({
            name: this.#name, away: this.#away, starved: this.#starved,
            stopped: stopped || waits && shown, waits: waits && !shown,
            heard: this.#heard, bad: this.#bad,
        });

        this.toggleAttribute('data-stopped', !paused
                             && (this.#starved || stopped || waits));

        const wait = get('.tile-wait', this, HTMLElement);

        if (wait.textContent !== text) {
            wait.textContent = text;
        }
    }

    #watch() {
        const video = get('video', this, HTMLVideoElement);

        const seen = () => {
            this.#frame = performance.now();
            this.#came = true;
            video.requestVideoFrameCallback(seen);
        };

        if ('requestVideoFrameCallback' in video) {
            this.#watched = true;
            video.requestVideoFrameCallback(seen);
        }
    }

    /** @param {number} now */
    #count(now) {
        const { totalVideoFrames } = get('video', this, HTMLVideoElement)
            .getVideoPlaybackQuality();

        if (totalVideoFrames !== this.#frames) {
            this.#came ||= this.#frames >= 0 && totalVideoFrames > 0;
            this.#frames = totalVideoFrames;
            this.#frame = now;
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
