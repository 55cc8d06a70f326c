/**
 * Wires the modules together: link, pages, devices, one meeting at a time.
 * The secret of the link stays in memory; see handover.js for reloads.
 */

import { takeFragment } from './link.js';
import { Door } from './door.js';
import { Failure, obstacle, sentence } from './failure.js';
import { leaveBehind, takeOver } from './handover.js';
import { canShareScreen } from './media.js';
import { Monitor } from './monitor.js';
import { lobbyLine } from './news.js';
import { Own, SOURCES } from './own.js';
import { parseFragment } from './secret.js';
import { cleanName } from './state.js';
import { isCrowd, tilesOf, tracksFor } from './view.js';
import { onWake } from './wake.js';
import { DevicePicker } from './ui/device-picker.js';
import { ask, get, listener } from './ui/dom.js';
import { EndPage } from './ui/end-page.js';
import { JoinForm } from './ui/join-form.js';
import { LobbyPage } from './ui/lobby-page.js';
import { NoticeLine } from './ui/notice-line.js';
import { ProblemPage } from './ui/problem-page.js';
import { RoomView } from './ui/room-view.js';
import './ui/start-page.js';
import { TestPage } from './ui/test-page.js';

const SPEAKING_MS = 250;
const MONITOR_MS = 1000;

/** Ends after which there is no way back. */
const FINAL = new Set(['end-host', 'kicked']);

const page = location.origin + location.pathname;
const base = new URL('rooms/', page);

const own = new Own();
const room = new RoomView();
const joinForm = get('sm-join', document, JoinForm);
const lobbyPage = get('sm-lobby', document, LobbyPage);
const endPage = get('sm-end', document, EndPage);
const testPage = get('sm-test', document, TestPage);
const notices = get('sm-notices', document, NoticeLine);

/** @type {Door | null} */
let door = null;

/** @type {import('./meeting.js').Meeting | null} */
let meeting = null;

/** @type {import('./meeting.js').Meeting | null} one that is being joined */
let arriving = null;

/** @type {Failure | null} */
let problem = null;

let name = '';
let monitor = new Monitor();
let busy = false;
let crowd = false;

/** The page from which the connection is tested. */
let tested = 'start';

let knocking = '';

/** @param {string} to */
function show(to) {
    document.body.dataset.page = to;
    testPage.close();

    for (const id of ['boot', 'problem', 'start-page', 'join-page',
                      'lobby-page', 'room', 'end-page', 'test-page'])
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
            fresh: door?.fresh ?? false, invited: door?.invited ?? false,
            busy, camera: own.track('camera'),
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

    crowd = isCrowd(here.state, crowd);
    here.want(tracksFor(here.state, tiles, crowd, room.sizes(tiles)));
    lobby(here.state);

    notices.toggle(here.state.lost, {
        code: 'reconnecting', ...sentence('reconnecting'), stay: true,
    });

    room.update({
        state: here.state, tiles, own: on, name,
        voices: here.voices(),
        media: (tile) => tile.self ? own.track(tile.source)
                                 : here.media(tile.track),
        canShare: canShareScreen(), troubles: monitor.troubles,
        mark: (peer) => monitor.marks.get(peer),
        marks: (tile) => ({
            level: 0, weak: false, bad: false,
            ...monitor.marks.get(tile.peer),
            starved: !tile.self && here.state.quality?.videos[
                here.mid(tile.track) ?? ''] === 0,
        }),
        invitation(invite) {
            const token = here.token(invite);

            return token && door && door.link(page, token);
        },
    });
}

/**
 * Is one in the lobby, or, for hosts, is somebody?
 *
 * @param {import('./state.js').State} state
 */
function lobby(state) {
    const { page: shown } = document.body.dataset;

    if (state.waiting && shown !== 'lobby') {
        show('lobby');
        lobbyPage.open();

    } else if (!state.waiting && shown === 'lobby' && meeting !== null) {
        show('room');
    }

    const line = state.host && room.panel !== 'people'
        ? lobbyLine(state.lobby) : '';

    if (line === knocking) {
        return;
    }

    knocking = line;
    notices.hide('knock');

    if (line !== '') {
        const [{ peer }, ...more] = state.lobby;

        notices.show({
            code: 'knock', title: line, stay: true,
            act: more.length > 0 ? 'Show' : 'Admit',
            onAct: () => more.length > 0 ? room.openPanel('people')
                : meeting?.command({ type: 'admit', peer }),
        });
    }
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
    await enter((to) => to.open(name, typed.password, meet));
}

async function rejoin() {
    await own.resume();
    await enter((to) => to.again(name, meet));
}

/**
 * The page was loaded again.
 *
 * @param {NonNullable<ReturnType<takeOver>>} left
 */
