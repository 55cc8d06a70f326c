/**
 * One stay in one meeting: connection, call and state together.  No DOM.
 *
 * Events: `change`; `notice` (detail: a code of failure.js); `calm`, when
 * the connection is good again; `back`, when it was lost and is there again;
 * `news` (detail: see news.js); `peer`, `left` (detail: a name); `chat`
 * (detail: a line); `refused`, `stopped` (detail: a source); `end` (detail: a
 * code).
 */

import { Call } from './call.js';
import { chatFromData, chatToData } from './chat.js';
import { Connection } from './connection.js';
import { Invitations } from './invitations.js';
import { newsOf } from './news.js';
import { isCommand, isHosts } from './protocol.js';
import { createToken } from './secret.js';
import { EMPTY, nameOf, reduce } from './state.js';

/**
 * @typedef {object} Key what opens a meeting; kept in memory only
 * @property {URL} base
 * @property {string} tag
 * @property {string | null} proof
 * @property {string | null} host
 * @property {string | null} resume  the last ticket
 * @property {boolean} fresh  its peer connection is gone
 * @property {string | null} invite  the token of an invitation
 * @property {Record<string, string>} made  see invitations.js
 */

/* how long those who were there have to come back to a room made anew */
const RETURN_MS = 8000;
const MAX_RENEWALS = 3;
const RENEWALS_MS = 60000;

/* how long a server has to answer if there are signs that it does not */
const DOUBT_MS = 800;

export class Meeting extends EventTarget {
    state = EMPTY;

    #connection;

    /** @type {Call} */
    #call;

    #over = false;

    /** @type {number[]} when the peer connection was made anew */
    #renewals = [];

    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #timer;

    #key;
    #only;
    #invitations;

    /** @type {(string | null)[]} proofs of passwords that are being set */
    #proofs = [];

    /**
     * @param {Key} key
     * @param {import('./candidates.js').Protocol | null} [only] of the path
     *     that media take
     */
    constructor(key, only = null) {
        super();
        this.#key = key;
        this.#only = only;
        this.#invitations = new Invitations(key.made);
        this.#connection = new Connection(key);
        this.#call = this.#newCall();
        this.#listen();
    }

    /**
     * @param {string} name
     * @returns {Promise<void>} fails with a Failure
     */
    async join(name) {
        try {
            await this.#connection.open(name);

        } catch (error) {
            this.#finish('');
            throw error;
        }
    }

    leave() {
        this.#drop('left');
    }

    /** The page ends; the next one comes back. */
    abandon() {
        this.#connection.abandon();
        this.#over = true;
    }

    /**
     * What only hosts may say, see PROTOCOL.md.
     *
     * @param {{type: string, [field: string]: unknown}} message
     */
    command(message) {
        if (!isCommand(message)) {
            throw new TypeError('no command');
        }

        if (message.type === 'password') {
            this.#proofs.push(/** @type {any} */ (message.proof));
        }

        this.#connection.send(message);
    }

    /** @param {{uses: number, seconds: number}} wish */
    invite(wish) {
        const wanted = { ...wish, token: createToken() };

        this.#invitations.want(wanted);
        this.command({ type: 'invite', ...wanted });
    }

    /**
     * @param {string} invite
     * @returns {string | null} its token, if it was made here
     */
    token(invite) {
        return this.#invitations.token(invite);
    }

    /** The network or the computer was away: is the server still there? */
    check() {
        this.#connection.check();
    }

    /** The network is another one, or seems to be: so are the paths. */
    mend() {
        this.#connection.check(DOUBT_MS);

        if (!this.#over) {
            this.#call.mend();
        }
    }

    /** @param {string} text */
    say(text) {
        this.#connection.send({ type: 'send', data: chatToData(text) });
        this.#change({ type: 'said', text });
    }

