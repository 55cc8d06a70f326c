/**
 * What hosts can do, and what becomes of those to whom it is done.
 *
 *     node hosts.mjs URL
 */

import { startChromium, startFirefox } from './lib/browsers.mjs';
import { request } from './lib/http.mjs';
import { is, note, ok, please, run } from './lib/tap.mjs';
import { sleep, until } from './lib/wait.mjs';

const [url] = process.argv.slice(2);
const QUIET_MS = 1500;

await run(async (later) => {
    const [chromium, firefox] = await Promise.all([
        startChromium(), startFirefox()]);

    later(() => firefox.close());
    later(() => chromium.close());

    /** @type {import('./lib/person.mjs').Person[]} */
    const all = [];

    const person = async (name, browser = chromium, options = {}) => {
        const p = await browser.person(name, options);

        p.page.on('dialog', (dialog) => dialog.accept());
        all.push(p);
        return p;
    };

    const ada = await person('Ada', chromium, {
        permissions: ['clipboard-read', 'clipboard-write'],
    });
    const bea = await person('Bea', firefox);
    const cy = await person('Cy');

    await atOnce(await person('Abe'));
    await passwords(ada, bea, cy);
    await silence(ada, bea, cy);
    await screens(ada, bea);
    await promotion(ada, bea, cy, await person('Dan'));
    await lobby(ada, bea, await person('Eli'));
    await kicks(ada, bea, cy, await person('Fay'));
    await invitations(ada, bea, cy, await person('Gil'));
    await reloads(ada, bea);

    for (const p of all) {
        is(p.complaints, [], `the console of ${p.name} is silent`);
        is(p.page.isClosed() ? [] : await p.violations(), [],
           `nothing was forbidden at ${p.name}`);
        is(p.strangers(url), [], `nobody else was asked by ${p.name}`);
    }
});

/** The fragment is gone before the page itself is there. */
async function atOnce(p) {
    const secret = 'AAAAAAAAAAAAAAAAAAAAAA';
    const token = 'A'.repeat(43);
    let release = () => {};
    const held = new Promise((resolve) => { release = resolve; });

    await p.page.route('**/secret.js', async (route) => {
        await held;
        await route.continue();
    });
    await p.page.goto(`${url}#${secret}.${token}`, { waitUntil: 'commit' });
    ok(await until(() => p.run(() => location.hash === '')),
       'the fragment is gone');
    is(await p.attribute('body', 'data-page'), 'boot',
       'though nothing else is there yet');
    await nowhere(p, secret);
    release();
    is(await p.shows('start', 'join'), 'join', 'and it is not lost');
    is(await p.visible('.join-hint'), true, 'an invitation is known as one');
    await p.close();
}

/** @returns {Promise<string>} which problem the join page tells */
async function knock(p, link, password = '') {
    if (link !== null) {
        await p.page.goto('about:blank');
        await p.open(link);
        await p.ready();
    }

    if (await p.value('#name') === '') {
        await p.type('#name', p.name);
    }

    if (password !== '') {
        await p.see('#password');
        await p.run(() => { document.querySelector('#password').value = ''; });
        await p.type('#password', password);
    }

    await p.click('#join');

    return await p.shows('room', 'lobby', 'join') !== 'join' ? ''
        : until(() => p.run(() => {
            const box = document.querySelector('#join-problem');

            return document.body.dataset.page !== 'join' ? 'in'
                : !document.querySelector('#join').disabled
                    && box.dataset.code;
        }), 15000);
}

/** Tries to get in.  @returns {Promise<boolean>} */
async function comesIn(p, link, password = '') {
    const code = await knock(p, link, password);

    return ['', 'in'].includes(code) && await p.shows('room', 'lobby')
        === 'room';
}

async function people(host) {
    if (!await host.visible('#people-panel')) {
        await host.click('#people');
    }
}

/** What a host does about somebody. */
async function act(host, p, what) {
    await people(host);

    const { peer } = await until(() => host.tile(p.name));
    const item = `.person[data-peer="${peer}"]`;

    if (!await host.visible(`${item} .person-acts`)) {
        await host.click(`${item} [data-act=menu]`);
    }

    await host.click(`${item} [data-act=${what}]`);
}

