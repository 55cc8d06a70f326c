import { get, tell } from './dom.js';

/** What one sees after a meeting.  Events: `sm-rejoin`, `sm-again`. */
export class EndPage extends HTMLElement {
    connectedCallback() {
        get('#rejoin', this, HTMLElement).addEventListener(
            'click', () => tell(this, 'sm-rejoin'));
        get('#again', this, HTMLElement).addEventListener(
            'click', () => tell(this, 'sm-again'));
    }

    /**
     * @param {string} code
     * @param {{title: string, text: string}} sentence
     * @param {boolean} canRejoin
     */
    update(code, { title, text }, canRejoin) {
        this.dataset.code = code;
        get('.end-title', this, HTMLElement).textContent = title;
        get('.end-text', this, HTMLElement).textContent = text;
        get('#rejoin', this, HTMLElement).hidden = !canRejoin;
        get('.end-title', this, HTMLElement).focus();
    }
}

customElements.define('sm-end', EndPage);
