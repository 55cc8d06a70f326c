/**
 * The peer connection: what is sent, what is received, and the offers in
 * between.  The client offers, the server answers, one offer at a time.
 * No DOM; messages leave by the function that the constructor is given.
 *
 * Events: `connected`; `blocked`, when no path is found; `shaky`, `lost`;
 * `refused` (detail: a source the server does not take); `broken`.
 */

import { reduceOffer } from './sdp.js';
import { Receiving } from './receiving.js';

/** @typedef {import('./state.js').Source} Source */

/**
 * @typedef {object} Sending
 * @property {RTCRtpTransceiver} transceiver
 * @property {MediaStreamTrack | null} media
 * @property {string | null} id  the track's id, once the server gave it
 * @property {boolean} on
 * @property {boolean} told      what the server believes `on` to be
 */

const CONNECT_TIMEOUT_MS = 10000;
const MAX_REFUSALS = 3;

/** @type {Record<Source, {kind: 'audio' | 'video', maxBitrate?: number}>} */
const SOURCES = {
    'microphone': { kind: 'audio' },
    'camera': { kind: 'video', maxBitrate: 1200000 },
    'screen': { kind: 'video', maxBitrate: 2500000 },
    'screen-audio': { kind: 'audio', maxBitrate: 96000 },
};

export class Call extends EventTarget {
    #pc = new RTCPeerConnection({
        bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require', iceServers: [],
    });

    /** @type {Map<Source, Sending>} */
    #sending = new Map();

    #receiving = new Receiving(this.#pc);
    #offering = false;
    #pending = false;
    #refusals = 0;
    #everConnected = false;

    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #timer;

    #send;

    /** @param {(message: any) => void} send */
    constructor(send) {
        super();
        this.#send = send;
        this.#pc.onconnectionstatechange = () => this.#connection();
    }

    /**
     * Sends `media` as `source` from now on; null stops.  The microphone's
     * m-line is made even without one, so that there is a transport.
     *
     * @param {Source} source
     * @param {MediaStreamTrack | null} media
     * @param {boolean} [on] false: the others are told that it is muted
     */
    async publish(source, media, on = media !== null) {
        let sending = this.#sending.get(source);

        if (!sending && media === null && source !== 'microphone') {
            return;
        }

        if (!sending) {
            const { kind, maxBitrate } = SOURCES[source];
            const transceiver = this.#pc.addTransceiver(media ?? kind, {
                direction: 'sendonly',
                sendEncodings: maxBitrate ? [{ maxBitrate }] : [],
            });

            sending = { transceiver, media, id: null, on, told: true };
            this.#sending.set(source, sending);
            this.#pending = true;
        }

        sending.on = on;        /* may change while the next is awaited */

        if (sending.media !== media) {
            sending.media = media;
            await sending.transceiver.sender.replaceTrack(media);
        }

        this.#sync();
    }

    /**
     * @param {{track: string, kind: 'audio' | 'video'}[]} tracks all remote
     *     tracks that shall be received from now on
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

    /** @returns {Set<string>} the audio tracks with somebody speaking */
    speaking() {
        return this.#receiving.speaking();
    }

    /** @param {{sdp: string, tracks: Record<string, string>}} message */
    async answer({ sdp, tracks }) {
        if (!this.#offering) {
            return;
        }

        try {
            await this.#pc.setRemoteDescription({ type: 'answer', sdp });

        } catch (error) {
            this.#emit('broken', error);
            return;
        }

        for (const [source, sending] of this.#sending) {
            const { mid, direction } = sending.transceiver;

            if (direction === 'stopped') {
                this.#sending.delete(source);
                this.#emit('refused', source);

            } else if (mid !== null && Object.hasOwn(tracks, mid)) {
                sending.id = tracks[mid];
            }
        }

        this.#receiving.agree();
        this.#offering = false;
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
        if (of === 'receive' && !this.#offering) {
            this.#pending = true;

        } else if (of === 'offer' && this.#offering) {
            try {
                await this.#pc.setLocalDescription({ type: 'rollback' });

            } catch (error) {
                this.#emit('broken', error);
                return;
            }

            this.#offering = false;
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

    close() {
        clearTimeout(this.#timer);
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

        for (const sending of this.#sending.values()) {
            if (sending.id !== null && sending.told !== sending.on) {
                sending.told = sending.on;
                this.#send({
                    type: 'mute', track: sending.id, on: !sending.on,
                });
            }
        }

        if (this.#pending && !this.#offering) {
            this.#offer().catch((error) => this.#emit('broken', error));
        }
    }

    async #offer() {
        this.#offering = true;
        await null;     /* what is added in this turn goes into one offer */
        this.#pending = false;

        await this.#pc.setLocalDescription(await this.#pc.createOffer());

        /** @type {Record<string, string>} */
        const publish = {};

        for (const [source, { transceiver }] of this.#sending) {
            if (transceiver.mid !== null) {
                publish[transceiver.mid] = source;
            }
        }

        this.#send({
            type: 'offer', publish, receive: this.#receiving.map(),
            sdp: reduceOffer(this.#pc.localDescription?.sdp ?? ''),
        });
    }

    /** Takes back what was too much. */
    #shrink() {
        if (this.#receiving.shrink()) {
            return;
        }

        for (const [source, { id, transceiver }] of this.#sending) {
            if (id === null) {
                transceiver.stop();
                this.#sending.delete(source);
                this.#emit('refused', source);
            }
        }
    }

    #connection() {
        switch (this.#pc.connectionState) {

        case 'connected':
            this.#everConnected = true;
            this.#emit('connected');
            break;

        case 'disconnected':
            this.#emit('shaky');
            break;

        case 'failed':
            this.#emit(this.#everConnected ? 'lost' : 'blocked');
            break;
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
