import { get, tell } from './dom.js';

/** The first page.  Event: `sm-start` (detail: the password or ''). */
export class StartPage extends HTMLElement {
    connectedCallback() {
        const form = get('form', this, HTMLFormElement);
        const password = get('#new-password', this, HTMLInputElement);

        form.addEventListener('submit', (event) => {
            event.preventDefault();
            tell(this, 'sm-start', password.value);
            password.value = '';
        });
    }
}

customElements.define('sm-start', StartPage);
