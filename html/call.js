/**
 * The peer connection: what is sent, what is received, and the offers in
 * between.  The client offers, the server answers, one offer at a time.
 * No DOM; messages leave by the function that the constructor is given.
 *
 * Events: `connected`; `blocked`, when no path is found; `shaky`, and `lost`
 * when it does not come back by itself; `silent`, when nothing comes any
 * more, which the browser has not noticed yet; `refused` (detail: a source the
 * server does not take); `stopped` (detail: a source that a host has ended);
 * `broken`.
 */

import { candidatesOf, withOnly } from './candidates.js';
import { Pulse } from './pulse.js';
import { askForAudioRepair, reduceOffer } from './sdp.js';
import { Receiving } from './receiving.js';
import { Sending } from './sending.js';
import { pathOf } from './stats.js';

const CONNECT_TIMEOUT_MS = 10000;
const RESTART_MS = 1000;
const RESTARTED_MS = 6000;
const LOOK_MS = 300;

/* a restart that is on its way is not begun anew */
const RESTARTING_MS = 2000;
const MAX_REFUSALS = 3;

export class Call extends EventTarget {
    #pc = new RTCPeerConnection({
        bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require', iceServers: [],
    });

    #sending = new Sending(this.#pc);
    #receiving = new Receiving(this.#pc);
    #offering = false;
    #layers = false;    /* are some in what is offered? */
    #pending = false;
    #refusals = 0;
    #everConnected = false;

    /** @type {ReturnType<typeof candidatesOf> | null} of the server, once it
     *  has answered */
    candidates = null;

    #restarted = -Infinity;
    #pulse = new Pulse();

    /** @type {any} the offer that is not answered yet */
    #offered = null;

    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #timer;

    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #mending;

    /** @type {ReturnType<typeof setInterval> | undefined} */
    #looking;

    #send;
    #only;

    /**
     * @param {(message: any) => void} send
     * @param {import('./candidates.js').Protocol | null} [only] the path
     *     goes by this protocol and by no other
     */
    constructor(send, only = null) {
        super();
        this.#send = send;
        this.#only = only;
        this.#pc.onconnectionstatechange = () => this.#connection();
    }

    /**
     * Sends `media` as `source` from now on; null stops.
     *
     * @param {import('./state.js').Source} source
     * @param {MediaStreamTrack | null} media
     * @param {boolean} [on] false: the others are told that it is muted
     */
    async publish(source, media, on = media !== null) {
        const { added, done } = this.#sending.publish(source, media, on);

        this.#pending ||= added;
        await done;
        this.#sync();
    }

    /**
     * @param {import('./receiving.js').Wanted[]} tracks all remote tracks
     *     that shall be received from now on
     */
    want(tracks) {
        this.#pending = this.#receiving.want(tracks) || this.#pending;
        this.#sync();
    }

    /**
     * @param {string | null} track
     * @returns {MediaStreamTrack | null} what is received for it
     */
    media(track) {
        return this.#receiving.media(track);
    }

    /** @returns {Map<string, MediaStreamTrack>} what is heard, by m-line */
    voices() {
        return this.#receiving.voices();
    }

    /** @returns {Set<string>} the audio tracks with somebody speaking */
    speaking() {
        return this.#receiving.speaking();
    }

    /**
     * @param {string | null} track
     * @returns {string | null} the mid of the m-line that carries it
     */
    mid(track) {
        return this.#receiving.mid(track);
    }

    /** @param {{track: string, height: number}} message */
    wanted({ track, height }) {
        this.#sending.wanted(track, height);
    }

    /** @param {{mid: string, track: string | null}} message */
    carry({ mid, track }) {
        this.#receiving.carry(mid, track);
        this.#emit('change');
    }

    /** @returns {Promise<any[]>} reports, see stats.js */
    async stats() {
        return [...(await this.#pc.getStats()).values()];
    }

    /** The network may be another one: looks for a path once more. */
    mend() {
        if (this.#everConnected
            && performance.now() - this.#restarted > RESTARTING_MS)
        {
            this.#restart();
        }
    }

    /** @param {{sdp: string, tracks: Record<string, string>}} message */
    async answer({ sdp, tracks }) {
        if (!this.#offering) {
            return;
        }

        this.candidates = candidatesOf(sdp);

        try {
            await this.#pc.setRemoteDescription({
                type: 'answer', sdp: withOnly(sdp, this.#only),
            });

        } catch (error) {
            this.#emit('broken', error);
            return;
        }

        this.#sending.agree(tracks).forEach(
            (source) => this.#emit('refused', source));
        this.#receiving.agree();

        if (this.#layers && !/^a=simulcast:/m.test(sdp)) {
            this.#pending = this.#sending.flatten() || this.#pending;
        }

        this.#offering = false;
        this.#offered = null;
        this.#refusals = 0;
        this.#timer ??= setTimeout(() => this.#late(), CONNECT_TIMEOUT_MS);
        this.#emit('change');
        this.#sync();
    }

    /**
     * The server refused something: nothing of it took effect.
     *
     * @param {{code: string, of?: string}} message
     */
    async refused({ code, of }) {
        if (of === 'receive' && code === 'field') {
            this.#receiving.plain();
            this.#receiving.forget();
            this.#sync();
            return;
        }

        if (of === 'receive' && !this.#offering) {
            this.#receiving.doubt();
            this.#pending = true;

        } else if (of === 'offer' && this.#offering) {
            try {
                await this.#pc.setLocalDescription({ type: 'rollback' });

            } catch (error) {
                this.#emit('broken', error);
                return;
            }

            this.#offering = false;
            this.#offered = null;
            this.#pending = true;

            if (code === 'limit') {
                this.#shrink();
            }

        } else {
            return;
        }

        if (++this.#refusals > MAX_REFUSALS) {
            this.#emit('broken', code);
            return;
        }

        this.#sync();
    }

    /**
     * A host has ended a track of ours.
     *
     * @param {string} track
     */
    stopped(track) {
        const sources = this.#sending.stopped(track);

        this.#pending ||= sources.length > 0;
        sources.forEach((source) => this.#emit('stopped', source));
        this.#sync();
    }

    /** Another session goes on with this peer connection. */
    resume() {
        this.#receiving.forget();
        this.#sending.forget();

        if (this.#offered !== null) {
            this.#send(this.#offered);
        }

        if (this.#pc.connectionState !== 'connected') {
            this.mend();
        }

        this.#sync();
    }

    close() {
        clearTimeout(this.#timer);
        clearTimeout(this.#mending);
        clearInterval(this.#looking);
        this.#sending.close();
        this.#pc.onconnectionstatechange = null;
        this.#pc.close();
    }

    /** Tells the server what it does not know yet. */
    #sync() {
        if (this.#pc.signalingState === 'closed') {
            return;
        }

        for (const change of this.#receiving.changes()) {
            this.#send({ type: 'receive', ...change });
        }

        for (const change of this.#sending.changes()) {
            this.#send({ type: 'mute', ...change });
        }

        if (this.#pending && !this.#offering) {
            this.#offer().catch((error) => this.#emit('broken', error));
        }
    }

    async #offer() {
        this.#offering = true;
        await null;     /* what is added in this turn goes into one offer */
        this.#pending = false;

        await describe(this.#pc);

        const { sdp = '' } = this.#pc.localDescription ?? {};

        this.#layers = /^a=simulcast:/m.test(sdp);
        this.#offered = {
            type: 'offer', publish: this.#sending.map(),
            receive: this.#receiving.map(),
            sdp: reduceOffer(sdp),
        };
        this.#send(this.#offered);
    }

    /** Takes back what was too much. */
    #shrink() {
        if (!this.#receiving.shrink()) {
            this.#sending.shrink().forEach(
                (source) => this.#emit('refused', source));
        }
    }

    #connection() {
        switch (this.#pc.connectionState) {

        case 'connected':
            this.#everConnected = true;
            clearTimeout(this.#mending);
            this.#looking ??= setInterval(() => this.#look(), LOOK_MS);
            this.#emit('connected');
            break;

        case 'disconnected':
            this.#emit('shaky');
            clearTimeout(this.#mending);
            this.#mending = setTimeout(() => this.#restart(), RESTART_MS);
            break;

        case 'failed':
            if (this.#everConnected) {
                this.#restart();

            } else {
                this.#emit('blocked');
            }
            break;
        }
    }

    /** RFC 8445, 9: looks for a path once more. */
    #restart() {
        this.#restarted = performance.now();
        clearTimeout(this.#mending);
        this.#mending = setTimeout(() => {
            if (this.#pc.connectionState !== 'connected') {
                this.#emit('lost');
            }
        }, RESTARTED_MS);
        this.#pc.restartIce();
        this.#pending = true;
        this.#sync();
    }

    /** Does anything come? */
    async #look() {
        const reports = await this.#sending.stats();
        const silent = this.#pulse.input(pathOf(reports).received,
                                         performance.now());

        if (silent && this.#pc.connectionState === 'connected') {
            this.#emit('silent');
        }
    }

    #late() {
        if (!this.#everConnected) {
            this.#emit('blocked');
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

/**
 * Makes the offer.  A browser that does not let itself be told to repair
 * voices does without.
 *
 * @param {RTCPeerConnection} pc
 */
async function describe(pc) {
    const offer = await pc.createOffer();
    const sdp = askForAudioRepair(offer.sdp ?? '');

    await pc.setLocalDescription({ type: 'offer', sdp }).catch(
        () => pc.setLocalDescription(offer));
}
