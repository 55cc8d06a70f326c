import { fromTemplate, get, setIcon } from './dom.js';

const SHOW_MS = 6000;

/**
 * @typedef {object} Notice
 * @property {string} code
 * @property {string} title
 * @property {string} [text]
 * @property {boolean} [stay]  until it is dismissed
 * @property {string} [act]    what its button says
 * @property {() => void} [onAct]
 */

/** Short notices above everything; one of each code at a time. */
export class NoticeLine extends HTMLElement {
    /** @type {Map<string, HTMLElement>} */
    #shown = new Map();

    /** @param {Notice} notice */
    show({ code, title, text = '', stay = false, act, onAct }) {
        this.hide(code);

        const element = get('.notice', fromTemplate('notice-template'),
                            HTMLElement);
        const button = get('.notice-act', element, HTMLButtonElement);

        element.dataset.code = code;
        element.setAttribute('role', stay ? 'alert' : 'status');
        element.classList.toggle('grave', stay);
        setIcon(element, stay ? 'alert' : 'info');
        get('strong', element, HTMLElement).textContent = title;
        get('span', element, HTMLElement).textContent = text;

        if (act !== undefined) {
            button.hidden = false;
            button.textContent = act;
            button.addEventListener('click', () => {
                this.hide(code);
                onAct?.();
            });
        }

        get('.notice-close', element, HTMLElement).addEventListener(
            'click', () => this.hide(code));

        this.#shown.set(code, element);
        this.append(element);

        if (!stay) {
            setTimeout(() => {
                if (this.#shown.get(code) === element) {
                    this.hide(code);
                }
            }, SHOW_MS);
        }
    }

    /**
     * @param {boolean} on
     * @param {Notice} notice shown while `on`
     */
    toggle(on, notice) {
        if (!on) {
            this.hide(notice.code);

        } else if (!this.#shown.has(notice.code)) {
            this.show(notice);
        }
    }

    /** @param {string} code */
    hide(code) {
        this.#shown.get(code)?.remove();
        this.#shown.delete(code);
    }

    hideAll() {
        [...this.#shown.keys()].forEach((code) => this.hide(code));
    }
}

customElements.define('sm-notices', NoticeLine);