async function controls(host) {
    if (!await host.visible('#host-panel')) {
        await host.click('#host');
    }
}

/** A notice takes the place of another one of its code. */
async function told(p, code, pattern, what) {
    const text = () => p.texts(`.notice[data-code="${code}"]`)
        .then((all) => all.join(' '));

    ok(await until(async () => pattern.test(await text())), what,
       await text());
}

async function dismiss(p) {
    await p.run(() => document.querySelectorAll('.notice-close')
        .forEach((e) => e.click()));
}

/** Frames of somebody go on. */
async function flows(p, other, what) {
    const frames = async () => (await p.tile(other.name))?.frames ?? 0;
    const before = await frames();

    ok(await until(async () => await frames() > before + 5, 8000),
       what, await p.stats());
}

async function passwords(host, guest, late) {
    const [first, second] = ['korrekt Pferd', 'neues Ross ÄÖ'];

    await host.open(url);
    await host.click('summary');
    await host.type('#new-password', 'qwertz');
    is(await host.attribute('.password-strength', 'data-score'), '0',
       'a bad password is told to be one');
    await host.run(() => { document.querySelector('#new-password').value = ''; });
    await host.click('summary');

    const link = await host.start(first);
    const secret = link.split('#')[1];

    is(await knock(guest, link), 'denied', 'without the password: denied');
    is(await knock(guest, null, 'falsches Pferd'), 'denied',
       'with a wrong one: denied');
    ok(await comesIn(guest, null, first), 'with the right one: in');
    ok(await until(() => host.others().then((o) => o.length === 1)),
       'the host sees it');

    await dismiss(guest);
    await controls(host);
    await host.type('#host-new-password', second);
    await host.click('#host-password');

    for (const p of [host, guest]) {
        const text = await p.notice('password');

        ok(/password was changed/.test(text)
           && !text.includes(second), `${p.name} is told that it changed`,
           text);
    }

    is(await host.value('#host-new-password'), '', 'the field is empty');
    await flows(host, guest, 'who is in stays');
    is(await knock(late, link), 'denied', 'the link alone: denied');
    is(await knock(late, null, first), 'denied', 'the old password: denied');
    ok(await comesIn(late, null, second), 'the new one: in');
    await late.leave();

    await host.page.reload();
    await host.shows('room');
    ok(true, 'the host comes back after that');
    await host.see('#host');

    await controls(host);
    await host.click('#host-no-password');
    await told(guest, 'password', /no password any more/,
               'it is removed, and that is told');
    ok(await comesIn(late, link), 'the link is enough');

    await please('logs-without', secret);
    await please('logs-without', 'Pferd');
    await please('logs-without', 'Ross');
    ok(true, 'secret and passwords are in no log');
}

/** Packets and energy that came from somebody. */
async function heard(p, other) {
    const tile = await p.tile(other.name);
    const { voices } = await p.stats();
    const peers = await p.run(() => [...document.querySelectorAll(
        'sm-sound audio')].map((e) => e.dataset.track));

    return { tile, peers, voices };
}

/** @returns {Promise<number>} how many voices grew meanwhile */
async function growing(p) {
    const look = async () => new Map((await p.stats()).voices.map(
        (v) => [v.track, v]));
    const before = await look();

    await sleep(QUIET_MS);

    const after = await look();

    return [...after].filter(([track, v]) =>
        v.packets > (before.get(track)?.packets ?? 0) + 10).length;
}

