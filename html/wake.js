/**
 * When it is time to see whether the server is still there: the network
 * changed, the page is looked at again, the computer woke up.
 */

const TICK_MS = 1000;
const SLEPT_MS = 4000;

/**
 * @param {() => void} handler
 * @param {() => void} [moved] called when the network is another one
 * @returns {() => void} ends it
 */
export function onWake(handler, moved = handler) {
    /** @type {any} not in all browsers */
    const network = /** @type {any} */ (navigator).connection;
    let type = network?.type;

    /* other estimates of the same network come by this as well */
    const changed = () => {
        if (network.type !== type) {
            type = network.type;
            moved();
        }
    };

    const visible = () => document.visibilityState === 'visible' && handler();
    let last = Date.now();

    /* timers stand still while a computer sleeps, its clock does not */
    const timer = setInterval(() => {
        const now = Date.now();
        const slept = now - last > SLEPT_MS;

        last = now;

        if (slept) {
            handler();
        }
    }, TICK_MS);

    network?.addEventListener?.('change', changed);
    addEventListener('online', moved);
    addEventListener('offline', handler);
    document.addEventListener('visibilitychange', visible);

    return () => {
        clearInterval(timer);
        network?.removeEventListener?.('change', changed);
        removeEventListener('online', moved);
        removeEventListener('offline', handler);
        document.removeEventListener('visibilitychange', visible);
    };
}
