import { hueOf, initials } from '../view.js';
import { fromTemplate, get, setTrack } from './dom.js';

/** One person's camera, or one screen. */
export class VideoTile extends HTMLElement {
    connectedCallback() {
        if (this.childElementCount === 0) {
            this.append(fromTemplate('tile-template'));
            this.setAttribute('role', 'listitem');
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

        setTrack(video, track);
    }

    /** @param {import('../grid.js').Rect} rect */
    place(rect) {
        this.style.width = rect.width + 'px';
        this.style.height = rect.height + 'px';
        this.style.transform = `translate(${rect.x}px, ${rect.y}px)`;
    }
}

customElements.define('sm-tile', VideoTile);
