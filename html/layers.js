/**
 * The layers of a picture that is sent: how many, of what size, and which of
 * them somebody wants.  Pure.
 */

/** Names of a camera's layers, low to high. */
export const RIDS = ['q', 'h', 'f'];

/** A layer that nobody wants goes on for so long. */
export const DOWN_MS = 4000;

/** And the lowest one, which everybody who comes sees first. */
export const OFF_MS = 20000;

const THREE = 540;
const TWO = 270;

/** @type {[height: number, bitrate: number][]} */
const BITRATES = [[180, 150000], [270, 300000], [360, 500000],
                  [540, 1000000]];
const MOST = 1700000;

/**
 * @typedef {object} Layer
 * @property {number} scale    the picture's sides are divided by it
 * @property {number} height
 * @property {number} bitrate
 */

/**
 * @param {number} width
 * @param {number} height of the camera's picture; 0: not known
 * @returns {Layer[]} low to high, as many as are worth it
 */
export function layersFor(width, height) {
    const side = Math.min(width, height) || THREE;
    const scales = side >= THREE ? [4, 2, 1] : side >= TWO ? [2, 1] : [1];

    return scales.map((scale) => ({
        scale, height: Math.round((height || side) / scale),
        bitrate: bitrateFor(Math.round(side / scale)),
    }));
}

/** @param {number} side */
function bitrateFor(side) {
    return BITRATES.find(([most]) => side <= most)?.[1] ?? MOST;
}

/**
 * @param {Layer[]} layers
 * @param {number} wanted the greatest height that anybody wants; 0: nobody
 * @returns {number} so many of the lowest are needed
 */
export function needed(layers, wanted) {
    const enough = layers.findIndex((l) => l.height >= wanted);

    return wanted === 0 ? 0 : enough < 0 ? layers.length : enough + 1;
}

/**
 * @typedef {object} Demand
 * @property {number} count  so many of the lowest layers are on
 * @property {number} since  when so many were needed last
 */

/**
 * More at once, fewer after a while.
 *
 * @param {Demand} demand
 * @param {number} count so many are needed
 * @param {number} now in milliseconds
 * @returns {Demand}
 */
export function settle(demand, count, now) {
    if (count >= demand.count) {
        return { count, since: now };
    }

    const idle = now - demand.since;
    const least = idle >= OFF_MS ? count : Math.max(count, 1);

    return idle >= DOWN_MS && least < demand.count
        ? { ...demand, count: least } : demand;
}

/**
 * @param {Demand} demand
 * @param {number} count so many are needed
 * @returns {number} when to look again; Infinity: not before it changes
 */
export function settled(demand, count) {
    return count >= demand.count ? Infinity
        : demand.since + (demand.count > 1 && Math.max(count, 1)
                          < demand.count ? DOWN_MS : OFF_MS);
}

/**
 * @param {RTCRtpEncodingParameters[]} encodings changed to what shall be
 *     sent.  One encoding, where there might be more, has it all
 * @param {Layer[]} layers
 * @param {number} count so many of the lowest are on
 * @returns {boolean} did anything change?
 */
export function apply(encodings, layers, count) {
    let changed = false;

    encodings.forEach((encoding, i) => {
        const one = encodings.length === 1;
        const layer = one ? layers[layers.length - 1] : layers[i];

        const next = {
            active: one ? count > 0 : i < Math.min(count, layers.length),
            scaleResolutionDownBy: layer?.scale ?? 1,
            ...(layer ? { maxBitrate: layer.bitrate } : {}),
        };

        for (const [name, value] of Object.entries(next)) {
            if (/** @type {any} */ (encoding)[name] !== value) {
                /** @type {any} */ (encoding)[name] = value;
                changed = true;
            }
        }
    });

    return changed;
}
