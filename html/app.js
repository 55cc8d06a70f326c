/**
 * Wires the modules together: link, pages, devices, one meeting at a time.
 * The secret of the link stays in memory; nothing is stored.
 */

import { Failure, sentence } from './failure.js';
import { Media, canShareScreen } from './media.js';
import { Meeting } from './meeting.js';
import { createRoom, deleteRoom } from './protocol.js';
import { createSecret, deriveProof, deriveTag, parseFragment, toBase64url }
    from './secret.js';
import { cleanName } from './state.js';
import { tilesOf, tracksFor } from './view.js';
import { DevicePicker } from './ui/device-picker.js';
import { get } from './ui/dom.js';
import { EndPage } from './ui/end-page.js';
import { JoinForm } from './ui/join-form.js';
import { NoticeLine } from './ui/notice-line.js';
import { RoomView } from './ui/room-view.js';
import './ui/start-page.js';

/** @typedef {import('./state.js').Source} Source */
/** @typedef {'microphone' | 'camera'} Device */

const SPEAKING_MS = 250;
const SOURCES = /** @type {const} */ (
    ['microphone', 'camera', 'screen', 'screen-audio']);

const page = location.origin + location.pathname;
const base = new URL('rooms/', page);

const media = new Media();
const room = new RoomView();
const joinForm = get('sm-join', document, JoinForm);
const endPage = get('sm-end', document, EndPage);
const notices = get('sm-notices', document, NoticeLine);

/** @type {import('./meeting.js').Key & {secret: Uint8Array<ArrayBuffer>,
 *     fresh: boolean, password: string} | null} */
let key = null;

/** @type {Meeting | null} */
let meeting = null;

/** @type {Failure | null} */
let problem = null;

/** @type {Set<Source>} what is being opened */
const opening = new Set();

let name = '';
let speakOn = true;         /* is the microphone unmuted? */
let cameraOn = true;        /* shall a rejoin open it again? */
let busy = false;

/** @param {string} to */
function show(to) {
    document.body.dataset.page = to;

    for (const id of ['boot', 'problem', 'start-page', 'join-page', 'room',
                      'end-page'])
    {
        get('#' + id, document, HTMLElement).hidden =
            id.replace('-page', '') !== to;
    }
}

function own() {
    return new Set(SOURCES.filter((s) => media.track(s) !== null
                                         && (s !== 'microphone' || speakOn)));
}

/** Brings page and peer connection to what is so now. */
function update() {
    const on = own();

    if (meeting === null) {
        joinForm.update({
            fresh: key?.fresh ?? false, busy, camera: media.track('camera'),
            microphone: on.has('microphone'), waiting: opening.size > 0,
            problem: problem && { code: problem.code,
                                  ...sentence(problem.code) },
        });
        return;
    }

    for (const source of SOURCES) {
        meeting.publish(source, media.track(source), on.has(source));
    }

    const here = meeting;
    const tiles = tilesOf(here.state, on, name);

    here.want(tracksFor(here.state, tiles));

    /** @type {Map<string, MediaStreamTrack>} */
    const voices = new Map();

    for (const { track, kind } of here.state.peers.flatMap((p) => p.tracks)) {
        const voice = kind === 'audio' ? here.media(track) : null;

        if (voice !== null) {
            voices.set(track, voice);
        }
    }

    room.update({
        state: here.state, tiles, own: on, name, voices,
        media: (tile) => tile.self ? media.track(tile.source)
                                   : here.media(tile.track),
        canShare: canShareScreen(),
    });
}

/** @param {unknown} error */
function report(error) {
    const code = error instanceof Failure ? error.code : 'server';

    notices.show({ code, ...sentence(code), stay: true });
}

/**
 * @param {Uint8Array<ArrayBuffer>} secret
 * @param {boolean} fresh a meeting that is not created yet
 * @param {string} password for a fresh one
 */
async function prepare(secret, fresh, password) {
    key = {
        base, secret, fresh, password, proof: null, host: null,
        tag: await deriveTag(secret),
    };
    problem = null;
    notices.hideAll();
    joinForm.reset();
    show('join');
    await openDevices();
}

