/**
 * What people read when something goes wrong, and how they get on.
 *
 *     node failures.mjs URL BLOCKED
 *
 * BLOCKED is the page of a server whose media nobody can reach.
 */

import { startChromium } from './lib/browsers.mjs';
import { is, note, ok, please, run } from './lib/tap.mjs';
import { until } from './lib/wait.mjs';

const [url, blocked] = process.argv.slice(2);
const ALLOWED = { permissions: ['camera', 'microphone'] };

await run(async (later) => {
    const [chromium, bare] = await Promise.all([
        startChromium({ consent: false }),
        startChromium({ consent: false, devices: false })]);

    later(() => bare.close());
    later(() => chromium.close());

    /** @type {import('./lib/person.mjs').Person[]} */
    const all = [];

    const person = async (name, browser = chromium, options = ALLOWED) => {
        const p = await browser.person(name, options);

        all.push(p);
        return p;
    };

    /* ten seconds pass until it is sure: meanwhile the rest is tested */
    const media = noMedia(await person('Una'), await person('Vic'));

    await links(await person('Lea'));
    await passwords(await person('Pia'), await person('Quin'));
    await devices(await person('Ada'), await person('Rae', chromium, {}),
                  await person('Dan', bare));
    await ending(await person('Ivo'), await person('Jan'),
                 await person('Kai'));
    await media;

    for (const p of all) {
        is(p.complaints, [], `the console of ${p.name} is silent`);
    }

    await server(await person('Sue'), await person('Tom'));

    for (const p of all) {
        is(p.strangers(p.requests[0].url), [],
           `nobody else was asked by ${p.name}`);

        if (!p.page.isClosed()) {
            is(await p.violations(), [], `nothing was forbidden at ${p.name}`);
        }
    }
});

/** @param {Person} p */
async function links(p) {
    await p.open(url + '#short');

    let text = await p.notice('bad-link');

    ok(/Copy the whole link/.test(text), 'a damaged link: what to do', text);
    is(await p.shows('start'), 'start', 'and one can start a meeting');
    await forgotten(p, 'short');

    /* well formed, but of no meeting */

    const secret = 'AAAAAAAAAAAAAAAAAAAAAA';

    await p.page.goto('about:blank');
    await p.open(url + '#' + secret);
    await p.ready();
    await p.click('#join');
    text = await p.problem('denied');
    ok(/ask the person who invited you/.test(text),
       'a link of no meeting: what to do', text);
    await forgotten(p, secret);
}

/**
 * The fragment is nowhere that the page can reach, and nothing is stored.
 * What the browser itself wrote down when the link was opened, in its list of
 * visited pages, no page can take back.
 */
async function forgotten(p, secret) {
    const session = await p.page.context().newCDPSession(p.page);
    const { entries } = await session.send('Page.getNavigationHistory');
    const urls = entries.map((e) => e.url);

    is(await p.run(() => location.hash), '', 'the address has no fragment');
    is(urls.filter((u) => u.includes(secret)), [],
       'nor has the history of the tab');
    is(p.requests.filter((r) => r.url.split('#')[0].includes(secret)), [],
       'nor had a request');

    is(await p.run(async () => [
        localStorage.length, sessionStorage.length, document.cookie,
        (await indexedDB.databases()).length, (await caches.keys()).length,
        (await navigator.serviceWorker.getRegistrations()).length,
    ]), [0, 0, '', 0, 0, 0], 'nothing is stored');
}

async function passwords(host, guest) {
    const password = 'korrekt Pferd ÄÖ';

    await host.open(url);

    const link = await host.start(password);
    const secret = link.split('#')[1];

    await guest.open(link);
    await guest.ready();
    is(await guest.visible('#password'), false, 'no password is asked for');
    await guest.type('#name', guest.name);
    await guest.click('#join');

    const text = await guest.problem('denied');

    ok(/If you were given a password, enter it/.test(text),
       'no password: what to do', text);
    is(await guest.focused('#password'), true, 'and the field has the focus');

    await guest.type('#password', 'falsches Pferd');
    await guest.press('Enter');
    await until(() => guest.visible('#join-problem[data-code=""]'), 300);
    await guest.problem('denied');
    ok(true, 'a wrong password is refused');
    is(await guest.shows('join'), 'join', 'and one can try again');
    await until(async () => !await guest.run(() =>
        document.querySelector('#join').disabled));

    await guest.run(() => { document.querySelector('#password').value = ''; });
    await guest.type('#password', password);
    await guest.press('Enter');
    await guest.shows('room');
    is(await until(() => host.others()), [guest.name],
       'the right one lets in');

    await forgotten(host, secret);
    await forgotten(guest, secret);
    await please('logs-without', secret);
    await please('logs-without', 'Pferd');
    ok(true, 'secret and password are in no log');

    await host.leave();
    await guest.leave();
}

/**
 * @param {Person} host  with devices
 * @param {Person} shy   who says no
 * @param {Person} poor  who has none
 */