async function silence(host, guest, other) {
    const listeners = [host, other];

    for (const p of listeners) {
        ok(await until(async () => await growing(p) === 2, 10000),
           `${p.name} hears both others`, await heard(p, guest));
    }

    await act(host, guest, 'silence');
    await told(guest, 'silenced', /Nobody hears you/,
               'the silenced one is told');
    await sleep(300);

    for (const p of listeners) {
        is(await growing(p), 1, `${p.name} gets one voice only`);
        is((await p.tile(guest.name)).muted, true, 'and sees why');
    }

    /* whatever the silenced one does */

    await guest.click('#mic');
    await guest.click('#mic');
    await sleep(300);
    is(await growing(other), 1, 'a switch of the microphone changes nothing');

    await guest.page.reload();
    await guest.shows('room');
    await guest.see('.notice[data-code="silenced"]');
    await until(async () => (await guest.stats()).voices.length === 2);
    is(await growing(other), 1, 'nor does a reload');

    await act(host, guest, 'silence');
    await told(guest, 'silenced', /heard again/, 'the end of it is told');

    for (const p of listeners) {
        ok(await until(async () => await growing(p) === 2, 10000),
           `${p.name} hears again`, await heard(p, guest));
    }

    await host.click('#silence-all');

    for (const p of [guest, other]) {
        await p.see('#mic[data-silenced]');
    }

    await sleep(300);
    is(await growing(host), 0, 'all are silenced');
    is(await growing(guest), 1, 'but the host');
    await host.click('#silence-none');
    ok(await until(async () => await growing(host) === 2, 10000),
       'all may speak');
}

async function screens(host, guest) {
    const sharer = host;

    /* Firefox has no screen here: the host shares, the guest is made one */

    await act(host, guest, 'promote');
    await guest.see('#host');
    await sharer.click('#screen');
    ok(await until(async () =>
        (await guest.tile(sharer.name, 'screen'))?.frames > 3, 8000),
       'a screen is shared');
    await act(guest, sharer, 'stop');
    ok(/stopped what you shared/.test(await sharer.notice('stopped')),
       'a host stops it');
    ok(await until(async () => !await guest.tile(sharer.name, 'screen')),
       'nobody sees it any more');
    is(await sharer.attribute('#screen', 'aria-pressed'), 'false',
       'and it is not captured any more');
    await flows(guest, sharer, 'the camera stays');

    await sharer.click('#screen');
    ok(await until(async () =>
        (await guest.tile(sharer.name, 'screen'))?.frames > 3, 8000),
       'it can be shared again', await guest.stats());
    await sharer.click('#screen');
}

/** A promoted host ends the meeting. */
async function promotion(ada, bea, cy, late) {
    const link = await cy.value('#share-link');

    is(await cy.visible('#host'), false, 'a guest has no host controls');
    await cy.click('#people');
    is(await cy.visible('[data-act=menu]'), false, 'nor menus');
    is(await cy.visible('#end-meeting'), false, 'nor an end for all');

    await controls(bea);
    await bea.click('#host-lock');
    await told(cy, 'locked', /is locked/, 'locked, and told');
    is(await knock(late, link), 'denied', 'nobody new gets in');
    await bea.click('#host-lock');
    await told(cy, 'locked', /not locked/, 'and open again');
    ok(await comesIn(late, link), 'people get in');

    const { url: room } = ada.requests.find((r) => r.method === 'PUT');

    await bea.click('#host-end');
    await bea.click('#end-confirm');

    for (const p of [ada, bea, cy, late]) {
        await p.shows('end');
        is(await p.attribute('#end-page', 'data-code'), 'end-host',
           `it is over for ${p.name}`);
        is(await p.visible('#rejoin'), false, 'and no way back');
    }

    const again = await request('PUT', room);

    is([again.status, JSON.parse(again.body).error], [409, 'exists'],
       'the tag is refused');
    is(await knock(late, link), 'denied', 'and so is the link');
}

