/**
 * The receiving m-lines of a peer connection, and what each one carries.
 * No DOM; sends nothing.
 */

import { assignSlots } from './slots.js';

const SPEAKING_LEVEL = 0.02;

/**
 * @typedef {object} Line
 * @property {'audio' | 'video'} kind
 * @property {string | null} track
 * @property {string | null | undefined} told  what the server was asked
 *     for; undefined: it may not have heard
 * @property {boolean} agreed      is the m-line negotiated?
 * @property {RTCRtpTransceiver} transceiver
 */

export class Receiving {
    /** @type {Line[]} */
    #lines = [];

    #limit = Infinity;
    #pc;

    /** @param {RTCPeerConnection} pc */
    constructor(pc) {
        this.#pc = pc;
    }

    /**
     * @param {{track: string, kind: 'audio' | 'video'}[]} tracks
     * @returns {boolean} are there new m-lines, to be offered?
     */
    want(tracks) {
        const slots = assignSlots(this.#lines, tracks, this.#limit);
        const before = this.#lines.length;

        slots.forEach(({ kind, track }, i) => {
            this.#lines[i] ??= this.#add(kind);
            this.#lines[i].track = track;
        });

        return this.#lines.length > before;
    }

    /**
     * @param {string | null} track
     * @returns {MediaStreamTrack | null}
     */
    media(track) {
        const line = track === null ? undefined
            : this.#lines.find((l) => l.track === track && l.agreed);

        return line?.transceiver.receiver.track ?? null;
    }

    /** @returns {Set<string>} the audio tracks with somebody speaking */
    speaking() {
        const loud = this.#lines.filter(({ kind, track, transceiver }) =>
            kind === 'audio' && track !== null
            && (transceiver.receiver.getSynchronizationSources()[0]
                ?.audioLevel ?? 0) > SPEAKING_LEVEL);

        return new Set(loud.map((l) => /** @type {string} */ (l.track)));
    }

    /** @returns {Record<string, string | null>} for an offer */
    map() {
        /** @type {Record<string, string | null>} */
        const map = {};

        for (const line of this.#lines) {
            if (line.transceiver.mid !== null) {
                map[line.transceiver.mid] = line.track;
                line.told = line.track;
            }
        }

        return map;
    }

    /** What was told last may not have arrived. */
    forget() {
        this.#lines.forEach((line) => { line.told = undefined; });
    }

    /** An answer came. */
    agree() {
        const open = this.#lines.filter(
            (l) => l.transceiver.direction !== 'stopped');

        if (open.length < this.#lines.length) {
            this.#lines = open;             /* the server takes no more */
            this.#limit = open.length;
        }

        for (const line of this.#lines) {
            line.agreed = line.transceiver.currentDirection !== null;
        }
    }

    /** @returns {{mid: string, track: string | null}[]} what to tell now */
    changes() {
        const changed = this.#lines.filter(
            (l) => l.agreed && l.told !== l.track);

        return changed.map((line) => {
            line.told = line.track;
            return {
                mid: /** @type {string} */ (line.transceiver.mid),
                track: line.track,
            };
        });
    }

    /**
     * Takes back the m-lines that are not agreed, and makes no more.
     *
     * @returns {boolean} were there any?
     */
    shrink() {
        const agreed = this.#lines.filter((l) => l.agreed);

        if (agreed.length === this.#lines.length) {
            return false;
        }

        this.#lines.filter((l) => !l.agreed)
            .forEach((l) => l.transceiver.stop());
        this.#lines = agreed;
        this.#limit = agreed.length;
        return true;
    }

    /**
     * @param {'audio' | 'video'} kind
     * @returns {Line}
     */
    #add(kind) {
        return {
            kind, track: null, told: null, agreed: false,
            transceiver: this.#pc.addTransceiver(kind, {
                direction: 'recvonly',
            }),
        };
    }
}
