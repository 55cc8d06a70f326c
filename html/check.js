/**
 * Tests a connection step by step, by a meeting with oneself in a room that
 * is thrown away.  No DOM.
 *
 * Event: `change`, when there is something new in `results`.
 */

import { Failure, sentence } from './failure.js';
import { Media } from './media.js';
import { Meeting } from './meeting.js';
import { Session, createRoom, deleteRoom } from './protocol.js';
import { createSecret, deriveTag } from './secret.js';
import { flowOf, pathOf } from './stats.js';
import { STEPS, judge, verdictOf } from './verdict.js';

const PATH_MS = 8000;
const MEASURE_MS = 5000;
const LOOK_MS = 500;
const AS_WANTED = 3;

/** @typedef {import('./candidates.js').Protocol} Protocol */

export class Check extends EventTarget {
    /** @type {import('./verdict.js').Results} */
    results = {};

    /** @type {ReturnType<typeof verdictOf> | null} */
    verdict = null;

    #base;
    #standIn;
    #media = new Media();
    #over = false;

    /** @type {Meeting[]} */
    #meetings = [];

    /** @type {Map<string, import('./verdict.js').Candidate>} */
    #candidates = new Map();

    /** @type {{tag: string, host: string, resume: string | null} | null} */
    #room = null;

    /**
     * @param {URL} base where rooms are
     * @param {() => MediaStreamTrack[]} standIn what is sent if there is no
     *     camera and no microphone
     */
    constructor(base, standIn) {
        super();
        this.#base = base;
        this.#standIn = standIn;
    }

    /** @param {'camera' | 'microphone'} source */
    track(source) {
        return this.#media.track(source);
    }

    /** Runs to its end.  Does not fail. */
    async run() {
        for (const step of Object.keys(STEPS)) {
            this.results[step] = { outcome: 'wait', text: '' };
        }

        try {
            await this.#steps();

        } catch (error) {
            this.#failed(error);
        }

        await this.#clean();

        if (!this.#over) {
            this.#rest();
            this.verdict = verdictOf(this.results,
                                     [...this.#candidates.values()]);
            this.#changed();
        }
    }

    stop() {
        this.#over = true;
        this.#media.closeAll();
        this.#meetings.forEach((m) => m.leave());
    }

    async #steps() {
        await this.#step('site', () => this.#site());
        await this.#step('devices', () => this.#devices());
        await this.#step('socket', () => this.#socket());
        await this.#step('room', () => this.#open());

        const own = [this.track('microphone'), this.track('camera')];
        const others = own.includes(null) ? this.#standIn() : [];
        const sent = ['audio', 'video'].map((kind, i) => own[i]
            ?? others.find((t) => t.kind === kind) ?? null);

        for (const only of /** @type {const} */ (['udp', 'tcp'])) {
            await this.#path(only, sent);
        }

        others.forEach((t) => t.stop());
    }

    /**
     * @param {string} name
     * @param {() => Promise<import('./verdict.js').Result>} f
     */
    async #step(name, f) {
        this.#say(name, 'run', '');

        const result = await f();

        this.#say(name, result.outcome, result.text, result.why);
    }

    /** @returns {Promise<import('./verdict.js').Result>} */
    async #site() {
        const started = performance.now();

        try {
            await fetch(new URL('../', this.#base), {
                method: 'HEAD', cache: 'no-store',
            });

        } catch (error) {
            throw new Failure('unreachable', error);
        }

        const ms = Math.round(performance.now() - started);

        return { outcome: 'good', text: `After ${ms} ms, over `
            + (this.#base.protocol === 'https:' ? 'https' : 'http') };
    }

    /** @returns {Promise<import('./verdict.js').Result>} */
    async #devices() {
        const [failure, another] = await this.#media.openBoth();
        const labels = [this.track('camera'), this.track('microphone')]
            .map((t) => t?.label).filter(Boolean);

        return failure === undefined
            ? { outcome: 'good', text: labels.join(', ') }
            : { outcome: another || labels.length === 0 ? 'bad' : 'fair',
                text: [failure, another].map(
                    (f) => f && sentence(f.code).title).filter(Boolean)
                    .join('. ') };
    }

    /** @returns {Promise<import('./verdict.js').Result>} */
    async #socket() {
        const session = new Session(this.#base,
                                    await deriveTag(createSecret()));
        const started = performance.now();

        await session.open();
        session.close();

