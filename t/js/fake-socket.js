/** A WebSocket whose server is the test. */

const ID = '0123456789abcdef';

/** @type {FakeSocket[]} all that were made */
export const sockets = [];

export class FakeSocket extends EventTarget {
    static OPEN = 1;

    readyState = 0;
    sent = [];
    closed = null;
    onmessage = null;
    onclose = null;

    constructor(url, protocol) {
        super();
        this.url = String(url);
        this.protocol = protocol;
        sockets.push(this);
    }

    send(text) {
        this.sent.push(JSON.parse(text));
    }

    close(code) {
        this.closed = code ?? 1005;
    }

    /* what the server does */

    open() {
        this.readyState = 1;
        this.dispatchEvent(new Event('open'));
    }

    says(message) {
        this.onmessage?.({ data: JSON.stringify(message) });
    }

    ends(code) {
        this.readyState = 3;
        this.onclose?.({ code });
        this.dispatchEvent(new Event('close'));
    }

    last() {
        return this.sent.at(-1);
    }
}

export const joined = (ticket, more) => ({
    type: 'joined', you: ID, host: false, silenced: false, resumed: false,
    room: { password: false, locked: false, lobby: false, link: true },
    peers: [],
    resume: ticket, ...more,
});

/** Lets promises run; timers are the test's. */
export async function turn() {
    for (let i = 0; i < 20; i++) {
        await Promise.resolve();
    }
}
