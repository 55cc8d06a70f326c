/**
 * How good connections are, told in words, and only what lasts.  Pure.
 */

/** By level, see PROTOCOL.md; 0: not known. */
export const WORDS = ['', 'bad', 'poor', 'fair', 'good'];

const BAD = 1;
const POOR = 2;
const GOOD = 4;

const WEAK_MS = 4000;

/** @type {[least: number, level: number][]} */
const LOSSES = [[0.15, 1], [0.06, 2], [0.02, 3]];

/** @type {[least: number, level: number][]} in milliseconds */
const TRIPS = [[800, 1], [400, 2], [250, 3]];

const MUCH_LOSS = 0.08;

/* below that a camera is a stamp */
const LITTLE_UP = 300000;

/** What is so for a while, and is over when it was not so for a while. */
export class Lasting {
    is = false;

    #on;
    #off;
    #since = -1;    /* when it began to be otherwise; -1: it is not */

    /**
     * @param {number} on in milliseconds
     * @param {number} [off]
     */
    constructor(on, off = on) {
        this.#on = on;
        this.#off = off;
    }

    /**
     * @param {boolean} so
     * @param {number} now
     * @returns {boolean}
     */
    input(so, now) {
        if (so === this.is) {
            this.#since = -1;
            return this.is;
        }

        this.#since = this.#since < 0 ? now : this.#since;

        if (now - this.#since >= (so ? this.#on : this.#off)) {
            this.is = so;
            this.#since = -1;
        }

        return this.is;
    }
}

/**
 * @param {import('./state.js').Quality | null} quality
 * @returns {number} of one's own connection; 0: not known
 */
export function ownLevel(quality) {
    if (quality === null) {
        return 0;
    }

    const level = (/** @type {[number, number][]} */ table,
                   /** @type {number} */ value) =>
        table.find(([least]) => value >= least)?.[1] ?? GOOD;

    return Math.min(level(LOSSES, Math.max(quality.loss, quality.up)),
                    level(TRIPS, quality.rtt));
}

/** Whose connection has been weak for a while? */
export class Weak {
    /** @type {Map<string, {weak: Lasting, bad: Lasting}>} */
    #peers = new Map();

    /**
     * @param {Map<string, number>} levels by peer
     * @param {number} now
     * @returns {Map<string, {weak: boolean, bad: boolean}>}
     */
    input(levels, now) {
        for (const peer of this.#peers.keys()) {
            if (!levels.has(peer)) {
                this.#peers.delete(peer);
            }
        }

        return new Map([...levels].map(([peer, level]) => {
            const is = this.#peers.get(peer)
                ?? { weak: new Lasting(WEAK_MS), bad: new Lasting(WEAK_MS) };

            this.#peers.set(peer, is);

            return [peer, {
                weak: is.weak.input(level > 0 && level <= POOR, now),
                bad: is.bad.input(level === BAD, now),
            }];
        }));
    }
}

/**
 * @typedef {object} Facts
 * @property {import('./state.js').Quality | null} quality
 * @property {import('./stats.js').Path} path
 * @property {boolean} limited  the browser sends less, for the bandwidth
 * @property {boolean} udp      does the server offer a path over UDP?
 */

/** @type {[code: string, (facts: Facts) => boolean, on: number, off: number][]}
 *  codes of failure.js, what matters most first */
const TROUBLES = [
    ['slow-down', ({ quality }) => quality !== null
        && Object.values(quality.videos).some((v) => v === 0), 2000, 6000],
    ['slow-up', ({ path, limited }) => limited && path.able > 0
        && path.able < LITTLE_UP, 8000, 8000],
    ['lossy-up', ({ quality }) => (quality?.up ?? 0) >= MUCH_LOSS,
        6000, 8000],
    ['lossy-down', ({ quality }) => (quality?.loss ?? 0) >= MUCH_LOSS,
        6000, 8000],
    ['over-tcp', ({ path, udp }) => udp && path.protocol === 'tcp', 2000,
        2000],
];

/** What is wrong with one's own connection, for a while now? */
export class Troubles {
    #lasting = TROUBLES.map(([, , on, off]) => new Lasting(on, off));

    /**
     * @param {Facts} facts
     * @param {number} now
     * @returns {string[]} codes of failure.js, what matters most first
     */
    input(facts, now) {
        return TROUBLES.filter(([, is], i) =>
            this.#lasting[i].input(is(facts), now)).map(([code]) => code);
    }
}

/**
 * @param {object} tile
 * @param {string} tile.name
 * @param {boolean} tile.away     has lost the connection to the server
 * @param {boolean} tile.starved  the server sends no picture: too slow
 * @param {boolean} tile.stopped  no picture came for a while
 * @param {boolean} tile.waits    none has come at all
 * @param {boolean} tile.heard    there is a voice, which is on
 * @param {boolean} tile.bad      its person's connection is
 * @returns {string} what a tile says of itself; '' if all is well
 */
export function tileStatus({ name, away, starved, stopped, waits, heard,
                             bad })
{
    const voice = heard ? `, ${name}’s voice goes on` : '';

    return away ? 'Reconnecting…'
        : starved ? `Paused: your connection is slow${voice}`
        : stopped ? `The picture has stopped${voice}`
        : waits ? 'Waiting for the picture'
        : bad ? `${name}’s connection is bad` : '';
}
