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

/**
 * @typedef {object} Peer
 * @property {string} peer
 * @property {string} name
 * @property {Track[]} tracks
 * @property {boolean} away  has lost the connection to the server
 * @property {boolean} host
 * @property {boolean} silenced  by a host: is heard by nobody
 * @property {boolean} [awaited]  was there before the room was made anew
 */

/** @typedef {{from: string, name: string, text: string, mine: boolean}} Line */

/**
 * @typedef {object} Room who may enter
 * @property {boolean} password
 * @property {boolean} locked
 * @property {boolean} lobby
 * @property {boolean} link
 */

/**
 * @typedef {object} Invitation
 * @property {string} invite
 * @property {number} uses
 * @property {number} left
 * @property {number} until  a time
 */

/**
 * @typedef {object} State
 * @property {string} you       own peer id, '' before `joined`
 * @property {boolean} lost     one's own connection to the server is
 * @property {boolean} waiting  in the lobby
 * @property {boolean} host
 * @property {boolean} silenced
 * @property {Room} room
 * @property {Peer[]} peers     the others, in the order they came
 * @property {Line[]} chat
 * @property {{peer: string, name: string}[]} lobby  who waits, for hosts
 * @property {Invitation[]} invites                  for hosts
 * @property {string[]} spoke   peers that have spoken, the last one first
 * @property {Quality | null} quality  null: not known
 */

/**
 * @typedef {object} Quality of the connections, see PROTOCOL.md
 * @property {number} rate
 * @property {number} rtt
 * @property {number} loss
 * @property {number} up
 * @property {Record<string, number>} videos  0 to 3 by mid
 * @property {Record<string, number>} peers   1 to 4 by peer
 */

export const CHAT_LINES = 500;
export const NAME_LENGTH = 60;

/** @type {State} */
export const EMPTY = {
    you: '', lost: false, waiting: false, host: false, silenced: false,
    room: { password: false, locked: false, lobby: false, link: true },
    peers: [], chat: [], lobby: [], invites: [], spoke: [], quality: null,
};

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
 * @param {any} message as parsed by protocol.js, or of the client:
 *     {type: 'chat', from, text}, {type: 'said', text}, {type: 'lost'},
 *     {type: 'settled'}: who is not back by now does not come
 * @returns {State}
 */
export function reduce(state, message) {
    switch (message.type) {

    case 'joined':
        return {
            ...state, lost: false, waiting: false, you: message.you,
            host: message.host, silenced: message.silenced,
            room: roomFrom(message.room), lobby: [], invites: [],
            peers: merge(state.peers, message.peers.map(peerFrom),
                         message.resumed),
        };

    case 'waiting':
        return { ...state, waiting: true };

    case 'lost':
        return { ...state, lost: true, quality: null };

    case 'speaker':
        return message.peer === null ? state : {
            ...state, spoke: [message.peer, ...state.spoke.filter(
                (peer) => peer !== message.peer)],
        };

    case 'quality': {
        const { type: _, ...quality } = message;

        return { ...state, quality };
    }

    case 'settled':
        return { ...state, peers: state.peers.filter((p) => !p.awaited) };

    case 'peer':
        return { ...state, peers: put(state.peers, peerFrom(message)) };

    case 'away':
        return {
            ...state,
            peers: state.peers.map((p) => p.peer === message.peer
                ? { ...p, away: message.on } : p),
        };

    case 'left':
        return {
            ...state, peers: without(state.peers, message.peer),
            spoke: state.spoke.filter((peer) => peer !== message.peer),
        };

    case 'room':
        return { ...state, room: roomFrom(message) };

    case 'host':
        return mark(state, message.peer, { host: true });

    case 'silenced':
        return mark(state, message.peer, { silenced: message.on });

    case 'knock':
        return {
            ...state, lobby: [...without(state.lobby, message.peer), {
                peer: message.peer, name: cleanName(message.name),
            }],
        };

    case 'gone':
        return { ...state, lobby: without(state.lobby, message.peer) };

    case 'invites':
        return { ...state, invites: message.invites.map(inviteFrom) };

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
        tracks: message.tracks ?? [], away: message.away ?? false,
        host: message.host, silenced: message.silenced,
    };
}

/**
 * @param {any} message
 * @returns {Room}
 */
function roomFrom({ password, locked, lobby, link }) {
    return { password, locked, lobby, link };
}

/**
 * @param {any} invite
 * @returns {Invitation}
 */
function inviteFrom({ invite, uses, left, seconds }) {
    return { invite, uses, left, until: Date.now() + seconds * 1000 };
}

/**
 * @param {State} state
 * @param {string} peer  perhaps oneself
 * @param {{host?: boolean, silenced?: boolean}} marks
 * @returns {State}
 */
function mark(state, peer, marks) {
    return peer === state.you ? { ...state, ...marks } : {
        ...state,
        peers: state.peers.map((p) => p.peer === peer ? { ...p, ...marks }
                                                      : p),
    };
}

/**
 * Everybody keeps the place that they have on the screen.
 *
 * @param {Peer[]} peers
 * @param {Peer} peer
 */
function put(peers, peer) {
    return peers.some((p) => p.peer === peer.peer)
        ? peers.map((p) => p.peer === peer.peer ? peer : p)
        : [...peers, peer];
}

/**
 * After coming back.  In a room that was made anew the others come back as
 * well, one by one.
 *
 * @param {Peer[]} before
 * @param {Peer[]} now
 * @param {boolean} resumed  the room is the same
 */
function merge(before, now, resumed) {
    const here = new Set(now.map((p) => p.peer));

    const kept = before.filter((p) => here.has(p.peer) || !resumed).map((p) =>
        here.has(p.peer) ? p : { ...p, tracks: [], away: true,
                                 awaited: true });

    return now.reduce(put, kept);
}

/**
 * @template {{peer: string}} T
 * @param {T[]} peers
 * @param {string} peer
 * @returns {T[]}
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