async function openDevices() {
    if (!navigator.mediaDevices) {
        return;
    }

    opening.add('camera');
    update();
    (await media.openBoth()).forEach(report);
    opening.delete('camera');
    update();
    await listDevices();
}

async function listDevices() {
    const found = await media.devices();

    document.querySelectorAll('sm-devices').forEach((picker) =>
        /** @type {DevicePicker} */ (picker).update(
            found, (use) => media.chosen(use)));
}

/**
 * @param {Source} source
 */
async function toggle(source) {
    if (opening.has(source)) {
        return;
    }

    opening.add(source);
    notices.hide(source + '-refused');
    notices.hide(source + '-missing');
    notices.hide(source + '-busy');

    try {
        if (source === 'microphone') {
            await toggleMicrophone();

        } else if (media.track(source) !== null) {
            media.close(source);
            media.close(source === 'screen' ? 'screen-audio' : source);

        } else if (source === 'camera') {
            await media.open('camera');

        } else {
            await media.openScreen();
        }

    } catch (error) {
        report(error);
    }

    opening.delete(source);
    update();
}

async function toggleMicrophone() {
    const track = media.track('microphone') ?? await media.open('microphone');

    speakOn = !own().has('microphone') || !speakOn;
    track.enabled = speakOn;
}

/** @param {{use: Device | 'speaker', device: string}} choice */
async function choose({ use, device }) {
    media.choose(use, device);

    if (use === 'speaker') {
        room.sound.choose(device);

    } else if (media.track(use) !== null) {
        await media.open(use).catch(report);
        restoreMute();
    }

    await listDevices();
}

function restoreMute() {
    const track = media.track('microphone');

    if (track) {
        track.enabled = speakOn;
    }
}

/** @param {{name: string, password: string}} typed */
async function join(typed) {
    if (busy || key === null) {
        return;
    }

    busy = true;
    problem = null;
    name = cleanName(typed.name);
    update();

    try {
        const { secret, tag, password, fresh } = key;

        key.proof = await deriveProof(secret, tag,
                                      fresh ? password : typed.password);

        if (fresh && key.host === null) {
            key.host = await createRoom(base, tag, key.proof);
        }

        await enter();

    } catch (error) {
        await failed(error);
    }
}

/** Joins with the key that is there. */
async function enter() {
    if (key === null) {
        return;
    }

    const next = new Meeting(key);

    await next.join(key, name);

    meeting = next;
    busy = false;
    key.fresh = false;
    key.password = '';
    listen(next);
    notices.hideAll();
    room.open(page + '#' + toBase64url(key.secret));
    show('room');
    update();
    get('#mic', document, HTMLElement).focus();
}

/** @param {unknown} error */
async function failed(error) {
    busy = false;
    problem = error instanceof Failure ? error : new Failure('server', error);

    if (key?.fresh && key.host !== null && problem.code === 'denied') {
        key.secret = createSecret();        /* its room is gone already */
        key.tag = await deriveTag(key.secret);
        key.host = null;
        problem = new Failure('late');
    }

    show('join');
    update();
}

/** @param {Meeting} here */
function listen(here) {
    const on = (/** @type {string} */ type,
                /** @type {(detail: any) => void} */ handler) =>
        here.addEventListener(type, (event) => {
            if (meeting === here) {
                handler(/** @type {CustomEvent} */ (event).detail);
            }
        });

    on('change', update);
    on('notice', (code) => notices.show({
        code, ...sentence(code), stay: code !== 'shaky',
    }));
    on('calm', () => ['shaky', 'blocked'].forEach((c) => notices.hide(c)));
    on('refused', (source) => media.close(source));
    on('peer', (who) => speak(who + ' joined'));
    on('left', (who) => speak(who + ' left'));
    on('end', end);
    on('chat', (line) => {
        if (!room.chatCame()) {
            notices.show({
                code: 'chat', title: line.name, text: line.text.slice(0, 140),
                act: 'Open', onAct: () => room.openChat(),
            });
        }
    });
}

