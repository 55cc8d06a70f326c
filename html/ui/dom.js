/** Small helpers for the page. */

/**
 * @template {Element} T
 * @param {string} selector
 * @param {ParentNode} root
 * @param {new () => T} type
 * @returns {T} the first match; it is an error if there is none
 */
export function get(selector, root, type) {
    const found = root.querySelector(selector);

    if (!(found instanceof type)) {
        throw new Error('no ' + selector);
    }

    return found;
}

/**
 * @param {string} id of a <template>
 * @returns {DocumentFragment}
 */
export function fromTemplate(id) {
    const template = get('#' + id, document, HTMLTemplateElement);

    return document.importNode(template.content, true);
}

/**
 * @param {Element} root holds a <use>
 * @param {string} icon
 */
export function setIcon(root, icon) {
    const use = root.querySelector('use');

    if (use && use.getAttribute('href') !== '#i-' + icon) {
        use.setAttribute('href', '#i-' + icon);
    }
}

/**
 * @param {HTMLElement} from
 * @param {string} type
 * @param {unknown} [detail]
 */
export function tell(from, type, detail) {
    from.dispatchEvent(new CustomEvent(type, { bubbles: true, detail }));
}

/**
 * @param {EventTarget} target
 * @param {() => boolean} [when] events at other times are not heard
 * @returns {(type: string, handler: (detail: any) => void) => void}
 */
export function listener(target, when = () => true) {
    return (type, handler) => target.addEventListener(type, (event) => {
        if (when()) {
            handler(/** @type {CustomEvent} */ (event).detail);
        }
    });
}

/**
 * @param {string} selector of a dialog
 * @returns {Promise<string>} the value of the button that was pressed, or ''
 */
export async function ask(selector) {
    const dialog = get(selector, document, HTMLDialogElement);

    dialog.returnValue = '';
    dialog.showModal();
    await new Promise((resolve) => dialog.addEventListener(
        'close', resolve, { once: true }));

    return dialog.returnValue;
}

/**
 * Shows a track in a video element; does nothing if it is there already.
 *
 * @param {HTMLVideoElement} video
 * @param {MediaStreamTrack | null} track
 * @returns {boolean} is it another one than before?
 */
export function setTrack(video, track) {
    const shown = video.srcObject instanceof MediaStream
        ? video.srcObject.getTracks()[0] : null;

    if (shown === track) {
        return false;
    }

    video.srcObject = track && new MediaStream([track]);

    if (track) {
        video.play().catch(() => {});
    }

    return true;
}
