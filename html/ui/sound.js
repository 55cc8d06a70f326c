import { tell } from './dom.js';

/** Plays what is heard.  Event: `sm-silent` when the browser forbids it. */
export class Sound extends HTMLElement {
    /** @type {Map<string, HTMLAudioElement>} */
    #audio = new Map();

    #speaker = '';

    /** @param {Map<string, MediaStreamTrack>} tracks by track id */
    update(tracks) {
        for (const [id, element] of this.#audio) {
            const shown = /** @type {MediaStream} */ (element.srcObject);

            if (tracks.get(id) !== shown.getTracks()[0]) {
                element.srcObject = null;
                element.remove();
                this.#audio.delete(id);
            }
        }

        for (const [id, track] of tracks) {
            if (!this.#audio.has(id)) {
                this.#add(id, track);
            }
        }
    }

    /** Plays all; to be called from a click. */
    resume() {
        this.#audio.forEach((element) => this.#play(element));
    }

    /** @param {string} device */
    choose(device) {
        this.#speaker = device;
        this.#audio.forEach((element) => this.#route(element));
    }

    /**
     * @param {string} id
     * @param {MediaStreamTrack} track
     */
    #add(id, track) {
        const element = document.createElement('audio');

        element.dataset.track = id;
        element.autoplay = true;
        element.srcObject = new MediaStream([track]);

        this.#audio.set(id, element);
        this.append(element);
        this.#route(element);
        this.#play(element);
    }

    /** @param {HTMLAudioElement} element */
    #play(element) {
        element.play().catch((error) => {
            if (error.name === 'NotAllowedError') {
                tell(this, 'sm-silent');
            }
        });
    }

    /** @param {HTMLAudioElement} element */
    #route(element) {
        if (this.#speaker !== '' && 'setSinkId' in element) {
            element.setSinkId(this.#speaker).catch(() => {});
        }
    }
}

customElements.define('sm-sound', Sound);
