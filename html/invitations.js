/**
 * The invitations that were made by this page: their tokens, by the ids that
 * the server gives them.  Pure.
 */

const SECONDS_LATE = 30;

/** @typedef {{token: string, uses: number, seconds: number}} Wanted */

/**
 * @typedef {object} Listed what the server tells of an invitation
 * @property {string} invite
 * @property {number} uses
 * @property {number} left
 * @property {number} seconds
 */

export class Invitations {
    /** @type {Map<string, string>} */
    #made;

    /** @type {Wanted[]} asked for, and not listed yet */
    #wanted = [];

    /** @type {Set<string>} */
    #known = new Set();

    /** @param {Record<string, string>} [made] before */
    constructor(made = {}) {
        this.#made = new Map(Object.entries(made));
    }

    /** @param {Wanted} wanted */
    want(wanted) {
        this.#wanted.push(wanted);
    }

    /** The server refused the one that was asked for first. */
    refused() {
        this.#wanted.shift();
    }

    /** Another session: what was asked for may not have arrived. */
    forget() {
        this.#wanted = [];
        this.#known.clear();
    }

    /** @param {Listed[]} listed all that there are now */
    list(listed) {
        for (const one of listed.filter((i) => !this.#known.has(i.invite))) {
            const at = this.#wanted.findIndex((w) => w.uses === one.uses
                && one.left === one.uses && one.seconds <= w.seconds
                && one.seconds > w.seconds - SECONDS_LATE);

            if (at >= 0 && !this.#made.has(one.invite)) {
                this.#made.set(one.invite,
                               this.#wanted.splice(at, 1)[0].token);
            }
        }

        this.#known = new Set(listed.map((i) => i.invite));
    }

    /**
     * @param {string} invite
     * @returns {string | null} null: made elsewhere
     */
    token(invite) {
        return this.#made.get(invite) ?? null;
    }

    /** @returns {Record<string, string>} of those that there are */
    made() {
        return Object.fromEntries([...this.#made].filter(
            ([invite]) => this.#known.has(invite)));
    }
}
