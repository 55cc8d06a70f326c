import { get, setIcon } from './dom.js';

/**
 * What is wrong with one's own connection: a line that can be opened to read
 * what to do.  It is not in the way, and goes by itself.
 */
export class QualityLine extends HTMLElement {
    #code = '';

    /**
     * @param {string} code  of failure.js, or ''
     * @param {{title: string, text: string}} sentence
     */
    update(code, { title, text }) {
        if (code === this.#code) {
            return;
        }

        const details = get('details', this, HTMLDetailsElement);

        this.#code = code;
        this.dataset.code = code;
        details.hidden = code === '';
        details.open = details.open && code !== '';
        setIcon(this, code === 'over-tcp' ? 'info' : 'signal');
        get('strong', this, HTMLElement).textContent = code && title;
        get('p', this, HTMLElement).textContent = code && text;
    }
}

customElements.define('sm-quality', QualityLine);