async function lobby(host, guest, other) {
    await host.open(url);
    await host.click('summary');
    await host.click('#new-lobby');

    const link = await host.start();

    await knock(guest, link);
    is(await guest.shows('lobby'), 'lobby', 'a guest waits');
    ok(new RegExp(`${guest.name} waits`).test(await host.notice('knock')),
       'and the host is told who');
    is((await guest.stats()).tiles.length, 0, 'it sees nobody');
    is(await guest.run(() => document.body.innerText.includes('Ada')), false,
       'nor a name');
    is(await host.others(), [], 'nor is it seen');
    is((await guest.stats()).states.filter((s) => s === 'connected'), [],
       'and there is no media');

    await guest.click('#lobby-leave');
    await guest.shows('join');
    ok(await until(() => host.visible('.notice[data-code="knock"]')
        .then((yes) => !yes)), 'who stops waiting is gone');

    await knock(guest, null);
    await guest.shows('lobby');
    await guest.page.reload();
    is(await guest.shows('lobby'), 'lobby', 'after a reload it waits again');
    await until(async () => (await host.texts('.knocker')).length < 2);

    await knock(other, link);
    await other.shows('lobby');
    await people(host);
    is(await until(async () => {
        const names = await host.texts('.knocker .person-name');
        return names.length === 2 && names;
    }), [guest.name, other.name], 'two wait');
    await host.run((name) => [...document.querySelectorAll('.knocker')]
        .find((e) => e.textContent.includes(name))
        .querySelector('[data-act=deny]').click(), other.name);
    ok(/host said no/.test(await other.problem('turned-away')),
       'one is turned away');
    is(await guest.shows('lobby'), 'lobby', 'the other still waits');

    await host.click('.knocker [data-act=admit]');
    await guest.shows('room');
    await flows(host, guest, 'the other is admitted');

    await host.page.reload();
    await host.shows('room');
    await flows(guest, host, 'the host, after a reload, does not wait');

    await knock(other, null);
    await other.shows('lobby');
    await controls(host);
    await host.click('#host-lobby');
    await other.shows('room');
    ok(true, 'without the lobby nobody waits');
    await other.leave();
}

async function kicks(host, guest, other, stranger) {
    const link = await host.value('#share-link');

    ok(await comesIn(other, link), 'one comes by the link');
    await act(host, other, 'kick');
    await host.see('#kick-dialog');
    await host.press('Escape');
    await sleep(500);
    is(await other.shows('room'), 'room', 'a host is asked first');

    await act(host, other, 'kick');
    await host.click('#kick-confirm');
    await other.shows('end');
    is(await other.attribute('#end-page', 'data-code'), 'kicked',
       'put out, and told so');
    is(await other.visible('#rejoin'), false, 'without a way back');
    ok(await until(async () => !(await host.others()).includes(other.name)),
       'nobody sees it any more');

    await other.page.reload();
    is(await other.shows('start', 'join', 'room'), 'start',
       'a reload does not lead back');
    is(await knock(other, link), 'denied', 'nor does the link');
    is(await knock(stranger, link), 'denied', 'nor a new profile');

    for (const p of [host, guest]) {
        await p.click('#share');
        is(await p.visible('#share-link'), false,
           `${p.name} has no link to give away`);
        is(await p.visible('#share-host'), p === host,
           p === host ? 'but invitations' : 'nor anything else');
        await p.press('Escape');
    }

    await flows(host, guest, 'who is in stays');
}

