/**
 * The wire: HTTP requests and the WebSocket of PROTOCOL.md.  No DOM.
 */

import { Failure } from './failure.js';

const SUBPROTOCOL = 'secmeet.1';
const OPEN_TIMEOUT_MS = 15000;
const ABANDONED = 4006;
const ID = /^[0-9a-f]{16}$/;

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
    && isFlag(p.away));

/** @type {Record<string, Record<string, (v: any) => boolean>>} */
const MESSAGES = {
    joined: {
        you: isId, resume: isText, resumed: isFlag, host: isFlag,
        peers: isPeers,
    },
    denied: {},
    answer: { sdp: isText, tracks: isObject },
    peer: { peer: isId, name: isText },
    ticket: { resume: isText },
    away: { peer: isId, on: isFlag },
    left: { peer: isId },
    tracks: { peer: isId, tracks: isTracks },
    message: { from: isId, data: isText },
    rejoin: { reason: isText },
    end: { reason: isText },
    pong: {},
    error: { code: isText, message: isText },
};

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
 * @returns {Promise<{host: string, resume: string}>} the host token, and a
 *     ticket
 */
export async function createRoom(base, tag, proof) {
    const response = await request(new URL(tag, base), {
        method: 'PUT',
        body: proof === null ? null : JSON.stringify({ proof }),
        headers: proof === null ? {} : { 'Content-Type': 'application/json' },
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
