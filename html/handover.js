/**
 * What a page leaves to the one that takes its place when it is loaded
 * again.  It is in sessionStorage from the end of the one to the beginning of
 * the other, and not while a meeting is on the screen.
 */

import { fromBase64url, SECRET_BYTES } from './secret.js';

const NAME = 'secmeet';
const SOON_MS = 60000;

/**
 * @typedef {object} Kept
 * @property {string} secret
 * @property {string | null} proof
 * @property {string | null} host
 * @property {string | null} resume
 * @property {string | null} invite
 * @property {Record<string, string>} made  tokens of invitations, by id
 */

/**
 * @typedef {object} Handover
 * @property {Kept} door
 * @property {string} name
 * @property {boolean} inside      was it in the meeting, or in its lobby?
 * @property {string[]} sources    what the others saw and heard
 */

/** @param {Handover} handover */
export function leaveBehind(handover) {
    try {
        sessionStorage.setItem(NAME, JSON.stringify({
            ...handover, at: Date.now(),
        }));

    } catch {
        /* this browser stores nothing: one needs the link again */
    }
}

/**
 * Takes it, once.
 *
 * @returns {(Handover & {soon: boolean}) | null} soon: just now
 */
export function takeOver() {
    let text = null;

    try {
        text = sessionStorage.getItem(NAME);
        sessionStorage.removeItem(NAME);

    } catch {
        /* as above */
    }

    return text === null ? null : parse(text);
}

/**
 * @param {string} text
 * @returns {(Handover & {soon: boolean}) | null}
 */
export function parse(text) {
    let value;

    try {
        value = JSON.parse(text);

    } catch {
        return null;
    }

    const { door, name, inside, sources, at } = value ?? {};

    if (!isDoor(door) || typeof name !== 'string'
        || typeof inside !== 'boolean' || typeof at !== 'number'
        || !Array.isArray(sources)
        || !sources.every((s) => typeof s === 'string'))
    {
        return null;
    }

    const age = Date.now() - at;

    return { door, name, inside, sources, soon: age >= 0 && age < SOON_MS };
}

/** @param {any} door */
function isDoor(door) {
    const isText = (/** @type {unknown} */ v) => typeof v === 'string';
    const isObject = (/** @type {unknown} */ v) => typeof v === 'object'
        && v !== null && !Array.isArray(v);

    return isObject(door) && isText(door.secret)
        && fromBase64url(door.secret)?.length === SECRET_BYTES
        && [door.proof, door.host, door.resume, door.invite].every(
            (v) => v === null || isText(v))
        && isObject(door.made) && Object.values(door.made).every(isText);
}
