/**
 * Does something come by the path that came all the time?  A browser takes
 * seconds to say that it does not.  Pure.
 */

/** Nothing for so long is an interruption. */
export const SILENT_MS = 1000;

/** If before something came at each look, for so long. */
export const STEADY_MS = 3000;

/** A look that comes so late was not at the path's expense. */
const LATE_MS = 1000;

export class Pulse {
    #bytes = -1;
    #looked = 0;
    #since = 0;     /* when it began to come steadily */
    #last = 0;      /* when something came last */

    /**
     * @param {number} bytes received so far
     * @param {number} now in milliseconds
     * @returns {boolean} has it just fallen silent?  Said once
     */
    input(bytes, now) {
        const late = now - this.#looked > LATE_MS;

        this.#looked = now;

        if (bytes > this.#bytes || bytes < this.#bytes || late) {
            const pause = now - this.#last;

            this.#since = late || pause > SILENT_MS ? now : this.#since;
            this.#bytes = bytes;
            this.#last = now;
            return false;
        }

        const silent = now - this.#last >= SILENT_MS
            && this.#last - this.#since >= STEADY_MS;

        if (silent) {
            this.#since = now + SILENT_MS;
            this.#last = now;
        }

        return silent;
    }
}
