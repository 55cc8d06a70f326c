/**
 * What of the meeting is on the screen, and which tracks that needs.  Pure.
 */

import { SPEAKERS } from './receiving.js';
import { nameOf } from './state.js';

/** So many videos are received: of those who spoke last. */
export const MAX_VIDEOS = 25;

/** If there are more voices than that, the server chooses the loudest. */
export const MAX_VOICES = 10;

/* and it stays so until there are a few less */
const FEWER = 2;

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
    const shown = shownVideos(state);

    for (const peer of state.peers) {
        for (const t of peer.tracks) {
            if (t.source === 'screen' && !t.muted) {
                screens.push(tile(state, peer, 'screen',
                                  shown.has(t.track) ? t.track : null));
            }
        }
    }

    for (const peer of state.peers) {
        const camera = find(peer, 'camera')?.track;

        people.push(tile(state, peer, 'camera',
                         camera && shown.has(camera) ? camera : null));
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
 * Screens, then who spoke last, then the others as they came: nobody who is
 * seen goes for somebody who has not spoken since.
 *
 * @param {import('./state.js').State} state
 * @returns {Set<string>} the videos that are received
 */
export function shownVideos({ peers, spoke }) {
    const rank = new Map(spoke.map((peer, i) => [peer, i]));
    const last = (/** @type {import('./state.js').Peer} */ { peer }) =>
        rank.get(peer) ?? spoke.length;

    const of = (/** @type {import('./state.js').Peer[]} */ all,
                /** @type {import('./state.js').Source} */ source) =>
        all.flatMap((p) => p.tracks).filter(
            (t) => t.source === source && !t.muted);

    const all = [...of(peers, 'screen'),
                 ...of([...peers].sort((a, b) => last(a) - last(b)),
                       'camera')];

    return new Set(all.slice(0, MAX_VIDEOS).map((t) => t.track));
}

/**
 * @param {import('./state.js').State} state
 * @param {boolean} before  was it one?
 * @returns {boolean} are there so many voices that not all are received?
 */
export function isCrowd({ peers }, before) {
    const voices = peers.flatMap((p) => p.tracks).filter(
        (t) => t.kind === 'audio').length;

    return voices > MAX_VOICES - (before ? FEWER : 0);
}

/**
 * @param {import('./state.js').State} state
 * @param {Tile[]} tiles
 * @param {boolean} [crowd]
 * @param {Map<string, {height: number, pause: boolean}>} [sizes] of the
 *     pictures on the screen, by the tile's key
 * @returns {import('./receiving.js').Wanted[]} voices, and the shown videos
 */
export function tracksFor(state, tiles, crowd = false, sizes = new Map()) {
    const shown = new Map(tiles.map((t) => [t.track, t.key]));
    const all = state.peers.flatMap((p) => p.tracks);
    const few = Array.from({ length: MAX_VOICES }, () => ({
        track: SPEAKERS, kind: /** @type {const} */ ('audio'),
    }));

    return [
        ...(crowd ? few : all.filter((t) => t.kind === 'audio')),
        ...all.filter((t) => t.kind === 'video' && shown.has(t.track))
            .map((t) => ({ ...t, ...sizes.get(shown.get(t.track) ?? '') })),
    ];
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
