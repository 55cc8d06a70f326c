/**
 * How fast video came, from the samples of watch.mjs.  Pure.
 */

const WINDOW_MS = 500;

/** @typedef {{at: number, track: string, frames: number}} Sample */

/**
 * @param {Sample[]} samples
 * @param {string} track
 * @param {number} from
 * @returns {number | null} the time from there to the first decoded frame
 */
export function firstFrame(samples, track, from) {
    const first = samples.find((s) => s.track === track && s.frames > 0);

    return first ? Math.max(0, first.at - from) : null;
}

/**
 * @param {Sample[]} samples
 * @param {string} track
 * @param {number} from
 * @param {number} fps
 * @returns {number | null} the time from there until more than so many
 *     frames each second were decoded
 */
export function atPace(samples, track, from, fps) {
    const own = samples.filter((s) => s.track === track);

    const found = own.find((s) => {
        const before = own.findLast((b) => b.at <= s.at - WINDOW_MS)
                       ?? { at: s.at - WINDOW_MS, frames: 0 };

        return (s.frames - before.frames) * 1000 / (s.at - before.at) > fps
               && s.at >= from;
    });

    return found ? found.at - from : null;
}

/**
 * @param {Sample[]} samples
 * @param {string} track
 * @param {number} from
 * @param {number} to
 * @returns {number} the longest time between them without a new picture
 */
export function longestGap(samples, track, from, to) {
    const mine = samples.filter((s) => s.track === track && s.at >= from
                                       && s.at <= to);
    let gap = 0;
    let last = from;
    let frames = mine[0]?.frames ?? 0;

    for (const s of mine) {
        if (s.frames !== frames) {
            last = s.at;
            frames = s.frames;
        }

        gap = Math.max(gap, s.at - last);
    }

    return Math.max(gap, to - last);
}
