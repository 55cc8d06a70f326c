/**
 * What hosts do, as those read it whom it concerns.  Pure.
 */

import { cleanName, nameOf } from './state.js';

/** @typedef {{code: string, title: string, text: string, stay: boolean}} News */

/** @type {Record<string, [title: string, text: string]>} */
const TEXTS = {
    'password-changed': ['The password was changed',
        'The old one opens nothing any more. Who is here stays.'],
    'password-set': ['The meeting has a password now',
        'New people need it besides the link. Who is here stays.'],
    'password-removed': ['The meeting has no password any more',
        'New people come in by the link alone.'],
    'locked-on': ['The meeting is locked', 'Nobody new gets in.'],
    'locked-off': ['The meeting is not locked any more', ''],
    'lobby-on': ['The lobby is on',
        'New people wait until a host admits them.'],
    'lobby-off': ['The lobby is off', 'New people come in at once.'],
    'link-on': ['The link lets people in again', ''],
    'link-off': ['The link lets nobody in any more',
        'New people need an invitation from a host.'],
    'silenced-on': ['A host has silenced you',
        'Nobody hears you until a host lets you speak again.'],
    'silenced-off': ['You can be heard again', ''],
    'host': ['You are a host now',
        'The list of people leads to the host controls.'],
    'stopped': ['A host has stopped what you shared',
        'You can share it again.'],
};

/**
 * @param {string} code  of the notice: a newer one takes its place
 * @param {string} key   of TEXTS
 * @param {boolean} [stay]
 * @returns {News}
 */
function news(code, key, stay = false) {
    const [title, text] = TEXTS[key];

    return { code, title, text, stay };
}

/**
 * @param {import('./state.js').State} state before the message
 * @param {any} message
 * @returns {News | null}
 */
export function newsOf(state, message) {
    switch (message.type) {

    case 'joined':
        return message.silenced && !state.silenced
            ? news('silenced', 'silenced-on', true) : null;

    case 'silenced':
        return message.peer !== state.you ? null
            : message.on ? news('silenced', 'silenced-on', true)
            : news('silenced', 'silenced-off');

    case 'host':
        return message.peer === state.you ? news('host', 'host') : {
            code: 'host', text: '', stay: false,
            title: nameOf(state, message.peer) + ' is a host now',
        };

    case 'stopped':
        return news('stopped', 'stopped');

    case 'room':
        return roomNews(state, message);

    default:
        return null;
    }
}

/**
 * @param {import('./state.js').State} state
 * @param {any} message
 */
function roomNews({ room }, { changed, ...now }) {
    switch (changed) {

    case 'password':
        return news('password', !now.password ? 'password-removed'
            : room.password ? 'password-changed' : 'password-set');

    case 'locked':
    case 'lobby':
    case 'link':
        return news(changed, `${changed}-${now[changed] ? 'on' : 'off'}`);

    default:
        return null;
    }
}

/**
 * @param {{peer: string, name: string}[]} waiting who waits in the lobby
 * @returns {string} '' if nobody does
 */
export function lobbyLine(waiting) {
    const name = cleanName(waiting[0]?.name ?? '') || 'A guest';

    return waiting.length === 0 ? ''
        : waiting.length === 1 ? `${name} waits in the lobby`
        : `${name} and ${waiting.length - 1} more wait in the lobby`;
}
