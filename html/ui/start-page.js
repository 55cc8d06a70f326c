import { get, tell } from './dom.js';
import { PasswordField } from './password-field.js';

/** The first page.  Event: `sm-start` (detail: {password, lobby}). */
export class StartPage extends HTMLElement {
    connectedCallback() {
        const form = get('form', this, HTMLFormElement);
        const password = get('sm-password', this, PasswordField);
        const lobby = get('#new-lobby', this, HTMLInputElement);

        form.addEventListener('submit', (event) => {
            event.preventDefault();
            tell(this, 'sm-start', {
                password: password.take(), lobby: lobby.checked,
            });
            form.reset();
        });
    }
}

customElements.define('sm-start', StartPage);
