import { get, tell } from './dom.js';
import { press } from './join-form.js';

/** @typedef {'chat' | 'people' | 'host' | null} Panel */

/**
 * The buttons of a meeting.  Events: `sm-toggle` (detail: a source),
 * `sm-panel` (detail: chat, people or host), `sm-share`, `sm-settings`,
 * `sm-leave`.
 */
export class ToolBar extends HTMLElement {
    connectedCallback() {
        const on = (/** @type {string} */ id, /** @type {string} */ type,
                    /** @type {string} */ detail = '') =>
            this.#button(id).addEventListener(
                'click', () => tell(this, type, detail));

        on('mic', 'sm-toggle', 'microphone');
        on('cam', 'sm-toggle', 'camera');
        on('screen', 'sm-toggle', 'screen');
        on('chat', 'sm-panel', 'chat');
        on('people', 'sm-panel', 'people');
        on('host', 'sm-panel', 'host');
        on('share', 'sm-share');
        on('settings', 'sm-settings');
        on('leave', 'sm-leave');

        this.addEventListener('keydown', (event) => this.#arrow(event));
    }

    /**
     * @param {{own: Set<string>, panel: Panel, unread: number,
     *     people: number, canShare: boolean, host: boolean,
     *     silenced: boolean, waiting: number}} view
     */
    update({ own, panel, unread, people, canShare, host, silenced,
             waiting })
    {
        const mic = this.#button('mic');

        press(mic, own.has('microphone'));
        mic.toggleAttribute('data-silenced', silenced);
        mic.title = silenced ? 'Microphone: a host has silenced you'
                             : 'Microphone';
        mic.setAttribute('aria-label', mic.title);
        this.#button('host').hidden = !host;
        press(this.#button('cam'), own.has('camera'));
        press(this.#button('screen'), own.has('screen'));
        this.#button('screen').hidden = !canShare;

        for (const name of ['chat', 'people', 'host']) {
            this.#button(name).setAttribute('aria-expanded',
                                            String(panel === name));
        }

        badge(this.#button('chat'), unread);
        badge(this.#button('people'), waiting);
        this.#button('chat').setAttribute(
            'aria-label', unread === 0 ? 'Chat' : `Chat, ${unread} unread`);
        this.#button('people').setAttribute(
            'aria-label', `People, ${people}`
                + (waiting === 0 ? '' : `, ${waiting} waiting`));
    }

    /** @param {KeyboardEvent} event */
    #arrow(event) {
        const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        const all = Array.from(this.querySelectorAll('button'))
            .filter((b) => !b.hidden);
        const at = all.findIndex((b) => b === document.activeElement);

        if (step !== undefined && at >= 0) {
            event.preventDefault();
            all[(at + step + all.length) % all.length].focus();
        }
    }

    /** @param {string} id */
    #button(id) {
        return get('#' + id, this, HTMLButtonElement);
    }
}

/**
 * @param {HTMLElement} button
 * @param {number} count
 */
function badge(button, count) {
    const element = get('.badge', button, HTMLElement);

    element.hidden = count === 0;
    element.textContent = count > 9 ? '9+' : String(count);
}

customElements.define('sm-bar', ToolBar);
