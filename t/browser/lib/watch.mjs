/**
 * What runs in a page before its own scripts.  It keeps the peer connections
 * so that their statistics can be read, and what the browser forbade.  The
 * page is not changed for it.
 *
 * @param {object} options
 * @param {MediaTrackConstraints | null} options.camera a small one, since
 *     several browsers share one machine; null: what the page asks for
 */
export function watch({ camera }) {
    const SAMPLE_MS = 50;

    const connections = [];
    const samples = [];
    const violations = [];

    let clicked = 0;
    let timer;

    globalThis.RTCPeerConnection = class extends RTCPeerConnection {
        constructor(...args) {
            super(...args);
            connections.push(this);
        }
    };

    if (camera !== null && globalThis.MediaDevices) {
        const { getUserMedia } = MediaDevices.prototype;

        MediaDevices.prototype.getUserMedia = function(wish) {
            return getUserMedia.call(this, wish.video
                ? { ...wish, video: { ...wish.video, ...camera } } : wish);
        };
    }

    addEventListener('securitypolicyviolation', (event) => violations.push(
        `${event.violatedDirective}: ${event.blockedURI} in `
        + `${event.sourceFile}:${event.lineNumber}`));

    addEventListener('click', ({ target }) => {
        if (target instanceof Element && target.closest('#join')) {
            clicked = Date.now();
            timer ??= setInterval(sample, SAMPLE_MS);
        }
    }, true);

    /** @returns {Promise<any[]>} of open connections */
    async function reports() {
        const open = connections.filter((pc) => pc.connectionState
                                                !== 'closed');
        const all = await Promise.all(open.map((pc) => pc.getStats()));

        return all.flatMap((report) => [...report.values()]);
    }

    async function sample() {
        const at = Date.now();

        for (const r of await reports()) {
            if (r.type === 'inbound-rtp' && r.kind === 'video') {
                samples.push({
                    at, track: r.trackIdentifier,
                    frames: r.framesDecoded ?? 0,
                });
            }
        }
    }

    const shownIn = (element) => element.srcObject?.getTracks()[0]?.id ?? null;

    globalThis.secmeetWatch = {
        violations,

        /** What there is to see and to hear, and what is sent. */
        async stats() {
            const all = await reports();
            const inbound = new Map(all
                .filter((r) => r.type === 'inbound-rtp')
                .map((r) => [r.trackIdentifier, r]));

            const tiles = [...document.querySelectorAll('sm-tile')].map((e) => {
                const video = e.querySelector('video');
                const r = inbound.get(shownIn(video));

                return {
                    name: e.querySelector('.tile-name').textContent,
                    peer: e.dataset.peer,
                    source: e.dataset.source,
                    self: 'self' in e.dataset,
                    muted: 'muted' in e.dataset,
                    video: 'video' in e.dataset,
                    track: shownIn(video),
                    width: video.videoWidth,
                    frames: r?.framesDecoded ?? 0,
                };
            });

            const voices = [...document.querySelectorAll('sm-sound audio')]
                .map((e) => ({
                    track: e.dataset.track,
                    playing: !e.paused && !e.muted,
                    energy: inbound.get(shownIn(e))?.totalAudioEnergy ?? 0,
                    packets: inbound.get(shownIn(e))?.packetsReceived ?? 0,
                }));

            const sent = all
                .filter((r) => r.type === 'outbound-rtp')
                .map((r) => ({
                    kind: r.kind, fps: r.framesPerSecond ?? 0,
                    frames: r.framesEncoded ?? 0, packets: r.packetsSent ?? 0,
                }));

            /* by what the media goes: "udp" or "tcp" */

            const chosen = new Set(all
                .filter((r) => r.type === 'transport')
                .map((r) => r.selectedCandidatePairId));

            const paths = all
                .filter((r) => chosen.has(r.id))
                .map((r) => all.find((c) => c.id === r.remoteCandidateId)
                    ?.protocol);

            return { at: Date.now(), tiles, voices, sent, paths,
                     states: connections.map((pc) => pc.connectionState) };
        },

        /** Since the join button was pressed. */
        samples: () => ({ clicked, samples }),

        stop() {
            clearInterval(timer);
        },
    };
}
