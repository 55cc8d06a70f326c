/**
 * What was seen and heard, from the samples and rows of meter.mjs.  Pure.
 */

/** Frames further apart than this are a stall. */
const STALL_MS = 250;

/**
 * @typedef {object} Sample
 * @property {number} at
 * @property {number} frames
 * @property {number} height
 * @property {number} bytes
 * @property {number} rate  bit/s, as the server says
 */

/**
 * @param {any} before  two results of rows()
 * @param {any} after
 * @param {string} type
 * @param {string} kind
 * @returns {any[]} what was added to each row meanwhile
 */
function grown(before, after, type, kind) {
    const key = (r) => `${r.trackIdentifier ?? ''} ${r.rid ?? ''}`;
    const rows = (all) => all.rtp.filter(
        (r) => r.type === type && r.kind === kind);
    const old = new Map(rows(before).map((r) => [key(r), r]));

    return rows(after).map((row) => Object.fromEntries(Object.entries(row)
        .map(([name, value]) => [name, typeof value === 'number'
            ? value - (old.get(key(row))?.[name] ?? 0) : value])));
}

/**
 * @param {any} before
 * @param {any} after
 * @returns {number} frames per second that are encoded, in the best layer
 */
export function sentFps(before, after) {
    const most = (type, field) => grown(before, after, type, 'video')
        .map((r) => r[field]).filter(Number.isFinite)
        .reduce((a, b) => Math.max(a, b), -1);

    /* each spatial layer is counted as a frame; not all have sources */
    const encoded = Math.max(0, most('outbound-rtp', 'framesEncoded'));
    const source = most('media-source', 'frames');
    const frames = source < 0 ? encoded : Math.min(encoded, source);

    return frames * 1000 / (after.at - before.at);
}

/**
 * @param {any} before
 * @param {any} after
 * @returns {{concealed: number, silent: number, delay: number}} percent of
 *     all sound that was made up, the same with what was silent of it, and
 *     the delay of the jitter buffer in ms
 */
export function heard(before, after) {
    const rows = grown(before, after, 'inbound-rtp', 'audio')
        .filter((r) => r.packetsReceived > 20);
    const sum = (name) => rows.reduce((n, r) => n + (r[name] ?? 0), 0);
    const share = (n) => 100 * n / Math.max(1, sum('totalSamplesReceived'));

    return {
        concealed: share(sum('concealedSamples')
                         - sum('silentConcealedSamples')),
        silent: share(sum('concealedSamples')),
        delay: 1000 * sum('jitterBufferDelay')
               / Math.max(1, sum('jitterBufferEmittedCount')),
    };
}

/**
 * @param {Sample[]} samples
 * @param {number} from
 * @param {number} to
 * @returns {{fps: number, stalled: number, heights: number[],
 *     switches: number}} stalled: seconds
 */
export function seen(samples, from, to) {
    const own = samples.filter((s) => s.at >= from && s.at <= to);

    if (own.length < 2) {
        return { fps: 0, stalled: (to - from) / 1000, heights: [],
                 switches: 0 };
    }

    const first = own[0];
    const last = own[own.length - 1];
    const heights = own.map((s) => s.height);

    let stalled = 0;
    let since = first.at;

    own.forEach((s, i) => {
        const still = i === 0 || s.frames === own[i - 1].frames;

        if (!still || s === last) {
            stalled += s.at - since > STALL_MS ? s.at - since : 0;
            since = s.at;
        }
    });

    return {
        fps: (last.frames - first.frames) * 1000 / (last.at - first.at),
        stalled: stalled / 1000,
        heights: [...new Set(heights)].sort((a, b) => a - b),
        switches: heights.filter((h, i) => i && h !== heights[i - 1]).length,
    };
}

/**
 * @param {Sample[]} samples
 * @param {number} from
 * @param {(sample: Sample) => boolean} is
 * @returns {number | null} ms from there until a frame was decoded for
 *     which it is so
 */
export function timeUntil(samples, from, is) {
    const found = samples.find((s, i) => s.at > from && is(s)
        && i > 0 && s.frames > samples[i - 1].frames);

    return found ? found.at - from : null;
}

/**
 * @param {Sample[]} samples
 * @param {number} from
 * @returns {string} each second: height, frames, kbit/s of what may be
 */
export function seconds(samples, from) {
    const out = [];

    for (let at = from; ; at += 1000) {
        const own = samples.filter((s) => s.at >= at && s.at < at + 1000);
        const [first, last] = [own[0], own[own.length - 1]];

        if (!first) {
            return out.join(', ');
        }

        out.push(`${last.height}p ${last.frames - first.frames} `
            + `${((last.bytes - first.bytes) / 125).toFixed(0)}`
            + (last.rate ? `/${(last.rate / 1000).toFixed(0)}` : ''));
    }
}