async function comeBack(left) {
    const to = Door.restore(base, left.door);

    name = cleanName(left.name);
    get('#name', document, HTMLInputElement).value = name;

    if (!left.inside || !left.soon) {
        await prepare(to);
        return;
    }

    door = to;
    show('join');
    own.restore(left.sources).then(listDevices);
    await enter(() => to.again(name, meet));
}

/** The page ends.  Is it loaded again, the next one goes on. */
function depart() {
    const { page: shown = '' } = document.body.dataset;
    const here = meeting ?? arriving;

    if (door !== null && !door.fresh
        && ['join', 'lobby', 'room', 'test'].includes(shown))
    {
        leaveBehind({
            door: door.keep(), name, inside: here !== null,
            sources: [...own.on()],
        });
    }

    here?.abandon();
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
        arriving = null;
        busy = false;
        room.open(door.link(page));
        show('room');
        update();
        get('#mic', document, HTMLElement).focus();

    } catch (error) {
        arriving = null;
        busy = false;
        problem = error instanceof Failure ? error
                                           : new Failure('server', error);
        problem = problem.code === 'left' ? null : problem;
        show('join');
        update();
    }
}

/** @param {import('./meeting.js').Meeting} here */
function meet(here) {
    const on = listener(here, () => meeting === here || arriving === here);

    arriving = here;
    monitor = new Monitor();
    crowd = false;
    notices.hideAll();

    on('change', () => meeting === null ? lobby(here.state) : update());
    on('news', (news) => notices.show(news));
    on('stopped', (source) => own.close(source));
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
        act: 'Open', onAct: () => room.openPanel('chat'),
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
    knocking = '';
    own.pause();
    room.close();
    notices.hideAll();
    show('end');
    endPage.update(code, sentence(code), !FINAL.has(code));

    door = FINAL.has(code) ? null : door;
}

function test() {
    tested = document.body.dataset.page ?? 'start';
    notices.hideAll();
    show('test');
    testPage.open(base);
}

async function endForAll() {
    if (await ask('#end-dialog') !== 'end') {
        return;
    }

    if (meeting?.state.lost) {
        await door?.end().catch(report);

    } else {
        meeting?.command({ type: 'end' });
    }
}

/** @param {{peer: string, name: string}} person */
async function kick({ peer, name: called }) {
    get('.kick-name', document, HTMLElement).textContent = called;

    if (await ask('#kick-dialog') === 'kick') {
        meeting?.command({ type: 'kick', peer });
    }
}

/** @param {string} password '' for none */
async function setPassword(password) {
    const here = meeting;
    const proof = await door?.proof(password);

    if (here !== null && here === meeting && proof !== undefined) {
        here.command({ type: 'password', proof });
    }
}

/** Opens the link that the page was called by, if it was. */
function takeLink() {
    const fragment = takeFragment();

    if (fragment === '') {
        return false;
    }

    const link = parseFragment(fragment);

    if (meeting !== null || arriving !== null) {
        notices.show({
            code: 'in-meeting', title: 'You are in a meeting',
            text: 'Leave it first, then open the other link.', stay: true,
        });

    } else if (link === null) {
        report(new Failure('bad-link'));

    } else {
        prepare(new Door(base, link));
    }

    return true;
}

function wire() {
    const on = listener(document);
    const onOwn = listener(own);

    on('sm-start', (wish) => prepare(new Door(base, null, wish)));
    on('sm-join', join);
    on('sm-toggle', (source) => own.toggle(source));
    on('sm-device', choose);
    on('sm-say', (text) => meeting?.say(text));
    on('sm-leave', () => (meeting ?? arriving)?.leave());
    on('sm-end', endForAll);
    on('sm-command', (message) => meeting?.command(message));
    on('sm-kick', kick);
    on('sm-password', setPassword);
    on('sm-invite', (wish) => meeting?.invite(wish));
    on('sm-panel', update);
    on('sm-sizes', update);
    on('sm-rejoin', rejoin);
    on('sm-again', () => {
        door = null;
        show('start');
    });
    on('sm-test-back', () => show(tested));
    document.querySelectorAll('.test-open').forEach((button) =>
        button.addEventListener('click', test));
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

    onWake(() => (meeting ?? arriving)?.check(),
           () => (meeting ?? arriving)?.mend());
    addEventListener('hashchange', takeLink);
    addEventListener('pagehide', depart);
    addEventListener('pageshow', ({ persisted }) => {
        if (persisted) {
            location.reload();
        }
    });
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

    setInterval(async () => {
        if (meeting !== null && !document.hidden) {
            await monitor.look(meeting);
            update();
        }
    }, MONITOR_MS);
}

const code = obstacle();

const left = takeOver();

if (code === '') {
    wire();
    show('start');

    if (!takeLink() && left !== null) {
        comeBack(left);
    }

} else {
    get('sm-problem', document, ProblemPage).update(code, sentence(code));
    show('problem');
}
