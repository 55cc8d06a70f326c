/**
 * Wires the modules together: link, pages, devices, one meeting at a time.
 * The secret of the link stays in memory; nothing is stored.
 */

import { Door } from './door.js';
import { Failure, obstacle, sentence } from './failure.js';
import { canShareScreen } from './media.js';
import { Own, SOURCES } from './own.js';
import { parseFragment } from './secret.js';
import { cleanName } from './state.js';
import { tilesOf, tracksFor, voicesOf } from './view.js';
import { onWake } from './wake.js';
import { DevicePicker } from './ui/device-picker.js';
import { ask, get, listener } from './ui/dom.js';
import { EndPage } from './ui/end-page.js';
import { JoinForm } from './ui/join-form.js';
import { NoticeLine } from './ui/notice-line.js';
import { ProblemPage } from './ui/problem-page.js';
import { RoomView } from './ui/room-view.js';
import './ui/start-page.js';

const SPEAKING_MS = 250;
const page = location.origin + location.pathname;
const base = new URL('rooms/', page);

const own = new Own();
const room = new RoomView();
const joinForm = get('sm-join', document, JoinForm);
const endPage = get('sm-end', document, EndPage);
const notices = get('sm-notices', document, NoticeLine);

/** @type {Door | null} */
let door = null;

/** @type {import('./meeting.js').Meeting | null} */
let meeting = null;

/** @type {Failure | null} */
let problem = null;

let name = '';
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

/** Brings page and peer connection to what is so now. */
function update() {
    const on = own.on();

    if (meeting === null) {
        joinForm.update({
            fresh: door?.fresh ?? false, busy, camera: own.track('camera'),
            microphone: on.has('microphone'), waiting: own.waiting,
            problem: problem && { code: problem.code,
                                  ...sentence(problem.code) },
        });
        return;
    }

    for (const source of SOURCES) {
        meeting.publish(source, own.track(source), on.has(source));
    }

    const here = meeting;
    const tiles = tilesOf(here.state, on, name);

    here.want(tracksFor(here.state, tiles));

    notices.toggle(here.state.lost, {
        code: 'reconnecting', ...sentence('reconnecting'), stay: true,
    });

    room.update({
        state: here.state, tiles, own: on, name,
        voices: voicesOf(here.state, (track) => here.media(track)),
        media: (tile) => tile.self ? own.track(tile.source)
                                 : here.media(tile.track),
        canShare: canShareScreen(),
    });
}

/** @param {unknown} error */
function report(error) {
    const code = error instanceof Failure ? error.code : 'server';

    notices.show({
        code, ...sentence(code), stay: code !== 'screen-refused',
    });
}

/** @param {Door} to */
async function prepare(to) {
    door = to;
    problem = null;
    notices.hideAll();
    show('join');
    joinForm.reset();
    update();
    await own.open();
    await listDevices();
}

async function listDevices() {
    const found = await own.devices();

    document.querySelectorAll('sm-devices').forEach((picker) =>
        /** @type {DevicePicker} */ (picker).update(
            found, (use) => own.chosen(use)));
}

/** @param {{use: 'microphone' | 'camera' | 'speaker', device: string}} c */
async function choose({ use, device }) {
    if (use === 'speaker') {
        room.sound.choose(device);
    }

    await own.choose(use, device);
    await listDevices();
}

/** @param {{name: string, password: string}} typed */
async function join(typed) {
    name = cleanName(typed.name);
    await enter((to) => to.open(name, typed.password));
}

async function rejoin() {
    await own.resume();
    await enter((to) => to.again(name));
}

/** @param {(to: Door) => Promise<import('./meeting.js').Meeting>} open */
async function enter(open) {
    if (busy || door === null) {
        return;
    }

    busy = true;
    problem = null;
    update();

    try {
        meeting = await open(door);
        busy = false;
        listen(meeting);
        notices.hideAll();
        room.open(door.link(page));
        show('room');
        update();
        get('#mic', document, HTMLElement).focus();

    } catch (error) {
        busy = false;
        problem = error instanceof Failure ? error
                                           : new Failure('server', error);
        show('join');
        update();
    }
}

/** @param {import('./meeting.js').Meeting} here */
function listen(here) {
    const on = listener(here, () => meeting === here);

    on('change', update);
    on('notice', (code) => notices.show({
        code, ...sentence(code), stay: true,
    }));
    on('calm', () => ['shaky', 'blocked'].forEach((c) => notices.hide(c)));
    on('back', () => notices.show({ code: 'back', ...sentence('back') }));
    on('refused', (source) => own.close(source));
    on('peer', (who) => speak(who + ' joined'));
    on('left', (who) => speak(who + ' left'));
    on('end', end);
    on('chat', (line) => room.chatCame() || notices.show({
        code: 'chat', title: line.name, text: line.text.slice(0, 140),
        act: 'Open', onAct: () => room.openChat(),
    }));
}

/** @param {string} text for screen readers, and shortly for all */
function speak(text) {
    get('#spoken', document, HTMLElement).textContent = text;
    notices.show({ code: 'presence', title: text });
}

/** @param {string} code */
function end(code) {
    meeting = null;
    own.pause();
    room.close();
    notices.hideAll();
    show('end');
    endPage.update(code, sentence(code), code !== 'end-host');

    door = code === 'end-host' ? null : door;
}

async function endForAll() {
    if (await ask('#end-dialog') === 'end') {
        await door?.end().catch(report);
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
        prepare(new Door(base, secret));
    }
}

function wire() {
    const on = listener(document);
    const onOwn = listener(own);

    on('sm-start', (secret) => prepare(new Door(base, null, secret)));
    on('sm-join', join);
    on('sm-toggle', (source) => own.toggle(source));
    on('sm-device', choose);
    on('sm-say', (text) => meeting?.say(text));
    on('sm-leave', () => meeting?.leave());
    on('sm-end', endForAll);
    on('sm-rejoin', rejoin);
    on('sm-again', () => {
        door = null;
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

    onOwn('change', update);
    onOwn('failure', report);
    onOwn('calm', (source) => ['-missing', '-refused', '-busy'].forEach(
        (why) => [source, 'devices'].forEach((of) => notices.hide(of + why))));
    navigator.mediaDevices.addEventListener('devicechange', listDevices);

    onWake(() => meeting?.check());
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
    history.replaceState(null, '', page);
    get('sm-problem', document, ProblemPage).update(code, sentence(code));
    show('problem');
}
