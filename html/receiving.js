/**
 * The receiving m-lines of a peer connection, and what each one carries.
 * No DOM; sends nothing.
 */

import { assignSlots } from './slots.js';

const SPEAKING_LEVEL = 0.02;

/** What an m-line is told to carry whose track the server chooses. */
export const SPEAKERS = 'speakers';

/**
 * @typedef {object} Wanted
 * @property {string} track  or SPEAKERS
 * @property {'audio' | 'video'} kind
 * @property {number} [height]  of the picture where it is shown; 0: no limit
 * @property {boolean} [pause]  it is not seen at present
 */

/**
 * @typedef {object} Line
 * @property {'audio' | 'video'} kind
 * @property {string | null} track
 * @property {number} height
 * @property {boolean} pause
 * @property {string | null} carried  which of the speakers
 * @property {{track: string | null | undefined, height: number | undefined,
 *     pause: boolean | undefined}} told  what the server was asked
 *     for; undefined: it may not have heard
 * @property {boolean} agreed      is the m-line negotiated?
 * @property {RTCRtpTransceiver} transceiver
 */

export class Receiving {
    /** @type {Line[]} */
    #lines = [];

    #limit = Infinity;

    /** Does the server know heights? */
    #heights = true;

    #pc;

    /** @param {RTCPeerConnection} pc */
    constructor(pc) {
        this.#pc = pc;
    }

    /**
     * @param {Wanted[]} tracks
     * @returns {boolean} are there new m-lines, to be offered?
     */
    want(tracks) {
        const slots = assignSlots(this.#lines, tracks, this.#limit);
        const before = this.#lines.length;

        slots.forEach(({ kind, track }, i) => {
            const line = this.#lines[i] ??= this.#add(kind);
            const wish = tracks.find((t) => t.track === track);

            /* it goes on with what it carries until the server says other */
            line.carried = track !== SPEAKERS ? null
                : line.track === track ? line.carried : line.track;
            line.track = track;
            line.height = wish?.height ?? line.height;
            line.pause = wish?.pause ?? false;
        });

        return this.#lines.length > before;
    }

    /**
     * @param {string | null} track
     * @returns {MediaStreamTrack | null}
     */
    media(track) {
        return this.#line(track)?.transceiver.receiver.track ?? null;
    }

    /**
     * @param {string | null} track
     * @returns {string | null} the mid of the m-line that carries it
     */
    mid(track) {
        return this.#line(track)?.transceiver.mid ?? null;
    }

    /** @returns {Map<string, MediaStreamTrack>} what is heard, by m-line */
    voices() {
        return new Map(this.#lines
            .filter((l) => l.kind === 'audio' && l.agreed
                           && l.track !== null)
            .map((l) => [
                l.track === SPEAKERS ? `${SPEAKERS} ${l.transceiver.mid}`
                                     : /** @type {string} */ (l.track),
                l.transceiver.receiver.track]));
    }

    /**
     * The server has chosen what an m-line of the speakers carries.
     *
     * @param {string} mid
     * @param {string | null} track
     */
    carry(mid, track) {
        for (const line of this.#lines) {
            if (line.transceiver.mid === mid) {
                line.carried = track;
            }
        }
    }

    /** @returns {Set<string>} the audio tracks with somebody speaking */
    speaking() {
        const loud = this.#lines.filter((line) =>
            line.kind === 'audio' && carries(line) !== null
            && (line.transceiver.receiver.getSynchronizationSources()[0]
                ?.audioLevel ?? 0) > SPEAKING_LEVEL);

        return new Set(loud.map((l) => /** @type {string} */ (carries(l))));
    }

    /** @returns {Record<string, string | null>} for an offer */
    map() {
        /** @type {Record<string, string | null>} */
        const map = {};

        for (const line of this.#lines) {
            if (line.transceiver.mid !== null) {
                map[line.transceiver.mid] = line.track;
                line.told.track = line.track;
            }
        }

        return map;
    }

    /** What was told last may not have arrived. */
    forget() {
        this.#lines.forEach((line) => {
            line.told = {
                track: undefined, height: undefined, pause: undefined,
            };
        });
    }

    /** What was told last of heights and pauses was perhaps refused. */
    doubt() {
        this.#lines.forEach(({ told }) => {
            told.height = undefined;
            told.pause = undefined;
        });
    }

    /** The server does not know heights. */
    plain() {
        this.#heights = false;
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

    /**
     * @returns {{mid: string, track?: string | null, height?: number,
     *     pause?: boolean}[]} what to tell now
     */
    changes() {
        return this.#lines.filter((l) => l.agreed).flatMap((line) => {
            const { track, height, pause, told } = line;

            const change = {
                ...(told.track === track ? {} : { track }),
                ...(told.height === height || line.kind !== 'video'
                    || !this.#heights || track === null ? {} : { height }),
                ...(told.pause === pause || track === null ? {}
                                                           : { pause }),
            };

            Object.assign(told, change);
            return Object.keys(change).length === 0 ? [] : [{
                mid: /** @type {string} */ (line.transceiver.mid), ...change,
            }];
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

    /** @param {string | null} track */
    #line(track) {
        return track === null ? undefined
            : this.#lines.find((l) => carries(l) === track && l.agreed);
    }

    /**
     * @param {'audio' | 'video'} kind
     * @returns {Line}
     */
    #add(kind) {
        return {
            kind, track: null, height: 0, pause: false, carried: null,
            told: { track: null, height: 0, pause: false }, agreed: false,
            transceiver: this.#pc.addTransceiver(kind, {
                direction: 'recvonly',
            }),
        };
    }
}

/** @param {Line} line */
function carries({ track, carried }) {
    return track === SPEAKERS ? carried : track;
}
