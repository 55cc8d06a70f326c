/**
 * Three people in one meeting: two with Chromium, one with Firefox.
 *
 *     node meeting.mjs URL
 */

import { startChromium, startFirefox } from './lib/browsers.mjs';
import { request } from './lib/http.mjs';
import { atPace, firstFrame } from './lib/pace.mjs';
import { figure, is, note, ok, run } from './lib/tap.mjs';
import { sleep, until } from './lib/wait.mjs';

const SOON_MS = 6000;        /* two seconds where nothing else runs */
const EVIL_NAME = '<img src=x onerror=pwned=1>__proto__';
const EVIL_LINE = '<img src=x onerror="pwned=1"><script>pwned=1</script> '
                  + '__proto__ constructor {{pwned}}';

const url = process.argv[2];

await run(async (later) => {
    const [chromium, second, firefox] = await Promise.all([
        startChromium(), startChromium(), startFirefox()]);

    later(() => firefox.close());
    later(() => second.close());
    later(() => chromium.close());

    const ada = await chromium.person('Ada');
    const bea = await firefox.person('Bea');
    const eve = await second.person(EVIL_NAME);
    const all = [ada, bea, eve];

    await ada.open(url);

    const link = await ada.start();
    const { url: room } = ada.requests.find((r) => r.method === 'PUT');

    ok(/\/[0-9a-f]{32}$/.test(room), 'a tag was put');

    await bea.join(link);
    await soon(bea, [ada]);
    await eve.join(link);
    await soon(eve, [ada, bea]);

    await flow(all);
    await hear(all);
    await chat(ada, bea, eve);
    await screen(ada, bea, eve);
    await camera(bea, [ada, eve]);
    await mute(eve, [ada, bea]);
    await harmless(all);
    await departures(ada, bea, eve, second);

    const again = await request('PUT', room);

    is(again.status, 409, 'the tag of a meeting that was is refused');
    is(JSON.parse(again.body).error, 'exists', 'and says why');
});

/** @param {Person} p */
function called(p) {
    return p.name === EVIL_NAME ? 'Eve' : p.name;
}

/**
 * Somebody joined: all see each other soon, at more than half
 * the rate that the sender's encoder has.
 */
async function soon(newcomer, others) {
    const { clicked } = await newcomer.samples();

    await sleep(Math.max(0, clicked + SOON_MS + 100 - Date.now()));

    const all = [newcomer, ...others];
    const seen = await Promise.all(all.map(async (p) => ({
        person: p, stats: await p.stats(), ...await p.samples(),
    })));

    const pace = new Map(seen.map((s) => [
        s.person, fastest(s.stats.sent)]));

    for (const { person, stats, samples } of seen) {
        for (const other of all.filter((p) => p !== person)) {
            const tile = stats.tiles.find((t) => t.name === other.name);
            const fps = pace.get(other);
            const first = firstFrame(samples, tile?.track, clicked);
            const then = atPace(samples, tile?.track, clicked, fps / 2);

            const what = `${called(newcomer)} joined: `
                + `${called(person)} sees ${called(other)}`;

            ok(fps > 0 && then !== null && then <= SOON_MS,
               `${what} after ${first} ms, at more than half of ${fps} fps `
               + `after ${then} ms`, { tile, states: stats.states });

            if (person === newcomer || other === newcomer) {
                figure(`${what} after ${first} ms`);
            }
        }
    }
}

/** Of a camera's layers, some of which nobody wants. */
function fastest(sent) {
    return Math.max(...sent.filter((s) => s.kind === 'video').map(
        (s) => s.fps));
}

/** Each goes on to see both others. */
async function flow(all) {
    const SECONDS = 2;
    const look = () => Promise.all(all.map((p) => p.stats()));

    let rows = [];

    /* a machine that is busy with others has a few tries */
    for (let round = 0; round < 6; round++) {
        const before = await look();

        await sleep(SECONDS * 1000);
        rows = paces(all, before, await look());

        if (rows.every((r) => r.fps > r.sent / 2)) {
            break;
        }
    }

    for (const { fps, sent, what } of rows) {
        ok(fps > sent / 2, what);
        note(what);
    }
}

