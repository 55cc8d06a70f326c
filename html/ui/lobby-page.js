import { get, tell } from './dom.js';

/** What one sees while a host is asked.  Event: `sm-leave`. */
export class LobbyPage extends HTMLElement {
    connectedCallback() {
        get('#lobby-leave', this, HTMLElement).addEventListener(
            'click', () => tell(this, 'sm-leave'));
    }

    open() {
        get('.lobby-title', this, HTMLElement).focus();
    }
}

customElements.define('sm-lobby', LobbyPage);
