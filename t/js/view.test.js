import assert from 'node:assert/strict';
import test from 'node:test';
import { EMPTY } from '../../html/state.js';
import { MAX_VIDEOS, MAX_VOICES, hueOf, initials, isCrowd, shownVideos,
         tilesOf, tracksFor } from '../../html/view.js';

let ids = 0;

function track(source, muted = false) {
    return {
        track: String(++ids).padStart(16, '0'), source, muted,
        kind: source === 'camera' || source === 'screen' ? 'video' : 'audio',
    };
}

function stateOf(...peers) {
    return {
        ...EMPTY, you: 'ffffffffffffffff',
        peers: peers.map((tracks, i) => ({
            peer: String(i).padStart(16, 'a'), name: 'P' + i, tracks,
            away: false, host: false, silenced: false,
        })),
    };
}

test('alone: one tile', () => {
    const tiles = tilesOf(stateOf(), new Set(), '');

    assert.equal(tiles.length, 1);
    assert.deepEqual([tiles[0].self, tiles[0].muted, tiles[0].name],
                     [true, true, 'You']);
});

test('screens come first and are large, muted ones are gone', () => {
    const shared = stateOf([track('camera')], [track('screen')],
                           [track('screen', true)]);
    const tiles = tilesOf(shared, new Set(), '');

    assert.deepEqual(tiles.map((t) => [t.source, t.large]), [
        ['screen', true], ['camera', false], ['camera', false],
        ['camera', false], ['camera', false],
    ]);
});

test('a camera that is off shows no video and is not received', () => {
    const state = stateOf([track('microphone', true), track('camera', true)]);
    const tiles = tilesOf(state, new Set(), '');

    assert.equal(tiles[0].track, null);
    assert.equal(tiles[0].muted, true);
    assert.deepEqual(tracksFor(state, tiles).map((t) => t.source),
                     ['microphone']);
});

test('who is silenced is shown so', () => {
    const state = stateOf([track('microphone')]);
    const muted = (more) => tilesOf({ ...state, ...more },
                                    new Set(['microphone']), '')
        .map((t) => t.muted);

    assert.deepEqual(muted({}), [false, false]);
    assert.deepEqual(muted({ silenced: true }), [false, true]);
    assert.deepEqual(muted({
        peers: [{ ...state.peers[0], silenced: true }],
    }), [true, false]);
});

test('so many videos and no more; every voice', () => {
    const peers = Array.from({ length: 40 },
                             () => [track('microphone'), track('camera')]);
    const state = stateOf(...peers, [track('screen')]);
    const tracks = tracksFor(state, tilesOf(state, new Set(), ''));

    assert.equal(tracks.filter((t) => t.kind === 'video').length, MAX_VIDEOS);
    assert.equal(tracks.filter((t) => t.kind === 'audio').length, 40);
    assert.ok(tracks.some((t) => t.source === 'screen'));
});

test('who spoke last is seen; without need nobody goes', () => {
    const peers = Array.from({ length: MAX_VIDEOS + 2 },
                             () => [track('camera')]);
    const state = stateOf(...peers);
    const [first, last] = [0, MAX_VIDEOS + 1].map((i) => state.peers[i].peer);
    const cameras = state.peers.map((p) => p.tracks[0].track);
    const unseen = (spoke) => {
        const shown = shownVideos({ ...state, spoke });

        return cameras.filter((t) => !shown.has(t));
    };

    assert.deepEqual(unseen([]), cameras.slice(-2));
    assert.deepEqual(unseen([first]), cameras.slice(-2));
    assert.deepEqual(unseen([last]), cameras.slice(-3, -1));
    assert.deepEqual(unseen([first, last]), cameras.slice(-3, -1));
    assert.equal(unseen(state.peers.map((p) => p.peer).reverse())[1],
                 cameras[1]);

    /* tiles stay where they are */
    assert.deepEqual(tilesOf({ ...state, spoke: [last] }, new Set(), '')
        .slice(0, -1).map((t) => t.peer), state.peers.map((p) => p.peer));
});

test('in a crowd the server chooses the voices', () => {
    const of = (n) => stateOf(...Array.from({ length: n },
                                            () => [track('microphone')]));

    assert.deepEqual([0, 10, 11].map((n) => isCrowd(of(n), false)),
                     [false, false, true]);
    assert.deepEqual([8, 9, 11].map((n) => isCrowd(of(n), true)),
                     [false, true, true]);

    const state = of(12);
    const tracks = tracksFor(state, tilesOf(state, new Set(), ''), true);

    assert.equal(tracks.length, MAX_VOICES);
    assert.ok(tracks.every((t) => t.track === 'speakers'
                                  && t.kind === 'audio'));
});

test('pictures are asked for as high as they are shown', () => {
    const state = stateOf([track('microphone'), track('camera')],
                          [track('camera')]);
    const tiles = tilesOf(state, new Set(), '');
    const sizes = new Map([[tiles[0].key, { height: 360, pause: true }]]);

    assert.deepEqual(
        tracksFor(state, tiles, false, sizes).map((t) => [t.height, t.pause]),
        [[undefined, undefined], [360, true], [undefined, undefined]]);
});

test('initials and hues', () => {
    assert.equal(initials('Ada Lovelace'), 'AL');
    assert.equal(initials(' ada '), 'A');
    assert.equal(initials('a b c'), 'AC');
    assert.equal(initials('\ud83d\ude00x'), '\ud83d\ude00');
    assert.equal(initials(''), '');
    assert.ok(hueOf('ffffffffffffffff') < 360);
    assert.equal(hueOf(''), 0);
});
