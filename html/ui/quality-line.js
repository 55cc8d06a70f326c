import { sentence } from '../failure.js';
import { get, setIcon } from './dom.js';

/**
 * What is wrong with one's own connection: a line that can be opened to read
 * what to do, or put away.  It covers nothing, and goes by itself.
 */
export class QualityLine extends HTMLElement {
    #code = '';

    /** @type {string[]} */
    #codes = [];

    /** @type {Set<string>} what was put away, until it is over */
    #known = new Set();

    connectedCallback() {
        get('button', this, HTMLElement).addEventListener('click', () => {
            this.#known.add(this.#code);
            this.update(this.#codes);
        });
    }

    /** @param {string[]} codes of failure.js, what matters most first */
    update(codes) {
        this.#codes = codes;
        this.#known = new Set([...this.#known].filter(
            (c) => codes.includes(c)));
        this.#show(codes.find((c) => !this.#known.has(c)) ?? '');
    }

    /** @param {string} code */
    #show(code) {
        if (code === this.#code) {
            return;
        }

        const details = get('details', this, HTMLDetailsElement);
        const { title, text } = sentence(code);

        this.#code = code;
        this.dataset.code = code;
        get('.quality-box', this, HTMLElement).hidden = code === '';
        details.open = details.open && code !== '';
        setIcon(details, code === 'over-tcp' ? 'info' : 'signal');
        get('strong', this, HTMLElement).textContent = code && title;
        get('p', this, HTMLElement).textContent = code && text;
    }
}

customElements.define('sm-quality', QualityLine);
