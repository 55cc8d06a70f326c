/** Waiting without sleeping longer than needed. */

const PAUSE_MS = 50;

/** @param {number} ms */
export function sleep(ms) {
    return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * @template T
 * @param {() => T | Promise<T>} condition
 * @param {number} [ms]
 * @returns {Promise<T>} what it gave last: falsy if it never became true
 */
export async function until(condition, ms = 5000) {
    const end = Date.now() + ms;

    for ( ;; ) {
        const value = await condition();

        if (value || Date.now() >= end) {
            return value;
        }

        await sleep(PAUSE_MS);
    }
}