async function invitations(host, guest, other, stranger) {
    await controls(host);
    await host.click('#invite-make');
    await host.see('.invite-link');

    const link = await host.value('.invite-link');
    const [secret, token, ...rest] = link.split('#')[1].split('.');

    is([secret.length, token?.length, rest.length], [22, 43, 0],
       'an invitation has a token');
    await host.click('.invite-copy');
    is(await until(() => host.run(() => navigator.clipboard.readText())),
       link, 'it can be copied');
    is(await host.texts('.invite-left'), ['For one person, for 24 h'],
       'and what it is good for is told');

    ok(await comesIn(other, link), 'it lets in, though the link is off');
    is(await other.run(() => location.hash), '', 'it is not in the address');
    await nowhere(other, token);
    ok(await until(async () => (await host.texts('.invitation')).length
        === 0), 'it is used up');
    is(await knock(stranger, link), 'denied', 'the second one is denied');

    await other.page.reload();
    await other.shows('room');
    await flows(host, other, 'a reload needs no second one');

    /* more uses, and one that is taken back */

    await host.run(() => {
        document.querySelector('#invite-uses').value = 2;
    });
    await host.click('#invite-make');
    await host.see('.invite-link');

    const second = await host.value('.invite-link');

    ok(await comesIn(stranger, second), 'one of two');
    ok(await until(async () => (await host.texts('.invite-left'))[0]
        ?.startsWith('1 of 2')), 'one is left',
       await host.texts('.invite-left'));
    await act(host, stranger, 'kick');
    await host.click('#kick-confirm');
    await stranger.shows('end');
    await controls(host);
    ok(await until(async () => (await host.texts('.invitation')).length
        === 0), 'whose bearer is put out is revoked');
    is(await knock(stranger, second), 'denied', 'and lets nobody in');

    await host.click('#invite-make');
    await host.see('.invite-link');

    const third = await host.value('.invite-link');

    await host.click('.invite-revoke');
    ok(await until(async () => (await host.texts('.invitation')).length
        === 0), 'one is revoked');
    is(await knock(stranger, third), 'denied', 'and denied');

    await host.run(() => {
        document.querySelector('#invite-uses').value = 1001;
    });
    await host.click('#invite-make');
    await sleep(300);
    is(await host.texts('.invitation'), [], 'nobody gets a thousand and one');
    await other.leave();
}

/** A text is not in the history of the tab, nor in a request. */
async function nowhere(p, text) {
    const session = await p.page.context().newCDPSession(p.page);
    const { entries } = await session.send('Page.getNavigationHistory');

    is(entries.map((e) => e.url).filter((u) => u.includes(text)), [],
       'nor in the history of the tab');
    is(p.requests.filter((r) => r.url.split('#')[0].includes(text)), [],
       'nor in a request');
    is(await p.run(() => [localStorage.length, sessionStorage.length]),
       [0, 0], 'nor is it stored');
}

/** What a reload takes along. */
async function reloads(host, guest) {
    await guest.leave();
    is(await host.others(), [], 'the host is alone');

    const placed = async (p) => (await p.stats()).tiles.find((t) => t.self)
        .peer;
    const before = await placed(host);

    await host.click('#mic');

    for (const times of ['once', 'twice']) {
        await host.page.reload();
        await host.shows('room');
        is(await placed(host), before, `reloaded ${times}: the same peer`);
        is(await host.visible('#host'), true, 'with its rights');
        is(await host.attribute('#mic', 'aria-pressed'), 'false',
           'the microphone is off as it was');
        is(await until(() => host.run(() => document.querySelector('#cam')
            .getAttribute('aria-pressed') === 'true')), true,
           'and the camera on');
        is(await host.run(() => [localStorage.length, sessionStorage.length]),
           [0, 0], 'nothing is stored');
    }

    /* away, and back */

    await host.page.goto('about:blank');
    await host.page.goBack();
    await host.shows('room');
    is(await placed(host), before, 'and so by "back"');

    await controls(host);
    await host.click('#host-link');
    await until(() => host.run(() =>
        document.querySelector('#host-link').checked));

    const link = await host.value('#share-link');

    ok(await comesIn(guest, link), 'a guest comes');

    const was = await placed(guest);

    await guest.page.reload();
    await guest.shows('room');
    is(await placed(guest), was, 'and is who it was after a reload');
    await flows(host, guest, 'and seen');
    is(await guest.visible('#host'), false, 'without rights it had not');
    is((await host.others()), [guest.name], 'once');

    /* on the page before the meeting, the link is not lost either */

    await guest.leave();
    await guest.open(link);
    await guest.ready();
    await guest.page.reload();
    is(await guest.shows('start', 'join', 'room'), 'join',
       'a reload before the meeting');
    await guest.ready();
    is(await guest.run(() => location.hash), '', 'without a fragment');
    ok(await comesIn(guest, null), 'the way in is the same');
    await guest.leave();

    await host.leave();
    await host.page.reload();
    is(await host.shows('start', 'join', 'room'), 'start',
       'who has left is not brought back');
    note(`${before} was ${host.name}`);
}
