import { strength } from '../strength.js';
import { get } from './dom.js';

/** A new password: it can be looked at, and its strength is told. */
export class PasswordField extends HTMLElement {
    connectedCallback() {
        const input = this.#input();
        const eye = get('.password-show', this, HTMLButtonElement);

        input.addEventListener('input', () => this.#rate());
        eye.addEventListener('click', () => this.#show(
            input.type === 'password'));
        this.#rate();
    }

    get empty() {
        return this.#input().value === '';
    }

    /** @returns {string} the password; the field is empty afterwards */
    take() {
        const { value } = this.#input();

        this.clear();
        return value;
    }

    clear() {
        this.#input().value = '';
        this.#show(false);
        this.#rate();
    }

    #input() {
        return get('input', this, HTMLInputElement);
    }

    /** @param {boolean} on */
    #show(on) {
        this.#input().type = on ? 'text' : 'password';
        get('.password-show', this, HTMLElement).setAttribute(
            'aria-pressed', String(on));
    }

    #rate() {
        const { score, word, hint } = strength(this.#input().value);
        const line = get('.password-strength', this, HTMLElement);

        line.dataset.score = String(score);
        line.hidden = this.empty;
        get('strong', line, HTMLElement).textContent = word;
        get('.password-hint', line, HTMLElement).textContent = hint;
    }
}

customElements.define('sm-password', PasswordField);
