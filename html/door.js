/**
 * The way into a meeting: secret, password, room, session.  All of it stays
 * in memory; what a reload of the page takes along is said in handover.js.
 * No DOM.
 */

import { Failure } from './failure.js';
import { Meeting } from './meeting.js';
import { createRoom, deleteRoom } from './protocol.js';
import { createSecret, deriveProof, deriveTag, fromBase64url, toBase64url,
         toFragment } from './secret.js';

export class Door {
    #base;
    #secret;

    /** @type {import('./meeting.js').Key} */
    #key;

    /** A meeting that was not joined yet by whom it is created for. */
    fresh;

    #wish;

    /** The invitation that the link is. */
    #invite;

    /** @type {string | null} the proof that let in */
    #good = null;

    /** Was it inside before? */
    #was = false;

    /**
     * @param {URL} base where rooms are
     * @param {import('./secret.js').Link | null} link null: a new meeting
     * @param {{password: string, lobby: boolean}} [wish] for a new meeting
     */
    constructor(base, link, wish = { password: '', lobby: false }) {
        this.#base = base;
        this.#secret = link?.secret ?? createSecret();
        this.fresh = link === null;
        this.#wish = wish;
        this.#invite = link?.invite ?? null;
        this.#key = {
            base, tag: '', proof: null, host: null, resume: null,
            fresh: false, invite: this.#invite, made: {},
        };
    }

    /**
     * @param {URL} base
     * @param {import('./handover.js').Kept} kept
     * @returns {Door} to where the page was before it was loaded again
     */
    static restore(base, { secret, ...key }) {
        const bytes = fromBase64url(secret) ?? createSecret();
        const door = new Door(base, { secret: bytes, invite: key.invite });

        Object.assign(door.#key, key);
        door.#good = key.proof;
        door.#was = key.resume !== null;

        return door;
    }

    /** @returns {import('./handover.js').Kept} */
    keep() {
        const { proof, host, resume, made } = this.#key;

        return {
            secret: toBase64url(this.#secret), proof, host, resume,
            invite: this.#invite, made,
        };
    }

    /** Was it opened by the link of an invitation? */
    get invited() {
        return this.#invite !== null;
    }

    /**
     * @param {string} page
     * @param {string | null} [invite] the token of an invitation
     * @returns {string}
     */
    link(page, invite = null) {
        return page + toFragment({ secret: this.#secret, invite });
    }

    /**
     * @param {string} password
     * @returns {Promise<string | null>} null without a password
     */
    proof(password) {
        return deriveProof(this.#secret, this.#key.tag, password);
    }

    /**
     * Creates the meeting if it is a new one, and joins it.
     *
     * @param {string} name
     * @param {string} typed the password of a link's meeting, or ''
     * @param {(meeting: Meeting) => void} [meet] is told before it is joined
     * @returns {Promise<Meeting>} fails with a Failure
     */
    async open(name, typed, meet) {
        const key = this.#key;
        const password = this.fresh ? this.#wish.password : typed;

        key.tag = await deriveTag(this.#secret);
        key.proof = password === '' ? this.#good : await this.proof(password);
        key.invite = typed === '' ? this.#invite : null;

        if (this.fresh && key.host === null) {
            Object.assign(key, await createRoom(
                this.#base, key.tag, key.proof, this.#wish.lobby));
        }

        try {
            return await this.again(name, meet);

        } catch (error) {
            throw this.fresh && isDenied(error) ? this.#renew(error) : error;
        }
    }

    /**
     * Joins once more what was joined before.
     *
     * @param {string} name
     * @param {(meeting: Meeting) => void} [meet] is told before it is joined
     * @returns {Promise<Meeting>} fails with a Failure
     */
    async again(name, meet) {
        const key = this.#key;

        key.tag ||= await deriveTag(this.#secret);
        key.fresh = this.#was;

        const meeting = new Meeting(key);

        meet?.(meeting);
        await meeting.join(name);
        this.fresh = false;
        this.#was = true;
        this.#good = key.proof;
        this.#wish = { password: '', lobby: false };

        return meeting;
    }

    /** Ends the meeting for everyone, from outside. */
    async end() {
        if (this.#key.host === null) {
            throw new Failure('unreachable');
        }

        await deleteRoom(this.#base, this.#key.tag, this.#key.host);
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
