/**
 * One stay in one meeting: session, call and state together.  No DOM.
 *
 * Events: `change`; `notice` (detail: a code of failure.js); `calm`, when
 * the connection is good again; `peer`, `left` (detail: a name); `chat`
 * (detail: a line); `refused` (detail: a source); `end` (detail: a code).
 */

import { Call } from './call.js';
import { chatFromData, chatToData } from './chat.js';
import { Failure, fromCloseCode } from './failure.js';
import { Session } from './protocol.js';
import { EMPTY, nameOf, reduce } from './state.js';

/**
 * @typedef {object} Key what opens a meeting; kept in memory only
 * @property {URL} base
 * @property {string} tag
 * @property {string | null} proof
 * @property {string | null} host
 */

export class Meeting extends EventTarget {
    state = EMPTY;

    /** @type {Session} */
    #session;

    /** @type {Call} */
    #call;

    #over = false;

    /** @type {(error?: Failure) => void} */
    #settle = () => {};

    /** @param {Key} key */
    constructor(key) {
        super();
        this.#session = new Session(key.base, key.tag);
        this.#call = new Call((message) => this.#session.send(message));
        this.#listen();
    }

    /**
     * @param {Key} key
     * @param {string} name
     * @returns {Promise<void>} fails with a Failure
     */
    async join(key, name) {
        try {
            await this.#session.open();

        } catch (error) {
            this.#finish('');
            throw error;
        }

        await new Promise((resolve, reject) => {
            this.#settle = (error) => error ? reject(error)
                                            : resolve(undefined);
            this.#session.send({
                type: 'join',
                ...(key.proof === null ? {} : { proof: key.proof }),
                ...(key.host === null ? {} : { host: key.host }),
                ...(name === '' ? {} : { name }),
            });
        });
    }

    leave() {
        this.#session.close();
        this.#finish('left');
    }

    /** @param {string} text */
    say(text) {
        this.#session.send({ type: 'send', data: chatToData(text) });
        this.#change({ type: 'said', text });
    }

    /**
     * @param {import('./state.js').Source} source
     * @param {MediaStreamTrack | null} media
     * @param {boolean} [on]
     */
    async publish(source, media, on) {
        try {
            await (this.#over || this.#call.publish(source, media, on));

        } catch {
            this.#drop('negotiation');
        }
    }

    /** @param {import('./state.js').Track[]} tracks */
    want(tracks) {
        if (!this.#over) {
            this.#call.want(tracks);
        }
    }

    /** @param {string | null} track */
    media(track) {
        return this.#call.media(track);
    }

    speaking() {
        return this.#call.speaking();
    }

    #listen() {
        const detail = (/** @type {Event} */ event) =>
            /** @type {CustomEvent} */ (event).detail;

        this.#session.addEventListener('message', (event) =>
            this.#read(detail(event)));
        this.#session.addEventListener('close', (event) =>
            this.#finish(fromCloseCode(detail(event))));

        const on = (/** @type {string} */ type,
                    /** @type {(event: Event) => void} */ handler) =>
            this.#call.addEventListener(type, handler);

        on('change', () => this.#emit('change'));
        on('connected', () => this.#emit('calm'));
        on('shaky', () => this.#emit('notice', 'shaky'));
        on('blocked', () => this.#emit('notice', 'blocked'));
        on('refused', (event) => {
            this.#emit('refused', detail(event));
            this.#emit('notice', 'source-limit');
        });
        on('lost', () => this.#drop('media-lost'));
        on('broken', () => this.#drop('negotiation'));
    }

    /** @param {any} message */
    #read(message) {
        switch (message.type) {

        case 'joined':
            this.#change(message);
            this.#settle();
            break;

        case 'denied':
            this.#finish('denied');
            break;

        case 'answer':
            this.#call.answer(message);
            break;

        case 'error':
            if (this.state.you === '') {
                this.#drop('server');

            } else {
                this.#call.refused(message);
            }
            break;

        case 'message':
            this.#hear(message);
            break;

        case 'end':
            this.#finish(message.reason === 'host' ? 'end-host' : 'end-stop');
            break;

        case 'left': {
            const name = nameOf(this.state, message.peer);

            this.#change(message);
            this.#emit('left', name);
            break;
        }

        case 'peer':
            this.#change(message);
            this.#emit('peer', nameOf(this.state, message.peer));
            break;

        default:
            this.#change(message);
        }
    }

    /** @param {{from: string, data: string}} message */
    #hear({ from, data }) {
        const text = chatFromData(data);

        if (text !== null) {
            this.#change({ type: 'chat', from, text });
            this.#emit('chat', this.state.chat.at(-1));
        }
    }

    /** @param {any} message */
    #change(message) {
        this.state = reduce(this.state, message);
        this.#emit('change');
    }

    /** @param {string} code */
    #drop(code) {
        this.#session.close();
        this.#finish(code);
    }

    /** @param {string} code */
    #finish(code) {
        if (this.#over) {
            return;
        }

        this.#over = true;
        this.#call.close();

        if (this.state.you === '') {
            this.#settle(new Failure(code));

        } else {
            this.#emit('end', code);
        }
    }

    /**
     * @param {string} type
     * @param {unknown} [detail]
     */
    #emit(type, detail) {
        this.dispatchEvent(new CustomEvent(type, { detail }));
    }
}
