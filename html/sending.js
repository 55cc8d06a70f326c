/**
 * The sending m-lines of a peer connection, and what the server knows of
 * them.  No DOM; sends nothing.
 */

/** @typedef {import('./state.js').Source} Source */

/**
 * @typedef {object} Line
 * @property {RTCRtpTransceiver} transceiver
 * @property {MediaStreamTrack | null} media
 * @property {string | null} id  the track's id, once the server gave it
 * @property {boolean} on
 * @property {boolean | null} told  what the server believes `on` to be;
 *     null: it may not have heard
 */

/** @type {Record<Source, {kind: 'audio' | 'video', maxBitrate?: number}>} */
const SOURCES = {
    'microphone': { kind: 'audio' },
    'camera': { kind: 'video', maxBitrate: 1200000 },
    'screen': { kind: 'video', maxBitrate: 2500000 },
    'screen-audio': { kind: 'audio', maxBitrate: 96000 },
};

export class Sending {
    /** @type {Map<Source, Line>} */
    #lines = new Map();

    #pc;

    /** @param {RTCPeerConnection} pc */
    constructor(pc) {
        this.#pc = pc;
    }

    /**
     * Sends `media` as `source` from now on; null stops.  The microphone's
     * m-line is made even without one, so that there is a transport.
     *
     * @param {Source} source
     * @param {MediaStreamTrack | null} media
     * @param {boolean} on
     * @returns {{added: boolean, done: Promise<void> | undefined}} is there
     *     a new m-line, to be offered, and what to wait for
     */
    publish(source, media, on) {
        const line = this.#lines.get(source);

        if (!line && media === null && source !== 'microphone') {
            return { added: false, done: undefined };
        }

        if (!line) {
            this.#add(source, media, on);
            return { added: true, done: undefined };
        }

        line.on = on;           /* may change while the next is awaited */

        if (line.media === media) {
            return { added: false, done: undefined };
        }

        line.media = media;
        return {
            added: false, done: line.transceiver.sender.replaceTrack(media),
        };
    }

    /** @returns {Record<string, string>} sources by mid, for an offer */
    map() {
        /** @type {Record<string, string>} */
        const map = {};

        for (const [source, { transceiver }] of this.#lines) {
            if (transceiver.mid !== null) {
                map[transceiver.mid] = source;
            }
        }

        return map;
    }

    /**
     * An answer came.
     *
     * @param {Record<string, string>} tracks ids by mid
     * @returns {Source[]} what the server does not take
     */
    agree(tracks) {
        const refused = this.#remove(
            ({ transceiver }) => transceiver.direction === 'stopped');

        for (const line of this.#lines.values()) {
            const { mid } = line.transceiver;

            if (mid !== null && Object.hasOwn(tracks, mid)) {
                line.id = tracks[mid];
            }
        }

        return refused;
    }

    /**
     * A host has ended a track: its m-line carries nothing any more.
     *
     * @param {string} track
     * @returns {Source[]} what it was of
     */
    stopped(track) {
        return this.#remove(({ id, transceiver }) => {
            if (id === track) {
                transceiver.stop();
            }

            return id === track;
        });
    }

    /** What was told last may not have arrived. */
    forget() {
        this.#lines.forEach((line) => { line.told = null; });
    }

    /** @returns {{track: string, on: boolean}[]} `mute` messages */
    changes() {
        const changed = [...this.#lines.values()].filter(
            ({ id, told, on }) => id !== null && told !== on);

        return changed.map((line) => {
            line.told = line.on;
            return { track: /** @type {string} */ (line.id), on: !line.on };
        });
    }

    /**
     * Takes back what is not agreed.
     *
     * @returns {Source[]}
     */
    shrink() {
        return this.#remove((line) => {
            if (line.id === null) {
                line.transceiver.stop();
            }

            return line.id === null;
        });
    }

    /**
     * @param {Source} source
     * @param {MediaStreamTrack | null} media
     * @param {boolean} on
     */
    #add(source, media, on) {
        const { kind, maxBitrate } = SOURCES[source];

        this.#lines.set(source, {
            transceiver: this.#pc.addTransceiver(media ?? kind, {
                direction: 'sendonly',
                sendEncodings: maxBitrate ? [{ maxBitrate }] : [],
            }),
            media, id: null, on, told: true,
        });
    }

    /**
     * @param {(line: Line) => boolean} which
     * @returns {Source[]}
     */
    #remove(which) {
        const gone = [...this.#lines].filter(([, line]) => which(line))
            .map(([source]) => source);

        gone.forEach((source) => this.#lines.delete(source));
        return gone;
    }
}
