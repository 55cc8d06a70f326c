import { get } from './dom.js';
import { ChatPanel } from './chat-panel.js';
import { PeopleList } from './people-list.js';
import { Sound } from './sound.js';
import { TileGrid } from './tile-grid.js';
import { ToolBar } from './tool-bar.js';

const COPIED_MS = 1800;

/**
 * @typedef {object} View
 * @property {import('../state.js').State} state
 * @property {import('../view.js').Tile[]} tiles
 * @property {Set<string>} own  own sources that are on
 * @property {string} name
 * @property {(tile: import('../view.js').Tile) => MediaStreamTrack | null}
 *     media
 * @property {Map<string, MediaStreamTrack>} voices
 * @property {boolean} canShare
 */

/** The page of a running meeting: its parts, its panels, its link. */
export class RoomView {
    #root = get('#room', document, HTMLElement);
    #side = get('#side', document, HTMLElement);
    #grid = get('#grid', document, TileGrid);
    #chat = get('#chat-panel', document, ChatPanel);
    #people = get('#people-panel', document, PeopleList);
    #bar = get('#bar', document, ToolBar);
    #share = get('#share-dialog', document, HTMLDialogElement);

    sound = get('#sound', document, Sound);

    /** @type {import('./tool-bar.js').Panel} */
    #panel = null;

    #unread = 0;

    /** @type {Set<string>} */
    #speaking = new Set();

    /** @type {View | null} */
    #view = null;

    constructor() {
        this.#root.addEventListener('sm-panel', (event) =>
            this.#toggle(/** @type {CustomEvent} */ (event).detail));
        this.#root.addEventListener('sm-share', () =>
            this.#share.showModal());

        this.#root.addEventListener('keydown', (event) => {
            if (event.key === 'Escape' && this.#panel !== null) {
                this.#toggle(this.#panel);
            }
        });

        for (const [button, input] of [['#copy-link', '#link'],
                                       ['#share-copy', '#share-link']])
        {
            copies(get(button, document, HTMLButtonElement),
                   get(input, document, HTMLInputElement));
        }
    }

    /** @param {string} link */
    open(link) {
        get('#link', document, HTMLInputElement).value = link;
        get('#share-link', document, HTMLInputElement).value = link;
        this.#unread = 0;
    }

    close() {
        this.#view = null;
        this.#panel = null;
        this.#show();
        this.sound.update(new Map());
        this.#grid.update([], () => null, new Set());
        this.#chat.update([]);
        this.#share.close();
        get('#settings-dialog', document, HTMLDialogElement).close();
        get('#end-dialog', document, HTMLDialogElement).close();
        this.open('');
    }

    /** A chat line of somebody else came. @returns {boolean} is it seen? */
    chatCame() {
        if (this.#panel === 'chat') {
            return true;
        }

        this.#unread++;
        this.update(this.#view);
        return false;
    }

    /** @param {Set<string>} tracks the audio tracks with somebody speaking */
    speaking(tracks) {
        const before = this.#speaking;

        if (before.size !== tracks.size
            || [...tracks].some((t) => !before.has(t)))
        {
            this.#speaking = tracks;
            this.update(this.#view);
        }
    }

    openChat() {
        if (this.#panel !== 'chat') {
            this.#toggle('chat');
        }
    }

    /** @param {View | null} view */
    update(view) {
        this.#view = view;

        if (view === null) {
            return;
        }

        const { state, tiles, own, name } = view;

        this.#grid.update(tiles, view.media, this.#speaking);
        this.sound.update(view.voices);
        this.#chat.update(state.chat);
        this.#people.update(peopleOf(state, own, name), state.host);
        this.#bar.update({
            own, panel: this.#panel, unread: this.#unread,
            people: state.peers.length + 1, canShare: view.canShare,
        });

        get('#invite', document, HTMLElement).hidden = state.peers.length > 0;
    }

    /** @param {'chat' | 'people'} panel */
    #toggle(panel) {
        const button = get('#' + panel, document, HTMLElement);

        this.#panel = this.#panel === panel ? null : panel;
        this.#show();
        this.update(this.#view);

        if (this.#panel === 'chat') {
            this.#unread = 0;
            this.update(this.#view);
            this.#chat.focusInput();

        } else if (this.#panel === 'people') {
            get('.panel-close', this.#people, HTMLElement).focus();

        } else {
            button.focus();
        }
    }

    #show() {
        this.#side.hidden = this.#panel === null;
        this.#chat.hidden = this.#panel !== 'chat';
        this.#people.hidden = this.#panel !== 'people';
    }
}

/**
 * @param {import('../state.js').State} state
 * @param {Set<string>} own
 * @param {string} name
 * @returns {import('./people-list.js').Person[]}
 */
function peopleOf(state, own, name) {
    const others = state.peers.map((p) => {
        const on = (/** @type {string} */ source) =>
            p.tracks.some((t) => t.source === source && !t.muted);

        return {
            peer: p.peer, name: p.name || 'Guest',
            note: on('screen') ? 'sharing' : '',
            microphone: on('microphone'), camera: on('camera'),
        };
    });

    return [{
        peer: state.you, name: name || 'You',
        note: state.host ? 'you, host' : 'you',
        microphone: own.has('microphone'), camera: own.has('camera'),
    }, ...others];
}

/**
 * @param {HTMLButtonElement} button
 * @param {HTMLInputElement} input
 */
function copies(button, input) {
    const label = get('span', button, HTMLElement);

    input.addEventListener('focus', () => input.select());

    button.addEventListener('click', async () => {
        try {
            await navigator.clipboard.writeText(input.value);
            label.textContent = 'Copied';

        } catch {
            input.focus();
            label.textContent = 'Press Ctrl+C';
        }

        setTimeout(() => { label.textContent = 'Copy'; }, COPIED_MS);
    });
}
