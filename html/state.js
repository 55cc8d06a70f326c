/**
 * What the page knows about the meeting.  Pure: (state, message) -> state.
 */

/** @typedef {'microphone' | 'camera' | 'screen' | 'screen-audio'} Source */

/**
 * @typedef {object} Track
 * @property {string} track
 * @property {'audio' | 'video'} kind
 * @property {Source} source
 * @property {boolean} muted
 */

/** @typedef {{peer: string, name: string, tracks: Track[]}} Peer */

/** @typedef {{from: string, name: string, text: string, mine: boolean}} Line */

/**
 * @typedef {object} State
 * @property {string} you       own peer id, '' before `joined`
 * @property {boolean} host
 * @property {Peer[]} peers     the others, in the order they came
 * @property {Line[]} chat
 */

export const CHAT_LINES = 500;
export const NAME_LENGTH = 60;

/** @type {State} */
export const EMPTY = { you: '', host: false, peers: [], chat: [] };

/**
 * A name as it may be shown: no control or bidi characters, not too long.
 *
 * @param {string} name
 * @returns {string}
 */
export function cleanName(name) {
    const plain = name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').trim();

    return Array.from(plain).slice(0, NAME_LENGTH).join('');
}

/**
 * @param {State} state
 * @param {string} peer
 * @returns {string} a name that is never empty
 */
export function nameOf(state, peer) {
    const name = state.peers.find((p) => p.peer === peer)?.name ?? '';

    return name === '' ? 'Guest' : name;
}

/**
 * @param {State} state
 * @param {any} message as parsed by protocol.js, or
 *     {type: 'chat', from, text} and {type: 'said', text} of the client
 * @returns {State}
 */
export function reduce(state, message) {
    switch (message.type) {

    case 'joined':
        return {
            ...EMPTY, you: message.you, host: message.host,
            peers: message.peers.map(peerFrom),
        };

    case 'peer':
        return {
            ...state,
            peers: [...without(state.peers, message.peer), peerFrom(message)],
        };

    case 'left':
        return { ...state, peers: without(state.peers, message.peer) };

    case 'tracks':
        return {
            ...state,
            peers: state.peers.map((p) => p.peer === message.peer
                ? { ...p, tracks: message.tracks } : p),
        };

    case 'chat':
        return say(state, {
            from: message.from, name: nameOf(state, message.from),
            text: message.text, mine: false,
        });

    case 'said':
        return say(state, {
            from: state.you, name: 'You', text: message.text, mine: true,
        });

    default:
        return state;
    }
}

/**
 * @param {any} message
 * @returns {Peer}
 */
function peerFrom(message) {
    return {
        peer: message.peer, name: cleanName(message.name),
        tracks: message.tracks ?? [],
    };
}

/**
 * @param {Peer[]} peers
 * @param {string} peer
 */
function without(peers, peer) {
    return peers.filter((p) => p.peer !== peer);
}

/**
 * @param {State} state
 * @param {Line} line
 * @returns {State}
 */
function say(state, line) {
    return { ...state, chat: [...state.chat, line].slice(-CHAT_LINES) };
}
