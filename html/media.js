/**
 * Own devices: microphone, camera, screen.  No page, no network.
 */

import { Failure, fromMediaError } from './failure.js';

/** @typedef {import('./state.js').Source} Source */

const CAMERA = {
    width: { min: 320, ideal: 1280, max: 1280 },
    height: { min: 180, ideal: 720, max: 720 },
    frameRate: { ideal: 30, max: 30 },
};

/* three layers of it are as much as two cores can do beside the others */
const SMALL_CAMERA = {
    ...CAMERA, width: { ...CAMERA.width, ideal: 960 },
    height: { ...CAMERA.height, ideal: 540 },
    frameRate: { ideal: 24, max: 24 },
};

const FEW_CORES = 2;

const MICROPHONE = {
    echoCancellation: true, noiseSuppression: true, autoGainControl: true,
};

const SCREEN = { frameRate: { ideal: 15, max: 15 } };

/** Can this browser share a screen? */
export function canShareScreen() {
    return typeof navigator.mediaDevices?.getDisplayMedia === 'function';
}

/** Can this browser choose where sound comes out? */
export function canChooseSpeaker() {
    return 'setSinkId' in HTMLMediaElement.prototype;
}

/**
 * Holds what is captured now.  Events: `change`, and `lost` (detail: the
 * source) when the browser or the system ended a capture.
 */
export class Media extends EventTarget {
    /** @type {Map<Source, MediaStreamTrack>} */
    #tracks = new Map();

    /** @type {Map<string, string>} chosen device ids */
    #chosen = new Map();

    /**
     * @param {Source} source
     * @returns {MediaStreamTrack | null}
     */
    track(source) {
        return this.#tracks.get(source) ?? null;
    }

    /** Opens camera and microphone with one question where possible.
     *  @returns {Promise<Failure[]>} what could not be opened
     */
    async openBoth() {
        try {
            const media = await navigator.mediaDevices.getUserMedia({
                audio: this.#constraints('microphone'),
                video: this.#constraints('camera'),
            });

            this.#keep('microphone', media.getAudioTracks()[0]);
            this.#keep('camera', media.getVideoTracks()[0]);
            return [];

        } catch (error) {
            if (error instanceof Error && error.name === 'NotAllowedError') {
                return [new Failure('devices-refused', error)];
            }
        }

        const failures = [];

        for (const source of /** @type {const} */ (['microphone', 'camera'])) {
            try {
                await this.open(source);

            } catch (error) {
                failures.push(/** @type {Failure} */ (error));
            }
        }

        return failures;
    }

    /**
     * @param {'microphone' | 'camera'} source
     * @returns {Promise<MediaStreamTrack>}
     */
    async open(source) {
        const kind = source === 'camera' ? 'video' : 'audio';

        try {
            const media = await navigator.mediaDevices.getUserMedia({
                [kind]: this.#constraints(source),
            });

            return this.#keep(source, media.getTracks()[0]);

        } catch (error) {
            if (this.#chosen.delete(source)) {
                return this.open(source);
            }

            throw new Failure(fromMediaError(error, source), error);
        }
    }

    /** Opens `screen`, and `screen-audio` if the person gives it. */
    async openScreen() {
        try {
            const media = await navigator.mediaDevices.getDisplayMedia({
                video: SCREEN, audio: true,
            });

            const [audio] = media.getAudioTracks();

            if (audio) {
                this.#keep('screen-audio', audio);
            }

            const track = this.#keep('screen', media.getVideoTracks()[0]);
            track.contentHint = 'detail';

        } catch (error) {
            throw new Failure(fromMediaError(error, 'screen'), error);
        }
    }

    /** @param {Source} source */
    close(source) {
        const track = this.#tracks.get(source);

        if (track) {
            this.#tracks.delete(source);
            track.onended = null;
            track.stop();
            this.#changed();
        }
    }

    closeAll() {
        [...this.#tracks.keys()].forEach((source) => this.close(source));
    }

    /**
     * @param {'microphone' | 'camera' | 'speaker'} use
     * @param {string} device
     */
    choose(use, device) {
        this.#chosen.set(use, device);
    }

    /** @param {'microphone' | 'camera' | 'speaker'} use */
    chosen(use) {
        const track = use === 'speaker' ? null : this.track(use);

        return track?.getSettings().deviceId ?? this.#chosen.get(use) ?? '';
    }

    /**
     * @returns {Promise<{microphone: MediaDeviceInfo[],
     *     camera: MediaDeviceInfo[], speaker: MediaDeviceInfo[]}>}
     */
    async devices() {
        const all = await navigator.mediaDevices.enumerateDevices();
        const named = all.filter((d) => d.deviceId !== '');

        return {
            microphone: named.filter((d) => d.kind === 'audioinput'),
            camera: named.filter((d) => d.kind === 'videoinput'),
            speaker: canChooseSpeaker()
                ? named.filter((d) => d.kind === 'audiooutput') : [],
        };
    }

    /** @param {'microphone' | 'camera'} source */
    #constraints(source) {
        const device = this.#chosen.get(source);
        const camera = (navigator.hardwareConcurrency ?? FEW_CORES + 1)
            > FEW_CORES ? CAMERA : SMALL_CAMERA;
        const wish = source === 'camera' ? camera : MICROPHONE;

        return device ? { ...wish, deviceId: { exact: device } } : wish;
    }

    /**
     * @param {Source} source
     * @param {MediaStreamTrack} track
     */
    #keep(source, track) {
        const old = this.#tracks.get(source);

        if (old) {
            old.onended = null;
            old.stop();
        }

        this.#tracks.set(source, track);

        track.onended = () => {
            this.#tracks.delete(source);
            this.dispatchEvent(new CustomEvent('lost', { detail: source }));
            this.#changed();
        };

        this.#changed();
        return track;
    }

    #changed() {
        this.dispatchEvent(new Event('change'));
    }
}
