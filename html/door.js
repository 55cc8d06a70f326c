/**
 * The way into a meeting: secret, password, room, session.  All of it stays
 * in memory and is never stored.  No DOM.
 */

import { Failure } from './failure.js';
import { Meeting } from './meeting.js';
import { createRoom, deleteRoom } from './protocol.js';
import { createSecret, deriveProof, deriveTag, toBase64url }
    from './secret.js';

export class Door {
    #base;
    #secret;

    /** @type {import('./meeting.js').Key} */
    #key;

    /** A meeting that was not joined yet by whom it is created for. */
    fresh;

    #password;

    /**
     * @param {URL} base where rooms are
     * @param {Uint8Array<ArrayBuffer> | null} secret of a link; null: a new
     *     meeting
     * @param {string} [password] of a new meeting
     */
    constructor(base, secret, password = '') {
        this.#base = base;
        this.#secret = secret ?? createSecret();
        this.fresh = secret === null;
        this.#password = password;
        this.#key = { base, tag: '', proof: null, host: null, resume: null };
    }

    /**
     * @param {string} page
     * @returns {string}
     */
    link(page) {
        return page + '#' + toBase64url(this.#secret);
    }

    /**
     * Creates the meeting if it is a new one, and joins it.
     *
     * @param {string} name
     * @param {string} password of a link's meeting, '' without one
     * @returns {Promise<Meeting>} fails with a Failure
     */
    async open(name, password) {
        const key = this.#key;

        key.tag = await deriveTag(this.#secret);
        key.proof = await deriveProof(
            this.#secret, key.tag, this.fresh ? this.#password : password);

        if (this.fresh && key.host === null) {
            Object.assign(key, await createRoom(this.#base, key.tag,
                                                key.proof));
        }

        try {
            return await this.again(name);

        } catch (error) {
            throw this.fresh && isDenied(error) ? this.#renew(error) : error;
        }
    }

    /**
     * Joins once more what was joined before.
     *
     * @param {string} name
     * @returns {Promise<Meeting>} fails with a Failure
     */
    async again(name) {
        const meeting = new Meeting(this.#key);

        await meeting.join(name);
        this.fresh = false;
        this.#password = '';

        return meeting;
    }

    /** Ends the meeting for everyone. */
    async end() {
        if (this.#key.host !== null) {
            await deleteRoom(this.#base, this.#key.tag, this.#key.host);
        }
    }

    /**
     * The new room is forgotten already, and its tag with it.
     *
     * @param {unknown} error
     */
    #renew(error) {
        this.#secret = createSecret();
        this.#key.host = null;
        this.#key.resume = null;

        return new Failure('late', error);
    }
}

/** @param {unknown} error */
function isDenied(error) {
    return error instanceof Failure && error.code === 'denied';
}
