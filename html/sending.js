/**
 * The sending m-lines of a peer connection, and what the server knows of
 * them.  No DOM; sends nothing.
 */

import { RIDS, apply, layersFor, needed, settle, settled }
    from './layers.js';

/** @typedef {import('./state.js').Source} Source */

/**
 * @typedef {object} Line
 * @property {RTCRtpTransceiver} transceiver
 * @property {MediaStreamTrack | null} media
 * @property {string | null} id  the track's id, once the server gave it
 * @property {boolean} on
 * @property {boolean | null} told  what the server believes `on` to be;
 *     null: it may not have heard
 * @property {number} wanted  the greatest height that anybody wants
 * @property {import('./layers.js').Demand} demand
 * @property {ReturnType<typeof setTimeout>} [timer]
 */

/** @type {Record<Source, {kind: 'audio' | 'video', maxBitrate?: number}>} */
const SOURCES = {
    'microphone': { kind: 'audio' },
    'camera': { kind: 'video' },
    'screen': { kind: 'video', maxBitrate: 2500000 },
    'screen-audio': { kind: 'audio', maxBitrate: 96000 },
};

/* what is first is sent: all browsers can, and in layers */
const CODEC = /^video\/VP8$/i;

export class Sending {
    /** @type {Map<Source, Line>} */
    #lines = new Map();

    /** Does the server take a camera in layers? */
    #layered = true;

    #pc;

    /** @param {RTCPeerConnection} pc */
    constructor(pc) {
        this.#pc = pc;
    }

    /**
     * Sends `media` as `source` from now on; null stops.  The microphone's
     * m-line is made even without one, so that there is a transport.
     *
     * @param {Source} source
     * @param {MediaStreamTrack | null} media
     * @param {boolean} on
     * @returns {{added: boolean, done: Promise<void> | undefined}} is there
     *     a new m-line, to be offered, and what to wait for
     */
    publish(source, media, on) {
        const line = this.#lines.get(source);

        if (!line && media === null && source !== 'microphone') {
            return { added: false, done: undefined };
        }

        if (!line) {
            this.#add(source, media, on);
            return { added: true, done: undefined };
        }

        line.on = on;           /* may change while the next is awaited */
        this.#adapt(source, line);

        if (line.media === media) {
            return { added: false, done: undefined };
        }

        line.media = media;

        /* that nobody wanted the one before says nothing of this one */
        line.wanted = line.wanted === 0 ? Infinity : line.wanted;
        line.demand = { ...line.demand, since: performance.now() };
        this.#adapt(source, line);

        return {
            added: false, done: line.transceiver.sender.replaceTrack(media),
        };
    }

    /** @returns {Record<string, string>} sources by mid, for an offer */
    map() {
        /** @type {Record<string, string>} */
        const map = {};

        for (const [source, { transceiver }] of this.#lines) {
            if (transceiver.mid !== null) {
                map[transceiver.mid] = source;
            }
        }

        return map;
    }

    /**
     * An answer came.
     *
     * @param {Record<string, string>} tracks ids by mid
     * @returns {Source[]} what the server does not take
     */
    agree(tracks) {
        const refused = this.#remove(
            ({ transceiver }) => transceiver.direction === 'stopped');

        for (const [source, line] of this.#lines) {
            const { mid } = line.transceiver;

            if (mid !== null && Object.hasOwn(tracks, mid)) {
                line.id = tracks[mid];
            }

            this.#adapt(source, line);
        }

