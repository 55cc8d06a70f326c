/**
 * What one shows and says: the switches above media.js.  No page.
 *
 * Events: `change`; `failure` (detail: a Failure); `calm` (detail: a
 * source), before it is tried again.
 */

import { Failure } from './failure.js';
import { Media } from './media.js';

/** @typedef {import('./state.js').Source} Source */

export const SOURCES = /** @type {const} */ (
    ['microphone', 'camera', 'screen', 'screen-audio']);

export class Own extends EventTarget {
    #media = new Media();

    /** @type {Set<Source>} what is being opened */
    #opening = new Set();

    #unmuted = true;

    /** @type {Set<Source>} what was on before `pause` */
    #paused = new Set();

    constructor() {
        super();
        this.#media.addEventListener('change', () => this.#changed());
        this.#media.addEventListener('lost', (event) => {
            const { detail } = /** @type {CustomEvent} */ (event);

            if (detail === 'microphone' || detail === 'camera') {
                this.#fail(new Failure('device-lost'));

            } else if (detail === 'screen') {
                this.#media.close('screen-audio');
            }
        });
    }

    /** @param {Source} source */
    track(source) {
        return this.#media.track(source);
    }

    /** @returns {Set<Source>} what the others see and hear */
    on() {
        return new Set(SOURCES.filter((s) => this.track(s) !== null
            && (s !== 'microphone' || this.#unmuted)));
    }

    /** Is the browser asking the person? */
    get waiting() {
        return this.#opening.size > 0;
    }

    /** Opens camera and microphone. */
    async open() {
        if (this.waiting || this.track('microphone') !== null) {
            return;
        }

        this.#opening.add('microphone').add('camera');
        this.#changed();
        (await this.#media.openBoth()).forEach((f) => this.#fail(f));
        this.#opening.clear();
        this.#unmuted = true;
        this.#changed();
    }

    /** @param {Source} source */
    async toggle(source) {
        if (this.#opening.has(source)) {
            return;
        }

        this.#opening.add(source);
        this.dispatchEvent(new CustomEvent('calm', { detail: source }));

        try {
            await this.#switch(source);

        } catch (error) {
            this.#fail(error);
        }

        this.#opening.delete(source);
        this.#changed();
    }

    /** Stops all captures; what was on is remembered. */
    pause() {
        this.#paused = this.on();
        this.#media.closeAll();
    }

    /** Opens again what was on, but not the screen. */
    async resume() {
        for (const source of /** @type {const} */ (['microphone', 'camera'])) {
            if (this.#paused.has(source)) {
                await this.#media.open(source).catch((e) => this.#fail(e));
            }
        }

        this.#paused.clear();
    }

    /**
     * What was on before the page was loaded again.
     *
     * @param {string[]} sources
     */
    async restore(sources) {
        this.#paused = new Set(SOURCES.filter((s) => sources.includes(s)));
        await this.resume();
    }

    /** @param {Source} source */
    close(source) {
        this.#media.close(source);

        if (source === 'screen') {
            this.#media.close('screen-audio');
        }
    }

    /**
     * @param {'microphone' | 'camera' | 'speaker'} use
     * @param {string} device
     */
    async choose(use, device) {
        this.#media.choose(use, device);

        if (use !== 'speaker' && this.track(use) !== null) {
            await this.#media.open(use).catch((e) => this.#fail(e));
            this.#apply();
        }
    }

    /** @param {'microphone' | 'camera' | 'speaker'} use */
    chosen(use) {
        return this.#media.chosen(use);
    }

    devices() {
        return this.#media.devices();
    }

    /** @param {Source} source */
    async #switch(source) {
        switch (source) {

        case 'microphone':
            if (this.track('microphone') === null) {
                await this.#media.open('microphone');
                this.#unmuted = true;

            } else {
                this.#unmuted = !this.#unmuted;
            }

            this.#apply();
            break;

        case 'camera':
            if (this.track('camera') === null) {
                await this.#media.open('camera');

            } else {
                this.#media.close('camera');
            }
            break;

        default:
            if (this.track('screen') === null) {
                await this.#media.openScreen();

            } else {
                this.#media.close('screen');
                this.#media.close('screen-audio');
            }
        }
    }

    #apply() {
        const track = this.track('microphone');

        if (track) {
            track.enabled = this.#unmuted;
        }
    }

    /** @param {unknown} error */
    #fail(error) {
        this.dispatchEvent(new CustomEvent('failure', { detail: error }));
    }

    #changed() {
        this.dispatchEvent(new Event('change'));
    }
}