        return { outcome: 'good', text: 'Opened after '
            + Math.round(performance.now() - started) + ' ms' };
    }

    /** @returns {Promise<import('./verdict.js').Result>} */
    async #open() {
        const tag = await deriveTag(createSecret());

        this.#room = { tag, ...await createRoom(this.#base, tag, null) };

        return { outcome: 'good', text: 'Opened for you alone' };
    }

    /**
     * @param {Protocol} only
     * @param {(MediaStreamTrack | null)[]} tracks microphone and camera
     */
    async #path(only, [microphone, camera]) {
        if (this.#over) {
            return;
        }

        this.#say(only, 'run', '');

        const pair = [await this.#join(only), await this.#join(only)];
        const [sender, receiver] = pair;
        const want = () => receiver.want(
            receiver.state.peers.flatMap((p) => p.tracks));

        receiver.addEventListener('change', want);
        receiver.publish('microphone', null);
        sender.publish('microphone', microphone);
        sender.publish('camera', camera);
        want();

        const started = performance.now();
        const through = await until(PATH_MS, async () => this.#over
            || this.#lacks(sender, only) || flowOf(
                await receiver.stats(), 'inbound').packets > 0);

        const ms = Math.round(performance.now() - started);

        if (this.#lacks(sender, only)) {
            this.#say(only, 'skip', 'The server offers none');

        } else if (!through) {
            this.#say(only, 'bad', 'Nothing got through within '
                + `${PATH_MS / 1000} seconds`);

        } else {
            this.#say(only, 'good', `What you sent came back after ${ms} ms`);

            if (this.results.up.outcome === 'wait') {
                await this.#measure(sender, receiver);
            }
        }

        /* they stay until the end: the room ends with its last peer */
        await Promise.all([sender.publish('camera', null),
                           sender.publish('microphone', null)]);
    }

    /**
     * Has the server no path of this kind?  Its addresses are remembered.
     *
     * @param {Meeting} meeting
     * @param {Protocol} only
     */
    #lacks(meeting, only) {
        for (const c of meeting.candidates ?? []) {
            this.#candidates.set(JSON.stringify(c), c);
        }

        return meeting.candidates !== null
            && meeting.candidates.every((c) => c.protocol !== only);
    }

    /** @param {Protocol} only */
    async #join(only) {
        const { tag, host, resume } = this.#room ?? {
            tag: '', host: null, resume: null };
        const meeting = new Meeting({
            base: this.#base, tag, host, resume, proof: null, fresh: false,
            invite: null, made: {},
        }, only);

        /* whoever comes first takes the ticket */
        if (this.#room) {
            this.#room.resume = null;
        }

        this.#meetings.push(meeting);
        await meeting.join('');

        return meeting;
    }

    /**
     * @param {Meeting} sender
     * @param {Meeting} receiver
     */
    async #measure(sender, receiver) {
        this.#say('up', 'run', '');
        this.#say('down', 'run', '');

        const looks = [await look(sender, receiver)];

        await until(MEASURE_MS, async () => {
            await sleep(LOOK_MS);
            looks.push(await look(sender, receiver));
            return this.#over;
        });

        const last = looks[looks.length - 1];
        const quality = receiver.state.quality;
        const up = measured(looks.map((l) => l.up), 0);
        const down = measured(looks.map((l) => l.down), 1);

        /* what the sender lost the receiver lacks as well */
        const lost = Math.max(0, down.loss - up.loss);

        for (const [step, result] of Object.entries({
            up: judge({ ...up, rtt: last.rtt, able: last.able }),
            down: judge({
                ...down, rtt: 0, loss: quality?.loss ?? lost,
                able: quality?.rate ?? 0,
                limited: Object.values(quality?.videos ?? {}).some(
                    (video) => video < AS_WANTED),
            }),
        })) {
            this.#say(step, result.outcome, result.text, result.why);
        }
    }

    /** @param {unknown} error */
    #failed(error) {
        const code = error instanceof Failure ? error.code : 'server';

        for (const [step, { outcome }] of Object.entries(this.results)) {
            if (outcome === 'run') {
                this.#say(step, 'bad', sentence(code).title);
            }
        }
    }

    /** What was not reached. */
    #rest() {
        for (const [step, { outcome }] of Object.entries(this.results)) {
            if (outcome === 'wait' || outcome === 'run') {
                this.#say(step, 'skip', 'Could not be tested');
            }
        }
    }

    async #clean() {
        const room = this.#room;

        this.#meetings.forEach((m) => m.leave());
        this.#media.closeAll();
        this.#room = null;

        /* a room ends with the last one who leaves */
        if (room !== null && this.#meetings.length === 0) {
            await deleteRoom(this.#base, room.tag, room.host).catch(
                () => {});
        }
    }

    /**
     * @param {string} step
     * @param {import('./verdict.js').Outcome} outcome
     * @param {string} text
     * @param {string} [why]
     */
    #say(step, outcome, text, why) {
        this.results[step] = { outcome, text, ...(why ? { why } : {}) };
        this.#changed();
    }

    #changed() {
        this.dispatchEvent(new Event('change'));
    }
}

/** @param {number} ms */
function sleep(ms) {
    return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * @param {number} ms
 * @param {() => Promise<boolean>} condition
 */
async function until(ms, condition) {
    const end = performance.now() + ms;

    for ( ;; ) {
        if (await condition()) {
            return true;
        }

        if (performance.now() >= end) {
            return false;
        }

        await sleep(100);
    }
}

/**
 * @param {Meeting} sender
 * @param {Meeting} receiver
 */
async function look(sender, receiver) {
    const [sent, received] = await Promise.all([sender.stats(),
                                                receiver.stats()]);
    const now = performance.now();
    const { rtt, able } = pathOf(sent);

    return {
        rtt, able, up: { ...flowOf(sent, 'outbound'), now },
        down: { ...flowOf(received, 'inbound'), now },
    };
}

/**
 * @param {(import('./stats.js').Flow & {now: number})[]} flows
 * @param {number} share  of what is lost that is not among the packets
 * @returns {import('./verdict.js').Measured}
 */
function measured(flows, share) {
    const [first] = flows;
    const last = flows[flows.length - 1];
    const lost = last.lost - first.lost;
    const all = last.packets - first.packets + lost * share;

    const rates = flows.slice(1).map((flow, i) =>
        (flow.bytes - flows[i].bytes) * 8000 / (flow.now - flows[i].now));

    return {
        rate: Math.max(0, ...rates), able: 0, rtt: 0,
        limited: last.limited, jitter: last.jitter,
        loss: all > 0 ? Math.min(1, Math.max(0, lost / all)) : 0,
    };
}
