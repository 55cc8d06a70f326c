import { hueOf, initials } from '../view.js';
import { fromTemplate, get, setIcon, tell } from './dom.js';

/**
 * @typedef {object} Person
 * @property {string} peer
 * @property {string} name
 * @property {string} note
 * @property {boolean} microphone
 * @property {boolean} camera
 */

/** Who is here.  Events: `sm-panel`, `sm-end` when a host ends it. */
export class PeopleList extends HTMLElement {
    connectedCallback() {
        get('.panel-close', this, HTMLElement).addEventListener(
            'click', () => tell(this, 'sm-panel', 'people'));
        get('#end-meeting', this, HTMLElement).addEventListener(
            'click', () => tell(this, 'sm-end'));
    }

    /**
     * @param {Person[]} people
     * @param {boolean} host
     */
    update(people, host) {
        const list = get('.people-list', this, HTMLElement);

        get('.people-count', this, HTMLElement).textContent =
            String(people.length);
        get('.host-only', this, HTMLElement).hidden = !host;

        while (list.childElementCount > people.length) {
            list.lastElementChild?.remove();
        }

        while (list.childElementCount < people.length) {
            list.append(fromTemplate('person-template'));
        }

        people.forEach((person, i) => fill(
            /** @type {HTMLElement} */ (list.children[i]), person));
    }
}

/**
 * @param {HTMLElement} item
 * @param {Person} person
 */
function fill(item, person) {
    const mic = get('.person-mic', item, SVGElement);
    const cam = get('.person-cam', item, SVGElement);

    item.dataset.peer = person.peer;
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
}

customElements.define('sm-people', PeopleList);
