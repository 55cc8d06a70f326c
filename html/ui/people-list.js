import { hueOf, initials } from '../view.js';
import { fromTemplate, get, setIcon, tell } from './dom.js';

/**
 * @typedef {object} Person
 * @property {string} peer
 * @property {string} name
 * @property {string} note
 * @property {boolean} microphone
 * @property {boolean} camera
 * @property {boolean} self
 * @property {boolean} host
 * @property {boolean} silenced
 * @property {string[]} screens  tracks of what is shared
 */

/**
 * Who is here, and who waits in the lobby.  Events: `sm-panel`; of hosts:
 * `sm-end`, `sm-command` (detail: a message), `sm-kick` (detail: a person).
 */
export class PeopleList extends HTMLElement {
    /** @type {Map<string, HTMLElement>} by peer */
    #items = new Map();

    /** @type {Map<string, HTMLElement>} by peer */
    #waiting = new Map();

    /** @type {Person[]} */
    #people = [];

    /** @type {string | null} whose menu is open */
    #open = null;

    connectedCallback() {
        const on = (/** @type {string} */ selector,
                    /** @type {() => void} */ handler) =>
            get(selector, this, HTMLElement).addEventListener('click',
                                                              handler);

        on('.panel-close', () => tell(this, 'sm-panel', 'people'));
        on('#end-meeting', () => tell(this, 'sm-end'));
        on('#host-open', () => tell(this, 'sm-panel', 'host'));
        on('#silence-all', () => this.#command({
            type: 'silence', on: true,
        }));
        on('#silence-none', () => this.#command({
            type: 'silence', on: false,
        }));
        on('#admit-all', () => [...this.#waiting.keys()].forEach((peer) =>
            this.#command({ type: 'admit', peer })));
    }

    /**
     * @param {Person[]} people
     * @param {boolean} host
     * @param {{peer: string, name: string}[]} waiting
     */
    update(people, host, waiting) {
        const list = get('.people-list', this, HTMLElement);
        const lobby = get('.lobby-list', this, HTMLElement);

        this.#people = people;

        if (!host || people.every((p) => p.peer !== this.#open)) {
            this.#open = null;
        }

        get('.people-count', this, HTMLElement).textContent =
            String(people.length);
        get('.host-only', this, HTMLElement).hidden = !host;
        get('.lobby', this, HTMLElement).hidden = waiting.length === 0;
        get('#admit-all', this, HTMLElement).hidden = waiting.length < 2;
        get('#silence-none', this, HTMLElement).hidden =
            people.every((p) => !p.silenced);

        arrange(list, this.#items, people,
                () => this.#person()).forEach(([item, person]) =>
            fill(item, person, host, person.peer === this.#open));
        arrange(lobby, this.#waiting, waiting,
                () => this.#knocker()).forEach(([item, { name }]) => {
            get('.person-name', item, HTMLElement).textContent =
                name || 'Guest';
        });
    }

    #person() {
        const item = get('.person', fromTemplate('person-template'),
                         HTMLElement);

        const on = (/** @type {string} */ act,
                    /** @type {(person: Person) => void} */ handler) =>
            get(`[data-act=${act}]`, item, HTMLElement).addEventListener(
                'click', () => {
                    const person = this.#people.find(
                        (p) => p.peer === item.dataset.peer);

                    if (person) {
                        handler(person);
                    }
                });

        on('menu', ({ peer }) => {
            this.#open = this.#open === peer ? null : peer;
            this.#people.forEach((p) => fill(
                /** @type {HTMLElement} */ (this.#items.get(p.peer)), p,
                true, p.peer === this.#open));
        });
        on('silence', ({ peer, silenced }) => this.#command({
            type: 'silence', peer, on: !silenced,
        }));
        on('stop', ({ screens }) => screens.forEach((track) =>
            this.#command({ type: 'stop', track })));
        on('promote', ({ peer }) => this.#command({ type: 'promote', peer }));
        on('kick', (person) => tell(this, 'sm-kick', person));

        return item;
    }

    #knocker() {
        const item = get('.knocker', fromTemplate('knocker-template'),
                         HTMLElement);

        for (const type of ['admit', 'deny']) {
            get(`[data-act=${type}]`, item, HTMLElement).addEventListener(
                'click', () => this.#command({
                    type, peer: item.dataset.peer,
                }));
        }

        return item;
    }

    /** @param {{type: string, [field: string]: unknown}} message */
    #command(message) {
        tell(this, 'sm-command', message);
    }
}

/**
 * Brings a list to what is so now; nobody's element is taken for another's.
 *
 * @template {{peer: string}} T
 * @param {HTMLElement} list
 * @param {Map<string, HTMLElement>} items
 * @param {T[]} people
 * @param {() => HTMLElement} create
 * @returns {[HTMLElement, T][]}
 */
function arrange(list, items, people, create) {
    const here = new Set(people.map((p) => p.peer));

    for (const [peer, item] of items) {
        if (!here.has(peer)) {
            item.remove();
            items.delete(peer);
        }
    }

    return people.map((person, i) => {
        const item = items.get(person.peer) ?? create();

        items.set(person.peer, item);
        item.dataset.peer = person.peer;

        if (list.children[i] !== item) {
            list.insertBefore(item, list.children[i] ?? null);
        }

        return [item, person];
    });
}

/**
 * @param {HTMLElement} item
 * @param {Person} person
 * @param {boolean} host   may oneself do something about others?
 * @param {boolean} open   is the menu?
 */
function fill(item, person, host, open) {
    const mic = get('.person-mic', item, SVGElement);
    const cam = get('.person-cam', item, SVGElement);
    const menu = get('[data-act=menu]', item, HTMLElement);
    const act = (/** @type {string} */ name) =>
        get(`[data-act=${name}]`, item, HTMLElement);

    item.style.setProperty('--hue', String(hueOf(person.peer)));
    get('.face', item, HTMLElement).textContent = initials(person.name);
    get('.person-name', item, HTMLElement).textContent = person.name;
    get('.person-note', item, HTMLElement).textContent = person.note;

    setIcon(mic, person.microphone ? 'mic' : 'mic-off');
    mic.setAttribute('aria-label',
                     'Microphone ' + (person.microphone ? 'on' : 'off'));
    mic.classList.toggle('off', !person.microphone);
    setIcon(cam, person.camera ? 'cam' : 'cam-off');
    cam.setAttribute('aria-label', 'Camera '
                                   + (person.camera ? 'on' : 'off'));
    cam.classList.toggle('off', !person.camera);

    menu.hidden = !host || person.self;
    menu.setAttribute('aria-expanded', String(open));
    menu.setAttribute('aria-label', 'What to do about ' + person.name);
    get('.person-acts', item, HTMLElement).hidden = !open;
    act('silence').textContent = person.silenced ? 'Let speak' : 'Silence';
    act('stop').hidden = person.screens.length === 0;
    act('promote').hidden = person.host;
}

customElements.define('sm-people', PeopleList);
