/**
 * The page that tests a connection, in both browsers.
 *
 *     node check.mjs URL BLOCKED CLOSED TCP
 */

import { startChromium, startFirefox } from './lib/browsers.mjs';
import { request } from './lib/http.mjs';
import { is, note, ok, run } from './lib/tap.mjs';
import { sleep, until } from './lib/wait.mjs';

const [url, blocked, closed, tcpAlone] = process.argv.slice(2);
const ENOUGH_MS = 45000;

await run(async (later) => {
    const [chromium, firefox, bare] = await Promise.all([
        startChromium(), startFirefox(),
        startChromium({ consent: false, devices: false })]);

    later(() => bare.close());
    later(() => firefox.close());
    later(() => chromium.close());

    const ada = await chromium.person('Ada');
    const bea = await firefox.person('Bea');
    const una = await chromium.person('Una');

    /* without the permission browsers do not find the way to 127.0.0.1 */
    const ned = await bare.person('Ned', {
        permissions: ['camera', 'microphone'],
    });
    const cat = await chromium.person('Cat');
    const tom = await chromium.person('Tom');

    await well(ada);
    await well(bea);
    await Promise.all([noMedia(una), noDevices(ned), noRoom(cat)]);
    await noUdp(tom);

    for (const p of [ada, bea, una, ned, cat, tom]) {
        is(await p.violations(), [], `nothing was forbidden at ${p.name}`);
    }
});

/** @returns {Promise<Record<string, string>>} outcomes by step */
async function outcomes(p) {
    ok(await until(() => p.visible('.test-verdict'), ENOUGH_MS),
       `${p.name} has a verdict`);

    return p.run(() => Object.fromEntries(
        [...document.querySelectorAll('.test-steps [data-step]')].map(
            (e) => [e.dataset.step, e.dataset.outcome])));
}

/** Opens the page by its link. */
async function start(p, from) {
    await p.open(from);
    await p.click('#start-page .test-open');
    await p.shows('test');
}

/** All is as it should be. */
async function well(p) {
    await start(p, url);
    ok(await until(() => p.run(() => document.querySelector(
        '.test-preview video').videoWidth > 0), 8000),
       `${p.name} sees the own camera`);

    const { up, down, ...rest } = await outcomes(p);

    /* how good they are is the machine's as well */

    is([...new Set(Object.values(rest))], ['good'],
       `${p.name}: what is there is found`);
    ok([up, down].every((o) => o !== 'skip' && o !== 'wait'),
       'both ways are measured', [up, down]);

    const report = await p.value('#test-report');

    note(report);
    ok(/From you to the server\. [1-9]\d* kbit\/s|Mbit\/s/.test(report),
       'something was sent', report);
    ok(!/fake|Default/.test(report), 'no device is named in what is copied');

    const { url: room } = p.requests.find((r) => r.method === 'PUT');
    const again = await request('PUT', room);

    is(again.status, 409, 'the room was a real one');

    await sleep(300);
    is((await p.stats()).states.filter((s) => s !== 'closed'), [],
       'no connection is left');
    is(await p.complaints, [], `${p.name}'s browser has no complaints`);

    await p.click('#test-back');
    await p.shows('start');

    /* from the page before a meeting, and back to it */
    await p.click('#start');
    await p.ready();
    await p.click('#join-page .test-open');
    await p.shows('test');
    await p.click('#test-back');
    await p.shows('join');
    await p.enter();
    await p.leave();
    ok(await p.visible('#end-page .test-open'), 'it is offered at the end');
}

/** UDP is blocked. */
async function noMedia(p) {
    await start(p, blocked);

    const { udp, tcp, up } = await outcomes(p);

    is([udp, up], ['bad', 'skip'], 'blocked: no path, nothing is measured');
    ok(tcp === 'bad' || tcp === 'skip', 'nor over TCP', tcp);
    is(await p.attribute('#test-page', 'data-code'), 'no-media',
       'the verdict says so');
    ok(/UDP to 127\.0\.0\.1 port 9\b/.test(
        (await p.texts('.verdict-admin')).join()),
       'and which address the administrator has to open',
       await p.texts('.verdict-admin'));
}

/** No camera, no microphone: the connection is tested all the same. */
async function noDevices(p) {
    await start(p, url);

    const { devices, udp, up, down } = await outcomes(p);
    const code = await p.attribute('#test-page', 'data-code');

    is([devices, udp], ['bad', 'good'], 'no devices: the path is tested');
    /* a busy machine may be too slow for a picture */
    ok([up, down].includes('bad') ? /^(slow|loss)-|^delay$/.test(code)
                                  : code === 'no-devices',
       'the verdict says so', [code, up, down]);
}

/** Only some may start meetings. */
async function noRoom(p) {
    await start(p, closed);

    const { site, socket, room, udp } = await outcomes(p);

    is([site, socket, room, udp], ['good', 'good', 'bad', 'skip'],
       'no room: what can be tested is');
    is(await p.attribute('#test-page', 'data-code'), 'partly',
       'the verdict says so');
    ok(/may not start/.test((await p.texts('.verdict-text')).join()),
       'and why', await p.texts('.verdict-text'));
}

/** UDP is blocked, TCP is not: so it is said, before and in a meeting. */
async function noUdp(p) {
    await start(p, tcpAlone);

    const { udp, tcp } = await outcomes(p);

    is([udp, tcp], ['bad', 'good'], 'TCP alone: it is found');
    is(await p.attribute('#test-page', 'data-code'), 'tcp-only',
       'the verdict says so');

    await p.click('#test-back');
    await p.start();
    ok(await until(() => p.visible('#quality[data-code="over-tcp"]'), 20000),
       'and so does the line in a meeting');
    await p.click('#quality button');
    ok(await until(async () => !await p.visible('#quality details')),
       'which can be put away');
    await p.leave();
}