/** What each sees of each other one. */
function paces(all, before, after) {
    const rows = [];

    all.forEach((person, i) => all.forEach((other, j) => {
        if (i === j) {
            return;
        }

        const frames = (stats) => stats.tiles.find(
            (t) => t.name === other.name)?.frames ?? 0;
        const seconds = (s) => s[i].at / 1000;
        const fps = (frames(after[i]) - frames(before[i]))
                    / (seconds(after) - seconds(before));
        const sent = fastest(after[j].sent);
        const what = `${called(person)} sees ${called(other)} at `
            + `${fps.toFixed(1)} of ${sent} fps`;

        rows.push({ fps, sent, what });
    }));

    return rows;
}

/** Each hears both others. */
async function hear(all) {
    for (const person of all) {
        const loud = async () => (await person.stats()).voices.filter(
            (v) => v.playing && v.energy > 0);
        const first = await until(async () => {
            const voices = await loud();
            return voices.length === 2 && voices;
        }, 6000);

        const rising = first && await until(async () =>
            (await loud()).every(({ track, energy }) =>
                energy > first.find((v) => v.track === track).energy));

        ok(rising, `${called(person)} hears both others`,
           (await person.stats()).voices);
    }
}

async function chat(ada, bea, eve) {
    const lines = (p) => p.texts('.chat-line p');
    const has = (p, text) => until(async () =>
        (await lines(p)).includes(text));

    await Promise.all([ada, bea, eve].map((p) => p.click('#chat')));
    await ada.type('#chat-input', 'Grüße von Ada');
    await ada.press('Enter');

    for (const p of [ada, bea, eve]) {
        ok(await has(p, 'Grüße von Ada'), `${called(p)} reads what Ada wrote`);
    }

    await eve.type('#chat-input', EVIL_LINE);
    await eve.click('#chat-send');

    for (const p of [ada, bea]) {
        ok(await has(p, EVIL_LINE), `markup is text for ${p.name}`,
           await lines(p));
        ok((await p.texts('.chat-line bdi')).includes(EVIL_NAME),
           `and in the name of who wrote it`);
    }

    await Promise.all([ada, bea].map((p) => p.click('#people')));

    for (const p of [ada, bea]) {
        ok((await p.texts('.person-name')).includes(EVIL_NAME),
           `and in the list of people that ${p.name} sees`);
        await p.click('#people');
    }

    await eve.click('#chat');

    /* with the chat closed, a line is shown as a notice */
    await eve.click('#chat');
    await eve.type('#chat-input', EVIL_LINE);
    await eve.press('Enter');

    for (const p of [ada, bea]) {
        ok(await until(async () => (await p.texts('.notice span'))
            .some((t) => t.startsWith(EVIL_LINE.slice(0, 100)))),
           `and in the notice that ${p.name} sees`);
    }
}

async function screen(ada, bea, eve) {
    await ada.click('#screen');
    is(await until(async () => await ada.attribute('#screen', 'aria-pressed')
        === 'true'), true, 'Ada shares her screen');

    for (const p of [bea, eve]) {
        const tile = await until(async () => {
            const t = await p.tile('Ada', 'screen');
            return t?.frames > 3 && t;
        }, 8000);

        ok(tile, `${called(p)} sees it`, await p.tile('Ada', 'screen'));
        note(`${called(p)}: the screen is ${tile?.width} wide`);
    }

    await ada.click('#screen');

    for (const p of [bea, eve]) {
        ok(await until(async () => !await p.tile('Ada', 'screen')),
           `${called(p)} sees it go`);
        ok((await p.tile('Ada'))?.video, 'the camera stays');
    }

    /* again, on the m-lines that are there already */
    await ada.click('#screen');

    for (const p of [bea, eve]) {
        const before = (await until(() => p.tile('Ada', 'screen')))?.frames;

        ok(await until(async () =>
            (await p.tile('Ada', 'screen'))?.frames > before + 3, 8000),
           `${called(p)} sees it once more`, await p.tile('Ada', 'screen'));
    }

    await ada.click('#screen');
}

