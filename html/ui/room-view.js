import { get } from './dom.js';
import { ChatPanel } from './chat-panel.js';
import { copies } from './copy.js';
import { WORDS } from '../quality.js';
import { HostPanel } from './host-panel.js';
import { PeopleList } from './people-list.js';
import { QualityLine } from './quality-line.js';
import { Sound } from './sound.js';
import { TileGrid } from './tile-grid.js';
import { ToolBar } from './tool-bar.js';

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
 * @property {string[]} troubles  codes, what matters most first
 * @property {(tile: import('../view.js').Tile) =>
 *     import('./video-tile.js').Marks} marks
 * @property {(peer: string) => import('../monitor.js').Mark | undefined} mark
 * @property {(invite: string) => string | null} invitation  its link
 */

const PHONE = matchMedia('(width < 760px)');

const NO_MARKS = { level: 0, weak: false, bad: false, starved: false };

/** The page of a running meeting: its parts, its panels, its link. */
export class RoomView {
    #root = get('#room', document, HTMLElement);
    #side = get('#side', document, HTMLElement);
    #grid = get('#grid', document, TileGrid);
    #chat = get('#chat-panel', document, ChatPanel);
    #people = get('#people-panel', document, PeopleList);
    #host = get('#host-panel', document, HostPanel);
    #bar = get('#bar', document, ToolBar);
    #quality = get('sm-quality', document, QualityLine);
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
        this.#share.addEventListener('close', () => {
            if (this.#share.returnValue === 'host') {
                this.#share.returnValue = '';
                this.openPanel('host');
            }
        });

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
        this.#grid.update([], () => null, new Set(), () => NO_MARKS);
        this.#quality.update([]);
        this.#chat.update([]);
        this.#host.close();

        for (const dialog of document.querySelectorAll('dialog')) {
            dialog.close();
        }

        this.open('');
    }

    /** @param {'chat' | 'people' | 'host'} panel */
    openPanel(panel) {
        if (this.#panel !== panel) {
            this.#toggle(panel);
        }
    }

    /**
     * @param {import('../view.js').Tile[]} tiles what is to be shown next
     * @returns {Map<string, import('./sizes.js').Size>} by the tile's key
     */
    sizes(tiles) {
        this.#grid.covered = this.#panel !== null && PHONE.matches;
        return this.#grid.sizes(tiles);
    }

    get panel() {
        return this.#panel;
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

    /** @param {View | null} view */
    update(view) {
        this.#view = view;

        if (view === null) {
            return;
        }

        const { state, tiles, own, name } = view;

        this.#grid.update(tiles, view.media, this.#speaking, view.marks);
        this.#quality.update(view.troubles);
        this.sound.update(view.voices);
        this.#chat.update(state.chat);
        this.#people.update(peopleOf(state, own, name, view.mark),
                            state.host, state.lobby);
        this.#host.update({
            room: state.room, invites: state.invites, lost: state.lost,
            link: view.invitation,
        });
        this.#bar.update({
            own, panel: this.#panel, unread: this.#unread,
            people: state.peers.length + 1, canShare: view.canShare,
            host: state.host, silenced: state.silenced,
            waiting: state.lobby.length,
        });
        this.#invite(state);
    }

    /** @param {import('../state.js').State} state */
    #invite({ peers, room, host }) {
        const who = room.password ? 'Who has it, and the password,'
                                  : 'Who has it';
        const text = room.locked
            ? 'The meeting is locked: nobody new gets in.'
            : !room.link && host
                ? 'The link is switched off: invite people by invitations.'
            : !room.link
                ? 'The link is switched off: only hosts can invite people.'
            : room.lobby ? who + ' can ask to come in.'
            : who + ' can come in.';

        get('#invite', document, HTMLElement).hidden = peers.length > 0;
        get('#share-host', document, HTMLElement).hidden = !host;

        document.querySelectorAll('.link-row').forEach((row) => {
            /** @type {HTMLElement} */ (row).hidden = !room.link;
        });
        document.querySelectorAll('.link-text').forEach((line) => {
            line.textContent = text;
        });
    }

    /** @param {'chat' | 'people' | 'host'} panel */
    #toggle(panel) {
        const button = get('#' + panel, document, HTMLElement);

        this.#panel = this.#panel === panel ? null : panel;
        this.#show();
        this.update(this.#view);

        if (this.#panel === 'chat') {
            this.#unread = 0;
            this.update(this.#view);
            this.#chat.focusInput();

        } else if (this.#panel !== null) {
            get('.panel-close',
                this.#panel === 'people' ? this.#people : this.#host,
                HTMLElement).focus();

        } else if (button.checkVisibility()) {
            button.focus();

        } else {
            get('#people', document, HTMLElement).focus();
        }
    }

    #show() {
        this.#side.hidden = this.#panel === null;
        this.#chat.hidden = this.#panel !== 'chat';
        this.#people.hidden = this.#panel !== 'people';
        this.#host.hidden = this.#panel !== 'host';
    }
}

/**
 * @param {import('../state.js').State} state
 * @param {Set<string>} own
 * @param {string} name
 * @param {View['mark']} mark
 * @returns {import('./people-list.js').Person[]}
 */
function peopleOf(state, own, name, mark) {
    const weak = (/** @type {string} */ peer) => {
        const is = mark(peer);

        return is !== undefined && is.weak
            && `${WORDS[is.level] || 'weak'} connection`;
    };

    const others = state.peers.map((p) => {
        const on = (/** @type {string} */ source) =>
            p.tracks.some((t) => t.source === source && !t.muted);

        return {
            peer: p.peer, name: p.name || 'Guest',
            note: notes(p.host && 'host', p.silenced && 'silenced',
                        on('screen') && 'sharing', weak(p.peer)),
            microphone: on('microphone') && !p.silenced,
            camera: on('camera'), self: false, host: p.host,
            silenced: p.silenced,
            screens: p.tracks.filter((t) => t.source.startsWith('screen'))
                .map((t) => t.track),
        };
    });

    return [{
        peer: state.you, name: name || 'You',
        note: notes('you', state.host && 'host', state.silenced
                    && 'silenced', weak(state.you)),
        microphone: own.has('microphone') && !state.silenced,
        camera: own.has('camera'), self: true, host: state.host,
        silenced: state.silenced, screens: [],
    }, ...others];
}

/** @param {...(string | false)} all */
function notes(...all) {
    return all.filter(Boolean).join(', ');
}