        return refused;
    }

    /**
     * The server takes a camera as one picture only: a browser that was told
     * so cannot offer it in layers again.
     *
     * @returns {boolean} is there a new m-line, to be offered?
     */
    flatten() {
        const camera = this.#lines.get('camera');

        if (!this.#layered || !camera) {
            return false;
        }

        this.#layered = false;
        this.#remove((line) => line === camera);
        camera.transceiver.stop();
        this.#add('camera', camera.media, camera.on);
        return true;
    }

    /**
     * A host has ended a track: its m-line carries nothing any more.
     *
     * @param {string} track
     * @returns {Source[]} what it was of
     */
    stopped(track) {
        return this.#remove(({ id, transceiver }) => {
            if (id === track) {
                transceiver.stop();
            }

            return id === track;
        });
    }

    /**
     * The server says how much of an own track anybody wants.
     *
     * @param {string} track
     * @param {number} height
     */
    wanted(track, height) {
        for (const [source, line] of this.#lines) {
            if (line.id === track) {
                line.wanted = height;
                this.#adapt(source, line);
            }
        }
    }

    /** @returns {Promise<any[]>} reports of one m-line, and its path */
    async stats() {
        const line = this.#lines.get('microphone')
            ?? [...this.#lines.values()][0];
        const report = await line?.transceiver.sender.getStats();

        return [...report?.values() ?? []];
    }

    /** Ends what it may be waiting for. */
    close() {
        this.#lines.forEach((line) => clearTimeout(line.timer));
    }

    /** What was told last may not have arrived. */
    forget() {
        this.#lines.forEach((line) => { line.told = null; });
    }

    /** @returns {{track: string, on: boolean}[]} `mute` messages */
    changes() {
        const changed = [...this.#lines.values()].filter(
            ({ id, told, on }) => id !== null && told !== on);

        return changed.map((line) => {
            line.told = line.on;
            return { track: /** @type {string} */ (line.id), on: !line.on };
        });
    }

    /**
     * Takes back what is not agreed.
     *
     * @returns {Source[]}
     */
    shrink() {
        return this.#remove((line) => {
            if (line.id === null) {
                line.transceiver.stop();
            }

            return line.id === null;
        });
    }

    /**
     * @param {Source} source
     * @param {MediaStreamTrack | null} media
     * @param {boolean} on
     */
    #add(source, media, on) {
        const { kind, maxBitrate } = SOURCES[source];

        const transceiver = this.#pc.addTransceiver(media ?? kind, {
            direction: 'sendonly',
            sendEncodings: source === 'camera'
                ? encodingsOf(media, this.#layered)
                : maxBitrate ? [{ maxBitrate }] : [],
        });

        if (kind === 'video') {
            prefer(transceiver);
        }

        this.#lines.set(source, {
            transceiver, media, id: null, on, told: true, wanted: Infinity,
            demand: { count: 1, since: 0 },
        });
    }

    /**
     * Sends the layers that somebody wants, of the camera that there is.
     *
     * @param {Source} source
     * @param {Line} line
     */
    #adapt(source, line) {
        if (SOURCES[source].kind !== 'video' || line.media === null) {
            return;
        }

        const { sender } = line.transceiver;
        const layers = source === 'camera' ? layersOf(line.media)
            : [{ scale: 1, height: Infinity,
                 bitrate: SOURCES[source].maxBitrate ?? 0 }];
        const count = needed(layers, line.wanted);
        const now = performance.now();

        line.demand = settle(line.demand, count, now);
        clearTimeout(line.timer);

        const wait = settled(line.demand, count) - now;

        if (Number.isFinite(wait)) {
            line.timer = setTimeout(() => this.#adapt(source, line), wait);
        }

        const parameters = sender.getParameters();

        /* a browser that refuses sends all of it, as before */
        if (apply(parameters.encodings ?? [], layers, line.demand.count)) {
            sender.setParameters(parameters).catch(() => {});
        }
    }

    /**
     * @param {(line: Line) => boolean} which
     * @returns {Source[]}
     */
    #remove(which) {
        const gone = [...this.#lines].filter(([, line]) => which(line))
            .map(([source]) => source);

        for (const source of gone) {
            clearTimeout(this.#lines.get(source)?.timer);
            this.#lines.delete(source);
        }

        return gone;
    }
}

/** @param {MediaStreamTrack} media */
function layersOf(media) {
    const { width = 0, height = 0 } = media.getSettings();

    return layersFor(width, height);
}

/**
 * @param {MediaStreamTrack | null} media
 * @param {boolean} layered
 * @returns {RTCRtpEncodingParameters[]} a camera's, as it starts
 */
function encodingsOf(media, layered) {
    const encodings = layered ? RIDS.map((rid) => ({ rid })) : [{}];
    const layers = media === null ? layersFor(0, 0) : layersOf(media);

    apply(encodings, layers, layers.length);
    return encodings;
}

/** @param {RTCRtpTransceiver} transceiver */
function prefer(transceiver) {
    const { codecs = [] } = RTCRtpReceiver.getCapabilities('video') ?? {};

    try {
        transceiver.setCodecPreferences([
            ...codecs.filter((c) => CODEC.test(c.mimeType)),
            ...codecs.filter((c) => !CODEC.test(c.mimeType))]);

    } catch {
        /* the browser's own order */
    }
}
