/**
 * Reloads, broken networks, killed workers, a killed nginx: what people in a
 * meeting see.
 *
 *     node survival.mjs URL
 */

import { startChromium, startFirefox } from './lib/browsers.mjs';
import { figure, is, ok, please, run } from './lib/tap.mjs';
import { sleep, until } from './lib/wait.mjs';

const [url] = process.argv.slice(2);
const BACK_MS = 3000;

await run(async (later) => {
    const [chromium, firefox] = await Promise.all([
        startChromium(), startFirefox()]);

    later(() => firefox.close());
    later(() => chromium.close());

    const ada = await chromium.person('Ada');
    const bea = await firefox.person('Bea');
    const both = [ada, bea];

    await ada.open(url);

    const link = await ada.start('a password');

    await bea.open(link);
    await bea.ready();
    await bea.click('#join');
    await bea.problem('denied');
    await bea.type('#name', bea.name);
    await bea.type('#password', 'a password');
    await bea.press('Enter');
    await bea.shows('room');

    for (const p of both) {
        ok(await until(async () => await frames(p) > 15, 8000),
           `${p.name} sees the other`);
    }

    await write(ada, bea, 'before');
    await reloads(both);
    await write(bea, ada, 'after reloads');

    const peers = await Promise.all(both.map(placed));

    await broken(both);

    await please('kill-owner');
    await isBack(both, 'the worker of the room is killed');

    await sleep(1000);
    await please('kill-others');
    await sleep(500);
    await isBack(both, 'all other workers are killed');

    await please('kill-all');

    for (const p of both) {
        ok(await until(() => p.visible('.notice[data-code="reconnecting"]')),
           `nginx is killed: ${p.name} is told`);
        ok(/by yourself/.test(await p.notice('reconnecting')),
           'and what will happen');
    }

    await sleep(2500);
    ok(await until(async () => (await ada.texts('.tile-wait')).length > 0),
       'no tile is silently dead', await ada.texts('.tile-wait'));
    await please('start');
    await isBack(both, 'nginx is there again');

    for (const p of both) {
        ok(await until(async () =>
            !await p.visible('.notice[data-code="reconnecting"]')),
           `${p.name} is told so`);
        ok(await until(async () => (await p.texts('.tile-wait'))
            .every((text) => text === '')), 'all tiles are alive');
    }

    is(await Promise.all(both.map(placed)), peers,
       'everybody is in their place, as who they were');

    await write(ada, bea, 'after all');
    is(await chat(bea), ['before', 'after reloads', 'after a cut',
                         'after a freeze', 'after all'],
       'the chat is whole');

    /* the host is the host */

    await ada.click('#people');
    await ada.click('#end-meeting');
    await ada.click('#end-confirm');

    for (const p of both) {
        await p.shows('end');
        is(await p.attribute('#end-page', 'data-code'), 'end-host',
           `the host ends it: ${p.name} is told`);
    }

    for (const p of both) {
        is(await p.violations(), [], `nothing was forbidden at ${p.name}`);
    }
});

/** Video never stops for a second. */
async function reloads(both) {
    for (const name of ['first', 'second', 'third']) {
        const seconds = Promise.all(both.map((p) => each(p, 5)));

        await sleep(500);
        await please('reload');

        for (const [i, counts] of (await seconds).entries()) {
            ok(counts.every((n) => n > 0),
               `${name} reload: ${both[i].name} sees frames each second`,
               counts);
        }
    }

    for (const p of both) {
        is((await p.stats()).states.filter((s) => s !== 'closed'),
           ['connected'], `${p.name} has the peer connection of before`);
    }
}

/** TCP breaks, UDP does not: what was lost is no more than the WebSocket. */
async function broken(both) {
    const seconds = Promise.all(both.map((p) => each(p, 3)));

    await please('cut');

    for (const p of both) {
        ok(await until(() => p.visible('.notice[data-code="back"]'), 5000),
           `cut off: ${p.name} is back, and told so`);
    }

    for (const [i, counts] of (await seconds).entries()) {
        ok(counts.every((n) => n > 0),
           `cut off: ${both[i].name} sees frames each second`, counts);
    }

    await write(both[0], both[1], 'after a cut');

    /* nobody says that it broke */

    await please('freeze');

    for (const p of both) {
        ok(await until(() => p.visible('.notice[data-code="reconnecting"]'),
                       9000), `nothing passes: ${p.name} is told`);
    }

    await please('thaw');

    for (const p of both) {
        ok(await until(async () =>
            !await p.visible('.notice[data-code="reconnecting"]'), 5000),
           `it passes again: ${p.name} is back`);
        is((await p.stats()).states.filter((s) => s !== 'closed'),
           ['connected'], 'with the peer connection of before');
        is(await p.others(), [both.find((o) => o !== p).name],
           'and sees the other');
    }

    await write(both[1], both[0], 'after a freeze');
}

/** Frames decoded in each of so many seconds. */
async function each(p, seconds) {
    const counts = [];

    for (let i = 0; i < seconds; i++) {
        const before = await frames(p);

        await sleep(1000);
        counts.push(await frames(p) - before);
    }

    return counts;
}

/** New frames come, soon after what was done just now. */
async function isBack(both, what) {
    const since = Date.now();
    const marks = await Promise.all(both.map(frames));

    /* frames on their way, then those of what is there now */
    await Promise.all(both.map(async (p, i) => {
        let last = marks[i];
        let moving = 0;

        const back = await until(async () => {
            const now = await frames(p);

            moving = now !== last ? moving + 1 : 0;
            last = now;
            return moving >= 5 && !await p.run(() =>
                document.querySelector('.notice[data-code="reconnecting"]'));
        }, BACK_MS * 3);

        const took = Date.now() - since;

        ok(back, `${what}: ${p.name} sees the other again`);
        ok(took < BACK_MS, `within three seconds`, took);
        figure(`${what}: ${p.name} sees the other after ${took} ms`);
        is(await p.shows('room'), 'room', 'and nobody pressed anything');
    }));
}

/** Of the only other one. */
async function frames(p) {
    const { tiles } = await p.stats();

    return tiles.find((t) => !t.self)?.frames ?? 0;
}

async function placed(p) {
    const { tiles } = await p.stats();

    return tiles.map((t) => `${t.peer} ${t.name}`);
}

async function write(from, to, text) {
    if (!await from.visible('#chat-input')) {
        await from.click('#chat');
    }

    await from.type('#chat-input', text);
    await from.press('Enter');

    if (!await to.visible('.chat-log')) {
        await to.click('#chat');
    }

    ok(await until(async () => (await chat(to)).includes(text)),
       `${to.name} reads what ${from.name} writes: ${text}`);
}

function chat(p) {
    return p.texts('.chat-line p');
}