async function devices(host, shy, poor) {
    await host.open(url);

    const link = await host.start();

    await shy.open(link);

    let text = await shy.notice('devices-refused');

    ok(/Allow them .* join without/.test(text), 'refused: what to do', text);
    await shy.type('#name', shy.name);
    await shy.click('#join');
    await shy.shows('room');

    await shy.click('#cam');
    text = await shy.notice('camera-refused');
    ok(/press the camera button again/.test(text),
       'refused in the meeting: what to do', text);

    await poor.open(link);

    const none = [await poor.notice('camera-missing'),
                  await poor.notice('microphone-missing')];

    ok(none.every((t) => /Plug one in .* join without/.test(t)),
       'no devices: what to do', none);
    await poor.type('#name', poor.name);
    await poor.click('#join');
    await poor.shows('room');

    for (const p of [shy, poor]) {
        ok(await until(async () => (await p.tile(host.name))?.frames > 5),
           `${p.name} sees ${host.name}`, await p.stats());
        ok(await until(async () => (await p.stats()).voices.some(
            (v) => v.playing && v.energy > 0)),
           `${p.name} hears ${host.name}`);

        const tile = await until(() => host.tile(p.name));

        is([tile?.video, tile?.muted], [false, true],
           `${host.name} sees that ${p.name} shows nothing`);
    }

    await Promise.all([host, shy, poor].map((p) => p.leave()));
}

/** Three ways to go, and what the others see. */
async function ending(host, guest, other) {
    await host.open(url);

    const link = await host.start();

    await Promise.all([guest.join(link), other.join(link)]);

    for (const p of [host, guest, other]) {
        ok(await until(async () => (await p.stats()).tiles.filter((t) =>
            t.frames > 5).length === 2, 8000),
           `two came at once: ${p.name} sees both others`, await p.stats());
    }

    await guest.click('#mic');
    await guest.leave();
    ok(await until(async () => !await host.tile(guest.name)),
       'one leaves');
    await guest.click('#rejoin');
    await guest.shows('room');
    ok(await until(async () => (await host.tile(guest.name))?.frames > 5),
       'and comes again', await host.stats());
    is(await guest.attribute('#mic', 'aria-pressed'), 'false',
       'with the microphone off, as it was');
    is((await host.tile(guest.name)).muted, true, 'the host sees that');

    const packets = async () => (await host.stats()).voices
        .map((v) => v.packets).sort((a, b) => a - b)[0];
    const before = await packets();

    await guest.click('#mic');
    ok(await until(async () => !(await host.tile(guest.name)).muted),
       'and that it is on again');
    ok(await until(async () => await packets() > before + 10), 'and hears',
       (await host.stats()).voices);

    await other.close();
    ok(await until(async () => !await host.tile(other.name), 20000),
       'one closes the tab');

    await host.click('#people');
    await host.click('#end-meeting');
    await host.click('#end-confirm');

    for (const p of [host, guest]) {
        await p.shows('end');
        is(await p.attribute('#end-page', 'data-code'), 'end-host',
           `the host ends it: ${p.name} is told`);
        is(await p.visible('#rejoin'), false, 'there is no way back');
    }

    await guest.open(link);
    await guest.ready();
    await guest.click('#join');
    ok(await guest.problem('denied'), 'not even by the link');
}

/** UDP is blocked: what works still does. */
async function noMedia(host, guest) {
    await host.open(blocked);

    const link = await host.start();

    await guest.join(link);

    const started = Date.now();

    for (const p of [host, guest]) {
        await until(() => p.visible('.notice[data-code="blocked"]'), 20000);

        const text = await p.notice('blocked');

        ok(/phone hotspot/.test(text), `no media: ${p.name} reads what to do`,
           text);
    }

    note(`after ${Date.now() - started} ms`);

    await host.click('#chat');
    await host.type('#chat-input', 'Can you read me?');
    await host.press('Enter');
    await guest.click('#chat');
    ok(await until(async () => (await guest.texts('.chat-line p'))
        .includes('Can you read me?')), 'the chat works');

    await guest.leave();
    await host.leave();
}

/** The server goes away, and comes back. */
async function server(host, guest) {
    await host.open(url);

    const link = await host.start();

    await guest.open(link);
    await guest.ready();
    await please('stop');

    is(await host.shows('end'), 'end', 'the server stops');

    const [code] = [await host.attribute('#end-page', 'data-code')];

    ok(['end-stop', 'lost'].includes(code), 'one is told so', code);

    const text = (await host.texts('#end-page .end-text')).join('');

    ok(/new meeting|rejoin/.test(text), 'and what to do', text);

    await guest.click('#join');
    ok(/Check your network/.test(await guest.problem('unreachable')),
       'no server for a guest: what to do');

    await host.click('#again');
    await host.click('#start');
    await host.ready();
    await host.click('#join');
    ok(/Check your network/.test(await host.problem('unreachable')),
       'no server for a host: what to do');

    await please('start');
    await host.click('#join');
    await host.shows('room');
    ok(true, 'once it is back, the same button works');
    await host.leave();
}
