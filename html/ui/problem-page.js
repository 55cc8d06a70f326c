import { get } from './dom.js';

/** What one sees when this browser cannot meet at all. */
export class ProblemPage extends HTMLElement {
    /**
     * @param {string} code
     * @param {{title: string, text: string}} sentence
     */
    update(code, { title, text }) {
        this.dataset.code = code;
        get('.problem-title', this, HTMLElement).textContent = title;
        get('.problem-text', this, HTMLElement).textContent = text;
    }
}

customElements.define('sm-problem', ProblemPage);