/** @param {Person} who @param {Person[]} others */
async function camera(who, others) {
    await who.click('#cam');

    for (const p of others) {
        ok(await until(async () => !(await p.tile(who.name)).video),
           `${called(p)} sees that ${called(who)} has the camera off`);
    }

    await who.click('#cam');

    for (const p of others) {
        const frames = async () => (await p.tile(who.name))?.frames;

        ok(await until(async () => (await p.tile(who.name)).video),
           'and on again');

        const before = await frames();

        ok(await until(async () => await frames() > before + 5),
           `${called(p)} gets video`, { before, now: await frames() });
    }
}

/** @param {Person} who @param {Person[]} others */
async function mute(who, others) {
    const energy = async (p) => (await p.stats()).voices
        .reduce((sum, v) => sum + v.energy, 0);
    const packets = async (p) => (await p.stats()).voices
        .map((v) => v.packets).sort((a, b) => a - b);

    await who.click('#mic');

    for (const p of others) {
        ok(await until(async () => (await p.tile(who.name)).muted),
           `${called(p)} sees that ${called(who)} is muted`);
    }

    await sleep(300);

    const before = await Promise.all(others.map(packets));

    await sleep(600);

    const after = await Promise.all(others.map(packets));

    others.forEach((p, i) => {
        const grew = after[i].filter((n) => !before[i].includes(n)).length;

        is(grew, 1, `one voice is left for ${called(p)}`);
    });

    await who.click('#mic');

    for (const p of others) {
        ok(await until(async () => !(await p.tile(who.name)).muted),
           'the microphone is on again');

        const quiet = await energy(p);

        ok(await until(async () => await energy(p) > quiet),
           `${called(p)} hears again`);
    }
}

async function harmless(all) {
    for (const p of all) {
        const who = called(p);

        is(await p.run(() => globalThis.pwned ?? null), null,
           `nothing was run at ${who}`);
        is(await p.run(() => document.querySelectorAll('img').length), 0,
           `nothing was inserted at ${who}`);
        is(await p.violations(), [], `nothing was forbidden at ${who}`);
        is(p.strangers(url), [], `nobody else was asked by ${who}`);
        is(p.complaints, [], `the console of ${who} is silent`);
    }
}

async function departures(ada, bea, eve, second) {
    const gone = (p, name) => until(async () =>
        !(await p.others()).includes(name), 20000);
    const away = async (p, name, what) => {
        const start = Date.now();
        const yes = await gone(p, name);

        ok(yes, `${called(p)} sees it: ${what}`);
        note(`after ${Date.now() - start} ms`);
    };

    await bea.leave();
    is(await bea.attribute('#end-page', 'data-code'), 'left', 'Bea left');
    await away(ada, 'Bea', 'Bea left');
    await away(eve, 'Bea', 'Bea left');
    is(await bea.run(() => secmeetWatch.stats().then((s) => s.states.every(
        (state) => state === 'closed'))), true, 'and holds no connection');

    await second.kill();
    ok(await until(async () => (await ada.texts('.tile-wait'))
        .includes('Reconnecting…')), 'who may come back is away');
    await away(ada, EVIL_NAME, "Eve's browser was killed");
    is(await ada.others(), [], 'Ada is alone');
    is(await ada.visible('#invite'), true, 'and is told how to invite');

    await ada.leave();
    is(await ada.attribute('#end-page', 'data-code'), 'left', 'Ada left');
}