/** @param {string} text for screen readers, and shortly for all */
function speak(text) {
    get('#spoken', document, HTMLElement).textContent = text;
    notices.show({ code: 'presence', title: text });
}

/** @param {string} code */
function end(code) {
    cameraOn = media.track('camera') !== null;
    meeting = null;
    media.closeAll();
    room.close();
    notices.hideAll();
    show('end');
    endPage.update(code, sentence(code), code !== 'end-host' && key !== null);

    if (code === 'end-host') {
        key = null;
    }
}

async function rejoin() {
    if (busy || key === null) {
        return;
    }

    busy = true;
    await Promise.all([
        media.open('microphone').then(restoreMute).catch(report),
        cameraOn ? media.open('camera').catch(report) : null,
    ]);

    try {
        await enter();

    } catch (error) {
        await failed(error);
    }
}

async function endForAll() {
    const dialog = get('#end-dialog', document, HTMLDialogElement);

    dialog.returnValue = '';
    dialog.showModal();
    await new Promise((resolve) => dialog.addEventListener(
        'close', resolve, { once: true }));

    if (dialog.returnValue === 'end' && key !== null && key.host !== null) {
        await deleteRoom(base, key.tag, key.host).catch(report);
    }
}

/** Reads the fragment once and removes it from address bar and history. */
function takeLink() {
    const { hash } = location;

    if (hash === '') {
        return;
    }

    history.replaceState(null, '', page);

    const secret = parseFragment(hash);

    if (meeting !== null) {
        notices.show({
            code: 'in-meeting', title: 'You are in a meeting',
            text: 'Leave it first, then open the other link.', stay: true,
        });

    } else if (secret === null) {
        report(new Failure('bad-link'));

    } else {
        prepare(secret, false, '');
    }
}

/** @returns {string} what keeps this browser from meetings, or '' */
function obstacle() {
    if (!isSecureContext) {
        return 'insecure';
    }

    const able = 'RTCPeerConnection' in window
        && 'RTCRtpTransceiver' in window && navigator.mediaDevices
        && crypto.subtle && 'HTMLDialogElement' in window;

    return able ? '' : 'too-old';
}

function wire() {
    const on = (/** @type {string} */ type,
                /** @type {(detail: any) => void} */ handler) =>
        document.addEventListener(type, (event) =>
            handler(/** @type {CustomEvent} */ (event).detail));

    on('sm-start', (password) => prepare(createSecret(), true, password));
    on('sm-join', join);
    on('sm-toggle', toggle);
    on('sm-device', choose);
    on('sm-say', (text) => meeting?.say(text));
    on('sm-leave', () => meeting?.leave());
    on('sm-end', endForAll);
    on('sm-rejoin', rejoin);
    on('sm-again', () => {
        key = null;
        show('start');
    });
    on('sm-settings', () => {
        get('#settings-dialog', document, HTMLDialogElement).showModal();
        listDevices();
    });
    on('sm-silent', () => notices.show({
        code: 'autoplay', ...sentence('autoplay'), stay: true,
        act: 'Turn sound on', onAct: () => room.sound.resume(),
    }));

    media.addEventListener('change', update);
    media.addEventListener('lost', (event) => {
        if (!/^screen/.test(/** @type {CustomEvent} */ (event).detail)) {
            report(new Failure('device-lost'));
        }
    });
    navigator.mediaDevices.addEventListener('devicechange', listDevices);

    addEventListener('hashchange', takeLink);
    addEventListener('pagehide', () => meeting?.leave());
    addEventListener('beforeunload', (event) => {
        if (meeting !== null) {
            event.preventDefault();
        }
    });

    setInterval(() => {
        if (meeting !== null && !document.hidden) {
            room.speaking(meeting.speaking());
        }
    }, SPEAKING_MS);
}

const code = obstacle();

if (code === '') {
    wire();
    show('start');
    takeLink();

} else {
    const box = get('#problem', document, HTMLElement);

    history.replaceState(null, '', page);
    box.dataset.code = code;
    get('.problem-title', box, HTMLElement).textContent = sentence(code).title;
    get('.problem-text', box, HTMLElement).textContent = sentence(code).text;
    show('problem');
}
