/**
 * What follows # in the address of the page.  It is taken out of the address
 * bar and of the history before anything else is done: this module needs no
 * other, and index.html asks for it first.
 */

let taken = '';

function take() {
    if (location.hash !== '') {
        taken = location.hash;
        history.replaceState(null, '', location.origin + location.pathname);
    }
}

/** @returns {string} with its '#'; '' if there was none since the last time */
export function takeFragment() {
    take();

    const fragment = taken;

    taken = '';
    return fragment;
}

take();
