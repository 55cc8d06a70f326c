/**
 * The wire: HTTP requests and the WebSocket of PROTOCOL.md.  No DOM.
 */

import { Failure } from './failure.js';

const SUBPROTOCOL = 'secmeet.1';
const OPEN_TIMEOUT_MS = 15000;
const ABANDONED = 4006;

/** The greatest height of a picture that `receive` and `wanted` name. */
export const MAX_HEIGHT = 8640;

const ID = /^[0-9a-f]{16}$/;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** @param {unknown} v */
const isText = (v) => typeof v === 'string';
/** @param {unknown} v */
const isFlag = (v) => typeof v === 'boolean';
/** @param {unknown} v */
const isId = (v) => typeof v === 'string' && ID.test(v);
/** @param {unknown} v */
const isObject = (v) => typeof v === 'object' && v !== null
                        && !Array.isArray(v);
/** @param {any} v */
const isTracks = (v) => Array.isArray(v) && v.every((t) => isObject(t)
    && isId(t.track) && (t.kind === 'audio' || t.kind === 'video')
    && isText(t.source) && isFlag(t.muted));
/** @param {any} v */
const isPeers = (v) => Array.isArray(v) && v.every((p) => isObject(p)
    && isId(p.peer) && isText(p.name) && isTracks(p.tracks)
    && isFlag(p.away) && isFlag(p.host) && isFlag(p.silenced));
/** @param {any} v */
const isRoom = (v) => isObject(v) && isFlag(v.password) && isFlag(v.locked)
    && isFlag(v.lobby) && isFlag(v.link);
/** @param {any} v */
const isInvites = (v) => Array.isArray(v) && v.every((i) => isObject(i)
    && isId(i.invite) && [i.uses, i.left, i.seconds].every(
        (n) => Number.isSafeInteger(n) && n >= 0));
/** @param {unknown} v */
const isToken = (v) => typeof v === 'string' && TOKEN.test(v);
/** @param {number} least @param {number} most */
const isNumber = (least, most) => (/** @type {any} */ v) =>
    Number.isSafeInteger(v) && v >= least && v <= most;

/** @param {unknown} v */
const isMaybeId = (v) => v === null || isId(v);
/** @param {any} v */
const isShare = (v) => typeof v === 'number' && v >= 0 && v <= 1;
/** @param {(v: any) => boolean} fits */
const isMapOf = (fits) => (/** @type {any} */ v) => isObject(v)
    && Object.values(v).every(fits);

/** @type {Record<string, Record<string, (v: any) => boolean>>} */
const MESSAGES = {
    joined: {
        you: isId, resume: isText, resumed: isFlag, host: isFlag,
        silenced: isFlag, room: isRoom, peers: isPeers,
    },
    waiting: {},
    denied: {},
    answer: { sdp: isText, tracks: isObject },
    peer: { peer: isId, name: isText, host: isFlag, silenced: isFlag },
    ticket: { resume: isText },
    room: {
        password: isFlag, locked: isFlag, lobby: isFlag, link: isFlag,
        changed: isText,
    },
    host: { peer: isId },
    silenced: { peer: isId, on: isFlag },
    stopped: { track: isId },
    knock: { peer: isId, name: isText },
    gone: { peer: isId },
    invites: { invites: isInvites },
    away: { peer: isId, on: isFlag },
    left: { peer: isId },
    tracks: { peer: isId, tracks: isTracks },
    message: { from: isId, data: isText },
    rejoin: { reason: isText },
    end: { reason: isText },
    speaker: { peer: isMaybeId },
    carry: { mid: isText, track: isMaybeId },
    wanted: { track: isId, height: isNumber(0, MAX_HEIGHT) },
    quality: {
        rate: isNumber(0, Number.MAX_SAFE_INTEGER), rtt: isNumber(0, 60000),
        loss: isShare, up: isShare, videos: isMapOf(isNumber(0, 3)),
        peers: isMapOf(isNumber(1, 4)),
    },
    pong: {},
    error: { code: isText, message: isText },
};

export const MAX_USES = 1000;

/**
 * What only hosts may say.  All fields must be there but those of OPTIONAL.
 *
 * @type {Record<string, Record<string, (v: any) => boolean>>}
 */
const COMMANDS = {
    password: { proof: (v) => v === null || isToken(v) },
    lock: { on: isFlag },
    lobby: { on: isFlag },
    link: { on: isFlag },
    admit: { peer: isId },
    deny: { peer: isId },
    kick: { peer: isId },
    silence: { peer: isId, on: isFlag },
    stop: { track: isId },
    promote: { peer: isId },
    invite: {
        token: isToken, uses: isNumber(1, MAX_USES),
        seconds: isNumber(60, 2592000),
    },
    revoke: { invite: isId },
    end: {},
};

/** @type {Record<string, string[]>} */
const OPTIONAL = { silence: ['peer'] };

/**
 * @param {unknown} type of a message
 * @returns {boolean} is it one of hosts?
 */
export function isHosts(type) {
    return isText(type) && Object.hasOwn(COMMANDS, /** @type {any} */ (type));
}

/**
 * @param {any} message of a host, before it is sent
 * @returns {boolean} is it as PROTOCOL.md says?
 */