    /**
     * @param {import('./state.js').Source} source
     * @param {MediaStreamTrack | null} media
     * @param {boolean} [on]
     */
    async publish(source, media, on) {
        const call = this.#call;

        try {
            await (this.#over || call.publish(source, media, on));

        } catch {
            if (call === this.#call) {
                this.#drop('negotiation');
            }
        }
    }

    /** @param {import('./receiving.js').Wanted[]} tracks */
    want(tracks) {
        if (!this.#over) {
            this.#call.want(tracks);
        }
    }

    /** @param {string | null} track */
    media(track) {
        return this.#call.media(track);
    }

    voices() {
        return this.#call.voices();
    }

    speaking() {
        return this.#call.speaking();
    }

    /** @param {string | null} track */
    mid(track) {
        return this.#call.mid(track);
    }

    /** The server's addresses, once it has answered. */
    get candidates() {
        return this.#call.candidates;
    }

    /** @returns {Promise<any[]>} see stats.js */
    stats() {
        return this.#call.stats();
    }

    #newCall() {
        const call = new Call((message) => this.#connection.send(message),
                              this.#only);

        const on = (/** @type {string} */ type,
                    /** @type {(event: CustomEvent) => void} */ handler) =>
            call.addEventListener(type, (event) => {
                if (call === this.#call) {
                    handler(/** @type {CustomEvent} */ (event));
                }
            });

        on('change', () => this.#emit('change'));
        on('connected', () => this.#emit('calm'));
        on('blocked', () => this.#emit('notice', 'blocked'));
        on('refused', (event) => {
            this.#emit('refused', event.detail);
            this.#emit('notice', 'source-limit');
        });
        on('shaky', () => {
            this.#emit('notice', 'shaky');
            this.#connection.check(DOUBT_MS);
        });
        on('silent', () => this.mend());
        on('stopped', (event) => this.#emit('stopped', event.detail));
        on('lost', () => this.#renew());
        on('broken', () => this.#drop('negotiation'));

        return call;
    }

    #listen() {
        const on = (/** @type {string} */ type,
                    /** @type {(detail: any) => void} */ handler) =>
            this.#connection.addEventListener(type, (event) =>
                handler(/** @type {CustomEvent} */ (event).detail));

        on('message', (message) => this.#read(message));
        on('joined', (message) => this.#joined(message));
        on('waiting', () => this.#change({ type: 'waiting' }));
        on('lost', () => this.#change({ type: 'lost' }));
        on('end', (code) => this.#finish(code));
    }

    /** @param {any} message */
    #joined(message) {
        const first = this.state.you === '';
        const news = newsOf(this.state, message);

        this.#invitations.forget();
        this.#proofs = [];

        if (!first && !message.resumed) {
            this.#call.close();
            this.#call = this.#newCall();

            clearTimeout(this.#timer);
            this.#timer = setTimeout(() => this.#change({ type: 'settled' }),
                                     RETURN_MS);
        }

        this.#change(message);

        if (!first && message.resumed) {
            this.#call.resume();
        }

        if (!first) {
            this.#emit('back');
        }

        if (news) {
            this.#emit('news', news);
        }
    }

    /** The media path does not come back by itself. */
    #renew() {
        const now = Date.now();

        if (this.#connection.lost) {
            return;
        }

        this.#renewals = [...this.#renewals, now].filter(
            (time) => now - time < RENEWALS_MS);

        if (this.#renewals.length > MAX_RENEWALS) {
            this.#drop('media-lost');

        } else {
            this.#connection.renew();
        }
    }

    /** @param {any} message */
    #read(message) {
        switch (message.type) {

        case 'answer':
            this.#call.answer(message);
            break;

        case 'wanted':
            this.#call.wanted(message);
            break;

        case 'carry':
            this.#call.carry(message);
            break;

        case 'error':
            this.#refused(message);
            break;

        case 'message':
            this.#hear(message);
            break;

        case 'left': {
            const name = nameOf(this.state, message.peer);

            this.#change(message);
            this.#emit('left', name);
            break;
        }

        case 'peer': {
            const known = this.state.peers.some(
                (p) => p.peer === message.peer);

            this.#change(message);

            if (!known) {
                this.#emit('peer', nameOf(this.state, message.peer));
            }
            break;
        }

        case 'stopped':
            this.#call.stopped(message.track);
            this.#tell(message);
            break;

        case 'invites':
            this.#invitations.list(message.invites);
            this.#key.made = this.#invitations.made();
            this.#change(message);
            break;

        case 'room':
            if (message.changed === 'password' && this.#proofs.length > 0) {
                this.#key.proof = this.#proofs.shift() ?? null;
            }

            this.#tell(message);
            break;

        default:
            this.#tell(message);
        }
    }

    /** @param {any} message an error */
    #refused(message) {
        const { code, of } = message;

        if (this.state.you === '') {
            this.#drop('server');
            return;
        }

        if (of === 'invite') {
            this.#invitations.refused();

        } else if (of === 'password') {
            this.#proofs.shift();
        }

        if (code === 'busy' || code === 'forbidden') {
            this.#emit('notice', code);

        } else if (of === 'invite' && code === 'limit') {
            this.#emit('notice', 'invite-limit');

        } else if (!isHosts(of)) {
            this.#call.refused(message);
        }
    }

    /** @param {any} message that may be news for people */
    #tell(message) {
        const news = newsOf(this.state, message);

        this.#change(message);

        if (news) {
            this.#emit('news', news);
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
        this.#connection.close();
        this.#finish(code);
    }

    /** @param {string} code */
    #finish(code) {
        if (this.#over) {
            return;
        }

        this.#over = true;
        clearTimeout(this.#timer);
        this.#call.close();

        if (this.state.you !== '' && code !== '') {
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
