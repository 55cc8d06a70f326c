import { get, tell } from './dom.js';

/** The chat.  Events: `sm-say` (detail: the text), `sm-panel`. */
export class ChatPanel extends HTMLElement {
    /** @type {import('../state.js').Line | undefined} */
    #last;

    connectedCallback() {
        const form = get('form', this, HTMLFormElement);
        const input = this.#input();

        form.addEventListener('submit', (event) => {
            event.preventDefault();

            if (input.value.trim() !== '') {
                tell(this, 'sm-say', input.value.trim());
                input.value = '';
            }
        });

        input.addEventListener('keydown', (event) => {
            if (event.key === 'Enter' && !event.shiftKey
                && !event.isComposing)
            {
                event.preventDefault();
                form.requestSubmit();
            }
        });

        get('.panel-close', this, HTMLElement).addEventListener(
            'click', () => tell(this, 'sm-panel', 'chat'));
    }

    focusInput() {
        this.#input().focus();
    }

    /** @param {import('../state.js').Line[]} lines only ever appended to */
    update(lines) {
        const log = get('.chat-log', this, HTMLElement);
        const start = this.#last ? lines.lastIndexOf(this.#last) + 1 : 0;

        if (start === 0) {
            log.replaceChildren();
        }

        for (const line of lines.slice(start)) {
            log.append(lineElement(line, this.#last));
            this.#last = line;
        }

        while (log.childElementCount > lines.length) {
            log.firstElementChild?.remove();
        }

        if (lines.length === 0) {
            this.#last = undefined;
        }

        get('.chat-empty', this, HTMLElement).hidden = lines.length > 0;

        if (start < lines.length) {
            log.scrollTop = log.scrollHeight;
        }
    }

    #input() {
        return get('#chat-input', this, HTMLTextAreaElement);
    }
}

/**
 * @param {import('../state.js').Line} line
 * @param {import('../state.js').Line | undefined} before
 */
function lineElement(line, before) {
    const element = document.createElement('div');
    const who = document.createElement('bdi');
    const text = document.createElement('p');

    element.className = 'chat-line';
    element.toggleAttribute('data-mine', line.mine);
    element.toggleAttribute('data-same', before?.from === line.from);
    who.textContent = line.name;
    text.textContent = line.text;
    text.dir = 'auto';
    element.append(who, text);

    return element;
}

customElements.define('sm-chat', ChatPanel);
