/**
 * The way to the room: a session, and another one whenever that is lost,
 * by the ticket that the server gave.  No DOM.
 *
 * Events: `message` (detail: a message other than the answers to `join`);
 * `waiting`, when a host is asked; `lost`, when another session is being
 * made; `joined` (detail: the message), first and each time it is back;
 * `end` (detail: a code of failure.js).
 */

import { Failure, fromCloseCode } from './failure.js';
import { Session } from './protocol.js';

const OPEN_MS = 3000;
const PAUSES_MS = [0, 200, 500, 1000, 2000];
const GIVE_UP_MS = 60000;

/* Firefox closes with 1001 what a page holds that is about to end: it shall
   not come back while the next page does */
const GOING = 1001;
const GOING_MS = 500;

const QUIET_MS = 5000;
const ANSWER_MS = 2500;
const MAX_WAITING = 50;
const MAX_DENIED = 4;

/** Close codes after which one comes back, see PROTOCOL.md. */
const AGAIN = new Set([1001, 1005, 1006, 1011, 1012, 4001, 4002]);

/** Why one joins once more, at first and after having waited. */
const MOVED = new Set(['moved']);
const MISSED = new Set(['moved', 'lost', 'server', 'unreachable']);

/** @type {Map<string, string>} codes of failure.js, by reason */
const ENDS = new Map([['host', 'end-host'], ['kicked', 'kicked'],
                      ['stop', 'end-stop']]);

export class Connection extends EventTarget {
    /** @type {Session | null} */
    #session = null;

    #key;
    #name = '';

    /** @type {'new' | 'in' | 'lost' | 'over'} */
    #is = 'new';

    /** The peer connection is not what it was. */
    #fresh;

    /** In the lobby. */
    #asked = false;

    /** The page may be ending. */
    #going = false;

    /** @type {any[]} what was written while it was lost */
    #waiting = [];

    /** @type {(error?: unknown) => void} */
    #settle = () => {};

    /** @type {() => void} ends a pause */
    #hurry = () => {};

    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #timer;

    /** @param {import('./meeting.js').Key} key its ticket is kept there */
    constructor(key) {
        super();
        this.#key = key;
        this.#fresh = key.fresh;
    }

    get lost() {
        return this.#is === 'lost';
    }

    /**
     * @param {string} name
     * @returns {Promise<void>} fails with a Failure
     */
    async open(name) {
        this.#name = name;

        let waited = false;

        for (let tries = 0; ; tries++) {
            try {
                await this.#join();
                return;

            } catch (error) {
                const code = error instanceof Failure ? error.code : 'server';

                tries = this.#asked ? 0 : tries;
                waited ||= this.#asked;
                this.#asked = false;

                if (!(waited ? MISSED : MOVED).has(code)
                    || tries === PAUSES_MS.length)
                {
                    this.#over();
                    throw waited && code === 'denied'
                        ? new Failure('turned-away', error) : error;
                }
            }

            this.#session?.abandon();
            await this.#pause(PAUSES_MS[tries]);

            if (this.#is === 'over') {
                throw new Failure('left');
            }
        }
    }

    /** @param {{type: string, [field: string]: unknown}} message */
    send(message) {
        if (this.#is === 'in') {
            this.#session?.send(message);

        } else if (this.#is === 'lost' && message.type === 'send') {
            this.#waiting = [...this.#waiting, message].slice(-MAX_WAITING);
        }
    }

    /**
     * Is the server there?  If it is not, it is looked for.
     *
     * @param {number} [timeout] for the answer, in milliseconds
     */
    check(timeout = ANSWER_MS) {
        this.#hurry();

        if (this.#is === 'in' || this.#asked) {
            this.#session?.send({ type: 'ping' });
            this.#expect(timeout, () => this.#asked
                ? this.#settle(new Failure('lost')) : this.#again());
        }
    }

    /** Comes back with another peer connection. */
    renew() {
        if (this.#is === 'in') {
            this.#fresh = true;
            this.#again();
        }
    }

    /** Leaves. */
    close() {
        this.#session?.close();
        this.#over();
        this.#settle(new Failure('left'));
    }

    /** The page ends; another one comes back by the ticket. */
    abandon() {
        this.#session?.abandon();
        this.#over();
    }

