/**
 * What of the meeting is on the screen, and which tracks that needs.  Pure.
 */

import { nameOf } from './state.js';

export const MAX_VIDEOS = 25;

/**
 * @typedef {object} Tile
 * @property {string} key
 * @property {string} peer
 * @property {'camera' | 'screen'} source
 * @property {string} name
 * @property {boolean} self
 * @property {boolean} large
 * @property {string | null} track   the video to show
 * @property {boolean} muted         the microphone is off
 * @property {boolean} away          reconnecting
 * @property {string | null} voice   the microphone's track
 */

/**
 * @param {import('./state.js').State} state
 * @param {Set<string>} own  own sources that are on
 * @param {string} name      own name
 * @returns {Tile[]} screens first, then people as they came, oneself last
 */
export function tilesOf(state, own, name) {
    const screens = [];
    const people = [];
    let videos = 0;

    for (const peer of state.peers) {
        for (const t of peer.tracks) {
            if (t.source === 'screen' && !t.muted) {
                const shown = videos++ < MAX_VIDEOS;

                screens.push(tile(state, peer, 'screen',
                                  shown ? t.track : null));
            }
        }
    }

    for (const peer of state.peers) {
        const camera = find(peer, 'camera');
        const shown = camera && !camera.muted && videos++ < MAX_VIDEOS;

        people.push(tile(state, peer, 'camera', shown ? camera.track : null));
    }

    const self = {
        peer: state.you, name: name || 'You', self: true, track: null,
        muted: !own.has('microphone') || state.silenced, voice: null,
        away: state.lost,
    };

    if (own.has('screen')) {
        screens.push({
            ...self, key: 'self screen', large: screens.length === 0,
            source: /** @type {const} */ ('screen'),
        });
    }

    return [...screens, ...people, {
        ...self, key: 'self camera', large: false,
        source: /** @type {const} */ ('camera'),
    }];
}

/**
 * @param {import('./state.js').State} state
 * @param {Tile[]} tiles
 * @returns {import('./state.js').Track[]} all voices, and the shown videos
 */
export function tracksFor(state, tiles) {
    const shown = new Set(tiles.map((t) => t.track));

    return state.peers.flatMap((p) => p.tracks).filter(
        (t) => t.kind === 'audio' || shown.has(t.track));
}

/**
 * @template T
 * @param {import('./state.js').State} state
 * @param {(track: string) => T | null} media
 * @returns {Map<string, T>} what is heard, by track
 */
export function voicesOf(state, media) {
    const voices = new Map();

    for (const { track, kind } of state.peers.flatMap((p) => p.tracks)) {
        const voice = kind === 'audio' ? media(track) : null;

        if (voice !== null) {
            voices.set(track, voice);
        }
    }

    return voices;
}

/**
 * @param {string} name
 * @returns {string} one or two letters
 */
export function initials(name) {
    const words = name.trim().split(/\s+/u).filter(Boolean);
    const picked = words.length > 1 ? [words[0], words[words.length - 1]]
                                    : words;

    return picked.map((w) => Array.from(w)[0].toUpperCase()).join('');
}

/**
 * @param {string} peer
 * @returns {number} a hue, the same for a peer on every screen
 */
export function hueOf(peer) {
    return parseInt(peer.slice(0, 4) || '0', 16) % 360 || 0;
}

/**
 * @param {import('./state.js').Peer} peer
 * @param {import('./state.js').Source} source
 */
function find(peer, source) {
    return peer.tracks.find((t) => t.source === source);
}

/**
 * @param {import('./state.js').State} state
 * @param {import('./state.js').Peer} peer
 * @param {'camera' | 'screen'} source
 * @param {string | null} track
 * @returns {Tile}
 */
function tile(state, peer, source, track) {
    const voice = find(peer, 'microphone');

    return {
        key: peer.peer + ' ' + source, peer: peer.peer, source, track,
        name: nameOf(state, peer.peer), self: false,
        large: source === 'screen',
        muted: !voice || voice.muted || peer.silenced,
        voice: voice?.track ?? null, away: peer.away,
    };
}