export function isCommand(message) {
    if (!isObject(message) || !isHosts(message.type)) {
        return false;
    }

    const fields = COMMANDS[message.type];
    const optional = OPTIONAL[message.type] ?? [];

    return Object.keys(message).every((f) => f === 'type'
            || Object.hasOwn(fields, f))
        && Object.keys(fields).every((f) => Object.hasOwn(message, f)
            ? fields[f](message[f]) : optional.includes(f));
}

/**
 * @param {string} text a frame of the server
 * @returns {any} the message, or null if it is none that we know
 */
export function parseMessage(text) {
    let message;

    try {
        message = JSON.parse(text);

    } catch {
        return null;
    }

    if (!isObject(message) || !Object.hasOwn(MESSAGES, message.type)) {
        return null;
    }

    const fields = MESSAGES[message.type];
    const fits = Object.keys(fields).every((f) => fields[f](message[f]));

    return fits ? message : null;
}

/**
 * @param {URL} base where rooms are, ends with '/'
 * @param {string} tag
 * @param {string | null} proof
 * @param {boolean} [lobby] shall people wait until they are admitted?
 * @returns {Promise<{host: string, resume: string}>} the host token, and a
 *     ticket
 */
export async function createRoom(base, tag, proof, lobby = false) {
    const wish = {
        ...(proof === null ? {} : { proof }), ...(lobby ? { lobby } : {}),
    };
    const plain = Object.keys(wish).length === 0;

    const response = await request(new URL(tag, base), {
        method: 'PUT', body: plain ? null : JSON.stringify(wish),
        headers: plain ? {} : { 'Content-Type': 'application/json' },
    });

    const answer = await response.json().catch(() => null);

    if (response.status === 201 && isText(answer?.host)
        && isText(answer.resume))
    {
        return { host: answer.host, resume: answer.resume };
    }

    throw new Failure(codeOf(response.status, answer));
}

/**
 * Ends the meeting for everyone.
 *
 * @param {URL} base
 * @param {string} tag
 * @param {string} host
 */
export async function deleteRoom(base, tag, host) {
    const response = await request(new URL(tag, base), {
        method: 'DELETE', headers: { Authorization: 'Bearer ' + host },
    });

    if (response.status !== 204) {
        throw new Failure(codeOf(response.status, null));
    }
}

/**
 * @param {URL} url
 * @param {RequestInit} options
 */
async function request(url, options) {
    try {
        return await fetch(url, {
            ...options, cache: 'no-store', credentials: 'same-origin',
            redirect: 'error',
        });

    } catch (error) {
        throw new Failure('unreachable', error);
    }
}

/**
 * @param {number} status
 * @param {any} answer
 * @returns {string} a code of failure.js
 */
function codeOf(status, answer) {
    if (status === 403 && ['origin', 'create'].includes(answer?.error)) {
        return answer.error;
    }

    return status === 503 && answer?.error === 'full' ? 'full' : 'server';
}

/**
 * A WebSocket that failed to open does not say why.  A request with a method
 * that the server does not have does, and changes nothing.
 *
 * @param {URL} base
 * @returns {Promise<string>} a code of failure.js
 */
async function whyClosed(base) {
    try {
        const response = await request(base, { method: 'POST' });
        const answer = await response.json().catch(() => null);

        return response.status === 403 ? codeOf(403, answer) : 'unreachable';

    } catch {
        return 'unreachable';
    }
}

/**
 * One session.  Events: `message` (detail: the message) and `close`
 * (detail: the close code).
 */
export class Session extends EventTarget {
    #socket;

    /**
     * @param {URL} base
     * @param {string} tag
     */
    constructor(base, tag) {
        super();

        const url = new URL(tag, base);
        url.protocol = base.protocol === 'https:' ? 'wss:' : 'ws:';

        this.#socket = new WebSocket(url, SUBPROTOCOL);
        this.#socket.onmessage = (event) => this.#read(event.data);
        this.#socket.onclose = (event) => this.dispatchEvent(
            new CustomEvent('close', { detail: event.code }));

        this.base = base;
    }

    /**
     * Resolves when open, fails with a Failure.
     *
     * @param {number} [timeout] in milliseconds
     * @param {boolean} [ask] for the reason, if it fails
     */
    async open(timeout = OPEN_TIMEOUT_MS, ask = true) {
        const socket = this.#socket;

        const opened = await new Promise((resolve) => {
            const timer = setTimeout(() => resolve(false), timeout);

            socket.addEventListener('open', () => {
                clearTimeout(timer);
                resolve(true);
            });

            socket.addEventListener('close', () => {
                clearTimeout(timer);
                resolve(false);
            });
        });

        if (!opened) {
            socket.close();
            throw new Failure(ask ? await whyClosed(this.base)
                                  : 'unreachable');
        }
    }

    /** @param {{type: string, [field: string]: unknown}} message */
    send(message) {
        if (this.#socket.readyState === WebSocket.OPEN) {
            this.#socket.send(JSON.stringify(message));
        }
    }

    close() {
        this.send({ type: 'leave' });
        this.#socket.close(1000);
    }

    /** Gives the connection up without leaving; nothing more comes of it. */
    abandon() {
        this.#socket.onmessage = null;
        this.#socket.onclose = null;
        this.#socket.close(ABANDONED);
    }

    /** @param {unknown} data */
    #read(data) {
        const message = typeof data === 'string' ? parseMessage(data) : null;

        if (message !== null) {
            this.dispatchEvent(new CustomEvent('message', {
                detail: message,
            }));
        }
    }
}
