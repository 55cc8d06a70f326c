import { copies } from './copy.js';
import { fromTemplate, get, tell } from './dom.js';
import { PasswordField } from './password-field.js';

const SWITCHES = /** @type {const} */ (
    [['locked', 'lock'], ['lobby', 'lobby'], ['link', 'link']]);

/**
 * @typedef {object} HostView
 * @property {import('../state.js').Room} room
 * @property {import('../state.js').Invitation[]} invites
 * @property {(invite: string) => string | null} link  null: not made here
 * @property {boolean} lost
 */

/**
 * Who may enter: what only hosts see.  Events: `sm-panel`, `sm-end`,
 * `sm-command` (detail: a message), `sm-password` (detail: the new one, ''
 * for none), `sm-invite` (detail: {uses, seconds}).
 */
export class HostPanel extends HTMLElement {
    /** @type {Map<string, HTMLElement>} by invitation */
    #items = new Map();

    connectedCallback() {
        const password = get('sm-password', this, PasswordField);

        const on = (/** @type {string} */ selector,
                    /** @type {string} */ type,
                    /** @type {(event: Event) => void} */ handler) =>
            get(selector, this, HTMLElement).addEventListener(
                type, (event) => {
                    event.preventDefault();
                    handler(event);
                });

        on('.panel-close', 'click', () => tell(this, 'sm-panel', 'host'));
        on('#host-end', 'click', () => tell(this, 'sm-end'));

        for (const [, type] of SWITCHES) {
            const box = get('#host-' + type, this, HTMLInputElement);

            /* it is on when the server says so */
            on('#host-' + type, 'click', () => tell(this, 'sm-command', {
                type, on: box.checked,
            }));
        }

        on('.password-form', 'submit', () => {
            if (!password.empty) {
                tell(this, 'sm-password', password.take());
            }
        });
        on('#host-no-password', 'click', () => tell(this, 'sm-password', ''));

        on('.invite-form', 'submit', () => tell(this, 'sm-invite', {
            uses: get('#invite-uses', this, HTMLInputElement).valueAsNumber,
            seconds: Number(
                get('#invite-hours', this, HTMLSelectElement).value) * 3600,
        }));
    }

    /** Forgets what was typed. */
    close() {
        get('sm-password', this, PasswordField).clear();
    }

    /** @param {HostView} view */
    update({ room, invites, link, lost }) {
        for (const [field, type] of SWITCHES) {
            const box = get('#host-' + type, this, HTMLInputElement);

            box.checked = room[field];
            box.disabled = lost;
        }

        get('.password-state', this, HTMLElement).textContent = room.password
            ? 'New people need the password besides the link.'
            : 'There is none: the link is enough.';
        get('#host-password', this, HTMLElement).textContent =
            room.password ? 'Change password' : 'Set password';
        get('#host-no-password', this, HTMLElement).hidden = !room.password;
        this.querySelectorAll('button:not(.panel-close)').forEach((b) => {
            /** @type {HTMLButtonElement} */ (b).disabled = lost;
        });

        this.#list(invites, link);
    }

    /**
     * @param {import('../state.js').Invitation[]} invites
     * @param {(invite: string) => string | null} link
     */
    #list(invites, link) {
        const list = get('.invite-list', this, HTMLElement);
        const here = new Set(invites.map((i) => i.invite));

        for (const [id, item] of this.#items) {
            if (!here.has(id)) {
                item.remove();
                this.#items.delete(id);
            }
        }

        for (const one of invites) {
            let item = this.#items.get(one.invite);

            if (!item) {
                item = this.#item(one.invite);
                this.#items.set(one.invite, item);
                list.append(item);
            }

            const url = link(one.invite);

            get('.invite-left', item, HTMLElement).textContent = rest(one);
            get('.copy-row', item, HTMLElement).hidden = url === null;
            get('.invite-other', item, HTMLElement).hidden = url !== null;
            get('input', item, HTMLInputElement).value = url ?? '';
        }
    }

    /** @param {string} invite */
    #item(invite) {
        const item = get('.invitation', fromTemplate('invitation-template'),
                         HTMLElement);

        item.dataset.invite = invite;
        copies(get('.invite-copy', item, HTMLButtonElement),
               get('input', item, HTMLInputElement));
        get('.invite-revoke', item, HTMLElement).addEventListener(
            'click', () => tell(this, 'sm-command', {
                type: 'revoke', invite,
            }));

        return item;
    }
}

/**
 * @param {import('../state.js').Invitation} invitation
 * @returns {string} what is left of it
 */
function rest({ uses, left, until }) {
    const minutes = Math.max(0, Math.round((until - Date.now()) / 60000));
    const time = minutes < 90 ? `${minutes} min`
        : minutes < 2880 ? `${Math.round(minutes / 60)} h`
        : `${Math.round(minutes / 1440)} days`;
    const people = uses === 1 ? 'For one person'
        : `${left} of ${uses} uses left`;

    return `${people}, for ${time}`;
}

customElements.define('sm-host', HostPanel);
