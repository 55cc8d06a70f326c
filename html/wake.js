/**
 * When it is time to see whether the server is still there: the network
 * changed, the page is looked at again, the computer woke up.
 */

const TICK_MS = 1000;
const SLEPT_MS = 4000;

/**
 * @param {() => void} handler
 * @returns {() => void} ends it
 */
export function onWake(handler) {
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

    addEventListener('online', handler);
    addEventListener('offline', handler);
    document.addEventListener('visibilitychange', visible);

    return () => {
        clearInterval(timer);
        removeEventListener('online', handler);
        removeEventListener('offline', handler);
        document.removeEventListener('visibilitychange', visible);
    };
}
