/**
 * What the statistics of a peer connection say of its path, and of what is
 * sent and received.  Pure.
 */

/**
 * @typedef {object} Path
 * @property {'udp' | 'tcp' | ''} protocol  '' if there is no path
 * @property {number} rtt       in milliseconds; 0: not known
 * @property {number} received  bytes so far
 * @property {number} able      bit/s that the browser may send; 0: not known
 */

/**
 * @param {Iterable<any>} reports
 * @returns {Path}
 */
export function pathOf(reports) {
    const all = [...reports];
    const byId = new Map(all.map((r) => [r.id, r]));
    const transport = all.find((r) => r.type === 'transport');

    const pair = byId.get(transport?.selectedCandidatePairId)
        ?? all.find((r) => r.type === 'candidate-pair' && r.selected)
        ?? all.find((r) => r.type === 'candidate-pair' && r.nominated
                           && r.state === 'succeeded');

    const ends = [byId.get(pair?.localCandidateId),
                  byId.get(pair?.remoteCandidateId)];

    return {
        protocol: pair === undefined ? ''
            : ends.some((c) => c?.protocol === 'tcp') ? 'tcp' : 'udp',
        rtt: Math.round(1000 * (pair?.currentRoundTripTime
            ?? all.find((r) => r.type === 'remote-inbound-rtp'
                               && r.roundTripTime > 0)?.roundTripTime ?? 0)),
        received: Math.max(transport?.bytesReceived ?? 0,
                           pair?.bytesReceived ?? 0),
        able: pair?.availableOutgoingBitrate ?? 0,
    };
}

/**
 * @typedef {object} Flow  of all m-lines of a direction
 * @property {number} bytes
 * @property {number} packets
 * @property {number} lost
 * @property {number} jitter   in milliseconds, the greatest
 * @property {number} frames
 * @property {boolean} limited by the bandwidth, as the browser says
 */

/**
 * @param {Iterable<any>} reports
 * @param {'inbound' | 'outbound'} direction
 * @returns {Flow}
 */
export function flowOf(reports, direction) {
    const all = [...reports];
    const of = (/** @type {string} */ type) =>
        all.filter((r) => r.type === type);
    const lines = of(direction + '-rtp');

    /* what was lost on the way there, the other end tells */
    const told = direction === 'inbound' ? lines : of('remote-inbound-rtp');
    const sum = (/** @type {any[]} */ list, /** @type {string} */ name) =>
        list.reduce((n, r) => n + (r[name] ?? 0), 0);

    return {
        bytes: sum(lines, direction === 'inbound' ? 'bytesReceived'
                                                  : 'bytesSent'),
        packets: sum(lines, direction === 'inbound' ? 'packetsReceived'
                                                    : 'packetsSent'),
        lost: Math.max(0, sum(told, 'packetsLost')),
        jitter: Math.round(1000 * Math.max(0, ...told.map(
            (r) => r.jitter ?? 0))),
        frames: sum(lines, direction === 'inbound' ? 'framesDecoded'
                                                   : 'framesEncoded'),
        limited: lines.some((r) => r.active !== false
                            && r.qualityLimitationReason === 'bandwidth'),
    };
}