    /**
     * @param {number} timeout
     * @param {() => void} handler
     */
    #expect(timeout, handler) {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(handler, timeout);
    }

    /** One try.  Fails with a Failure. */
    async #join() {
        const first = this.#is === 'new';
        const session = new Session(this.#key.base, this.#key.tag);

        this.#session = session;
        session.addEventListener('message', (event) => this.#read(
            session, /** @type {CustomEvent} */ (event).detail));
        session.addEventListener('close', (event) => this.#closed(
            session, /** @type {CustomEvent} */ (event).detail));

        await (first ? session.open() : session.open(OPEN_MS, false));

        const { proof, host, resume, invite } = this.#key;

        await new Promise((resolve, reject) => {
            this.#settle = (error) => error ? reject(error)
                                            : resolve(undefined);
            session.send({
                type: 'join',
                ...(proof === null ? {} : { proof }),
                ...(host === null ? {} : { host }),
                ...(resume === null ? {} : { resume }),
                ...(this.#fresh ? { fresh: true } : {}),
                ...(invite === null ? {} : { invite }),
                ...(this.#name === '' ? {} : { name: this.#name }),
            });

            if (!first) {
                this.#expect(OPEN_MS, () => {
                    session.abandon();
                    this.#settle(new Failure('unreachable'));
                });
            }
        });
    }

    /** Comes back, as often as it takes. */
    async #again() {
        if (this.#is !== 'in') {
            return;
        }

        this.#is = 'lost';
        clearTimeout(this.#timer);
        this.#session?.abandon();
        this.#emit('lost');

        const until = Date.now() + GIVE_UP_MS;
        let denied = 0;

        for (let tries = 0; this.#is === 'lost'; tries++) {
            await this.#pause(PAUSES_MS[Math.min(tries, 4)]);

            if (this.#is !== 'lost') {
                return;
            }

            try {
                await this.#join();
                return;

            } catch (error) {
                const code = error instanceof Failure ? error.code : 'server';

                const refused = this.#asked && code === 'denied';

                this.#asked = false;
                this.#session?.abandon();

                if (refused) {
                    this.#end('turned-away');
                    return;
                }

                denied += Number(code === 'denied');

                /* others may have to open the room first */
                if (denied === MAX_DENIED || Date.now() > until) {
                    this.#end(denied > 0 ? 'gone' : 'lost');
                }
            }
        }
    }

    /** @param {number} ms */
    #pause(ms) {
        return new Promise((resolve) => {
            const timer = setTimeout(resolve, this.#going ? GOING_MS : ms);

            this.#going = false;
            this.#hurry = () => {
                clearTimeout(timer);
                resolve(undefined);
            };
        });
    }

    /**
     * @param {Session} session
     * @param {any} message
     */
    #read(session, message) {
        if (session !== this.#session || this.#is === 'over') {
            return;
        }

        this.#expect(QUIET_MS, () => this.check());

        switch (message.type) {

        case 'joined':
            this.#is = 'in';
            this.#fresh = false;
            this.#asked = false;
            this.#key.resume = message.resume;
            this.#emit('joined', message);
            this.#settle();
            this.#waiting.splice(0).forEach((m) => session.send(m));
            break;

        case 'waiting':
            this.#asked = true;
            this.#emit('waiting');
            break;

        case 'ticket':
            this.#key.resume = message.resume;
            break;

        case 'denied':
            this.#settle(new Failure('denied'));
            break;

        case 'rejoin':
            if (this.#is === 'in') {
                this.#again();

            } else {
                this.#settle(new Failure('moved'));
            }
            break;

        case 'end':
            this.#end(ENDS.get(message.reason) ?? 'end-stop');
            break;

        case 'pong':
            break;

        default:
            this.#emit('message', message);
        }
    }

    /**
     * @param {Session} session
     * @param {number} code
     */
    #closed(session, code) {
        if (session !== this.#session) {
            return;
        }

        this.#going = code === GOING;

        if (this.#is === 'in' && AGAIN.has(code)) {
            this.#fresh ||= code === 4002;
            this.#again();

        } else if (this.#is === 'in') {
            this.#end(fromCloseCode(code));

        } else {
            this.#settle(new Failure(this.#asked && AGAIN.has(code)
                                     ? 'lost' : fromCloseCode(code)));
        }
    }

    /** @param {string} code */
    #end(code) {
        if (this.#is !== 'over') {
            this.#over();
            this.#settle(new Failure(code));
            this.#emit('end', code);
        }
    }

    #over() {
        this.#is = 'over';
        clearTimeout(this.#timer);
        this.#hurry();
    }

    /**
     * @param {string} type
     * @param {unknown} [detail]
     */
    #emit(type, detail) {
        this.dispatchEvent(new CustomEvent(type, { detail }));
    }
}
