/**
 * Runs in a page before its own scripts, after watch.mjs: looks closely at
 * how one video comes, and at what the browser counts.
 *
 * @param {object} options
 * @param {string | null} options.codec  what own video is sent with, if the
 *     browser has it; null: what the page prefers
 * @param {string | null} options.mode  the scalability mode of own cameras:
 *     of each encoding, or of one alone that has spatial layers; null: as the
 *     page has it
 */
export function meter({ codec, mode = null }) {
    const SAMPLE_MS = 50;

    const FIELDS = [
        'type', 'kind', 'trackIdentifier', 'rid', 'frameHeight',
        'framesDecoded', 'framesEncoded', 'framesReceived', 'framesDropped',
        'framesPerSecond', 'freezeCount', 'totalFreezesDuration',
        'bytesReceived', 'bytesSent', 'packetsReceived', 'packetsSent',
        'packetsLost', 'nackCount', 'pliCount', 'keyFramesDecoded',
        'keyFramesEncoded', 'retransmittedPacketsSent',
        'retransmittedPacketsReceived', 'totalSamplesReceived',
        'concealedSamples', 'silentConcealedSamples', 'concealmentEvents',
        'jitterBufferDelay', 'jitterBufferEmittedCount', 'targetBitrate',
        'qualityLimitationReason', 'fecPacketsReceived',
        'packetsDiscarded', 'frames',
    ];

    const connections = [];
    const samples = [];

    let timer;
    let rate = 0;

    /* what the server says it may send */
    globalThis.WebSocket = class extends WebSocket {
        constructor(...args) {
            super(...args);
            this.addEventListener('message', ({ data }) => {
                if (typeof data === 'string' && data.includes('"quality"')) {
                    rate = JSON.parse(data).rate ?? rate;
                }
            });
        }
    };

    globalThis.RTCPeerConnection = class extends RTCPeerConnection {
        constructor(...args) {
            super(...args);
            connections.push(this);
        }

        addTransceiver(media, init) {
            const own = (media.kind ?? media) === 'video'
                        && init?.direction === 'sendonly';
            const transceiver = super.addTransceiver(media,
                own && mode !== null
                    ? { ...init, sendEncodings: scaled(init.sendEncodings) }
                    : init);

            if (own && codec !== null) {
                prefer(transceiver);
            }

            return transceiver;
        }
    };

    function scaled(encodings) {
        return /^L1/.test(mode)
            ? encodings.map((e) => ({ ...e, scalabilityMode: mode }))
            : [{ scalabilityMode: mode }];
    }

    function prefer(transceiver) {
        const { codecs } = RTCRtpSender.getCapabilities('video');
        const is = (c) => c.mimeType.toLowerCase()
                          === 'video/' + codec.toLowerCase();

        transceiver.setCodecPreferences([...codecs.filter(is),
                                         ...codecs.filter((c) => !is(c))]);

        /* what the page prefers comes after this, and does not count */
        transceiver.setCodecPreferences = () => {};
    }

    function receiver(track) {
        return connections.flatMap((pc) => pc.getReceivers())
            .find((r) => r.track.id === track);
    }

    async function sample(track) {
        const report = await receiver(track)?.getStats();
        const row = [...report?.values() ?? []].find(
            (r) => r.type === 'inbound-rtp');

        if (row) {
            samples.push({
                at: Date.now(), frames: row.framesDecoded ?? 0,
                height: row.frameHeight ?? 0, bytes: row.bytesReceived ?? 0,
                freezes: row.freezeCount ?? 0, rate,
            });
        }
    }

    globalThis.secmeetMeter = {
        /** Samples one received video from now on. */
        begin(track) {
            clearInterval(timer);
            samples.length = 0;
            timer = setInterval(() => sample(track), SAMPLE_MS);
        },

        /** What was sampled. */
        end() {
            clearInterval(timer);
            return samples.splice(0);
        },

        /** All samples until now. */
        samples: () => samples,

        /** What is counted, of all connections. */
        async rows() {
            const open = connections.filter(
                (pc) => pc.connectionState !== 'closed');
            const all = (await Promise.all(open.map((pc) => pc.getStats())))
                .flatMap((report) => [...report.values()]);
            const pairs = all.filter((r) => r.type === 'candidate-pair'
                                            && r.nominated);

            return {
                at: Date.now(),
                rtp: all.filter((r) => r.type === 'inbound-rtp'
                                       || r.type === 'outbound-rtp'
                                       || r.type === 'media-source')
                    .map((r) => Object.fromEntries(FIELDS
                        .filter((f) => r[f] !== undefined)
                        .map((f) => [f, r[f]]))),
                codecs: [...new Set(all
                    .filter((r) => r.type === 'outbound-rtp'
                                   && r.kind === 'video' && r.framesEncoded)
                    .map((r) => all.find((c) => c.id === r.codecId)?.mimeType
                                + (r.scalabilityMode
                                   ? ' ' + r.scalabilityMode : '')))],
                rtt: Math.max(0, ...pairs.map(
                    (r) => r.currentRoundTripTime ?? 0)),
            };
        },
    };
}
