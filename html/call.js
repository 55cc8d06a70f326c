/**
 * The peer connection: what is sent, what is received, and the offers in
 * between.  The client offers, the server answers, one offer at a time.
 * No DOM; messages leave by the function that the constructor is given.
 *
 * Events: `connected`; `blocked`, when no path is found; `shaky`, `lost`;
 * `refused` (detail: a source the server does not take); `broken`.
 */

import { reduceOffer } from './sdp.js';
import { assignSlots } from './slots.js';

/** @typedef {import('./state.js').Source} Source */

/**
 * @typedef {object} Sending
 * @property {RTCRtpTransceiver} transceiver
 * @property {MediaStreamTrack | null} media
 * @property {string | null} id  the track's id, once the server gave it
 * @property {boolean} on
 * @property {boolean} told      what the server believes `on` to be
 */

/**
 * @typedef {object} Receiving
 * @property {'audio' | 'video'} kind
 * @property {string | null} track
 * @property {string | null} told  what the server was asked for
 * @property {boolean} agreed      is the m-line negotiated?
 * @property {RTCRtpTransceiver} transceiver
 */

const CONNECT_TIMEOUT_MS = 10000;
const MAX_REFUSALS = 3;
const SPEAKING_LEVEL = 0.02;

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

    /** @type {Receiving[]} */
    #receiving = [];

    #limit = Infinity;
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

        } else if (sending.media !== media) {
            sending.media = media;
            await sending.transceiver.sender.replaceTrack(media);
        }

        sending.on = on;
        this.#sync();
    }

    /**
     * @param {{track: string, kind: 'audio' | 'video'}[]} tracks all remote
     *     tracks that shall be received from now on
     */
    want(tracks) {
        const slots = assignSlots(this.#receiving, tracks, this.#limit);

        slots.forEach(({ kind, track }, i) => {
            this.#receiving[i] ??= this.#addReceiving(kind);
            this.#receiving[i].track = track;
        });

        this.#sync();
    }

    /**
     * @param {string | null} track
     * @returns {MediaStreamTrack | null} what is received for it
     */
    media(track) {
        const slot = track === null ? undefined
            : this.#receiving.find((r) => r.track === track && r.agreed);

        return slot?.transceiver.receiver.track ?? null;
    }

    /** @returns {Set<string>} the audio tracks with somebody speaking */
    speaking() {
        const loud = this.#receiving.filter(({ kind, track, transceiver }) =>
            kind === 'audio' && track !== null
            && (transceiver.receiver.getSynchronizationSources()[0]
                ?.audioLevel ?? 0) > SPEAKING_LEVEL);

        return new Set(loud.map((r) => /** @type {string} */ (r.track)));
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

        for (const sending of this.#sending.values()) {
            const { mid } = sending.transceiver;

            if (mid !== null && Object.hasOwn(tracks, mid)) {
                sending.id = tracks[mid];
            }
        }

        this.#receiving.forEach((r) => {
            r.agreed = r.transceiver.mid !== null
                       && r.transceiver.currentDirection !== null;
        });

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
            await this.#pc.setLocalDescription({ type: 'rollback' });
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

        for (const r of this.#receiving) {
            if (r.agreed && r.told !== r.track) {
                r.told = r.track;
                this.#send({
                    type: 'receive', mid: r.transceiver.mid, track: r.track,
                });
            }
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
        /** @type {Record<string, string | null>} */
        const receive = {};

        for (const [source, { transceiver }] of this.#sending) {
            if (transceiver.mid !== null) {
                publish[transceiver.mid] = source;
            }
        }

        for (const r of this.#receiving) {
            if (r.transceiver.mid !== null) {
                receive[r.transceiver.mid] = r.track;
                r.told = r.track;
            }
        }

        this.#send({
            type: 'offer', publish, receive,
            sdp: reduceOffer(this.#pc.localDescription?.sdp ?? ''),
        });
    }

    /**
     * @param {'audio' | 'video'} kind
     * @returns {Receiving}
     */
    #addReceiving(kind) {
        this.#pending = true;

        return {
            kind, track: null, told: null, agreed: false,
            transceiver: this.#pc.addTransceiver(kind, {
                direction: 'recvonly',
            }),
        };
    }

    /** Takes back what was too much. */
    #shrink() {
        const agreed = this.#receiving.filter((r) => r.agreed);

        if (agreed.length < this.#receiving.length) {
            this.#receiving.filter((r) => !r.agreed)
                .forEach((r) => r.transceiver.stop());
            this.#receiving = agreed;
            this.#limit = agreed.length;
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
