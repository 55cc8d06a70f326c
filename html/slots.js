/**
 * Which receiving m-line carries which track.  Pure.
 */

/** @typedef {{kind: 'audio' | 'video', track: string | null}} Slot */

/**
 * Tracks stay where they are; new ones take an idle slot of their kind, or
 * a new slot at the end.  A track may be wanted more than once: the word
 * "speakers" is.
 *
 * @param {Slot[]} slots
 * @param {{kind: 'audio' | 'video', track: string}[]} wanted
 * @param {number} limit how many slots there may be
 * @returns {Slot[]} at least as long as `slots`, in the same order
 */
export function assignSlots(slots, wanted, limit) {
    const missing = [...wanted];

    const next = slots.map(({ kind, track }) => {
        const at = missing.findIndex(
            (t) => t.track === track && t.kind === kind);

        if (at >= 0) {
            missing.splice(at, 1);
        }

        return { kind, track: at >= 0 ? track : null };
    });

    for (const { track, kind } of missing) {
        const idle = next.find((s) => s.kind === kind && s.track === null);

        if (idle) {
            idle.track = track;

        } else if (next.length < limit) {
            next.push({ kind, track });
        }
    }

    return next;
}
