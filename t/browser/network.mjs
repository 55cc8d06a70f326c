/**
 * A meeting on bad networks: what somebody behind one sees and hears, as a
 * table.  A third person, with a good one, must not be affected.
 *
 *     node network.mjs URL OPTIONS
 *
 * OPTIONS, as JSON: scenarios: their names; away: the command that runs
 * something at the other end of the link; behind: is this end the bad one?
 * codec and mode: what cameras are sent with, where the browser has it, or
 * null.  Firefox runs at this end, since it is driven by a socket.
 */

import { startChromium, startFirefox } from './lib/browsers.mjs';
import { heard, seconds, seen, sentFps, timeUntil } from './lib/figures.mjs';
import { meter } from './lib/meter.mjs';
import { figure, note, ok, please, run } from './lib/tap.mjs';
import { sleep, until } from './lib/wait.mjs';

const [url, json] = process.argv.slice(2);
const options = JSON.parse(json);

const CAMERA = JSON.parse(process.env.SECMEET_CAMERA
                          ?? '{"width":960,"height":540,"frameRate":15}');
const { codec: CODEC, mode: MODE } = options;
const SECONDS = Number(process.env.SECMEET_SECONDS ?? 20);
const SETTLE_MS = Number(process.env.SECMEET_SETTLE ?? 8) * 1000;
const TOP_MS = 20000;

/**
 * Seconds of stall, percent of sound and shares of frames and time that are
 * nobody's fault: several browsers share one machine.  What the third person
 * has of them comes on top: it was not the network.  The rows that are
 * printed tell the figures; what is refused here is broken, and so it is
 * broken each time: a machine that was busy is given another chance.
 */
const STALLS = 1;
const CONCEALED = 1.5;
const FRAMES = 0.06;
const TIMES = 2.5;
const CHANCES = 2;

const GOOD = { rate: 0, queue: 0, delay: 10, jitter: 0, loss: 0, burst: 0 };
const FAST = { rate: 5000000, queue: 150000 };
const SLOW = { rate: 500000, queue: 30000 };

/**
 * What is worse than GOOD, for whom: the one who looks on (down) or the one
 * who is seen (up); what is wanted at least or at most: share of the frames,
 * seconds of stall, percent of concealed sound.
 */
const SCENARIOS = {
    'clean': { goal: [0.98, 0, 0.3] },
    'loss-5-down': { down: { loss: 5 }, goal: [0.98, 0, 0.5] },
    'loss-10-down': { down: { loss: 10 }, goal: [0.9, 0, 1] },
    'loss-10-up': { up: { loss: 10 }, goal: [0.92, 0, 1] },
    'rate-500-down': { down: SLOW, goal: [0.95, 0, 0.3] },
    'jitter-down': { down: { delay: 100, jitter: 30 }, goal: [0.99, 0, 0.3] },
    'delay-down': { down: { delay: 200 }, goal: [0.98, 0, 0.3] },
    'jitter-up': { up: { delay: 100, jitter: 30 }, goal: [0.95, 0, 0.3] },
    'step': { step: true, goal: [1500, 3000, 0.3] },
};

await run(async (later) => {
    const names = options.scenarios;
    const chromium = await startChromium(
        { within: options.behind ? options.away : [] });

    later(() => chromium.close());

    const other = options.behind
        ? await startFirefox()
        : await startChromium({ within: options.away });

    later(() => other.close());

    const make = async (browser, name) => {
        const person = await browser.person(name, {}, CAMERA);

        await person.addScript(meter, { codec: CODEC, mode: MODE });
        return person;
    };

    const good = await make(chromium, 'Ada');
    const bad = await make(other, 'Bea');
    const third = await make(chromium, 'Cy');

    await set(GOOD, GOOD);
    await good.open(url);

    const link = await good.start();

    await bad.join(link);
    await third.join(link);

    /* one is seen and heard at a time */
    await third.click('#mic');
    await third.click('#cam');
    await quiet(bad);

    let up = false;

    for (const name of names) {
        const scenario = SCENARIOS[name];

        if (!scenario) {
            ok(false, `there is a scenario ${name}`, Object.keys(SCENARIOS));
            continue;
        }

        if (up !== Boolean(scenario.up)) {
            up = !up;
            await quiet(good);
            await quiet(bad);
        }

        const people = up ? { from: bad, to: good, third }
                          : { from: good, to: bad, third };

        const what = (options.behind ? 'firefox, ' : '') + name
                     + [CODEC, MODE].filter(Boolean).map((s) => ', ' + s)
                                    .join('');

        await chances(what, scenario, people);
    }

    for (const p of [good, bad, third]) {
        ok(p.complaints.length === 0, `the console of ${p.name} is silent`,
           p.complaints);
    }
});

/** What it comes to the first time that nothing is missed, or the last. */
async function chances(name, scenario, people) {
    let checks;

    for (let n = 0; n < CHANCES; n++) {
        await set(GOOD, GOOD);
        await ready(people);

        checks = await (scenario.step ? step : steady)(name, scenario, people);

        const missed = checks.filter(([met]) => !met);

        if (missed.length === 0) {
            break;
        }

        figure(`  missed: ${missed.map(([, what]) => what).join('; ')}`);
    }

    for (const [met, what, why] of checks) {
        ok(met, `${name}: ${what}`, why);
    }
}

/** Microphone and camera: off if they are on, on if they are off. */
async function quiet(person) {
    await person.click('#mic');
    await person.click('#cam');
}

async function set(up, down) {
    await please('link', JSON.stringify({ way: 'up', ...up }));
    await please('link', JSON.stringify({ way: 'down', ...down }));
}

/** The picture is there, and as large as it gets. */
async function ready({ from, to, third }) {
    for (const p of [to, third]) {
        const there = await until(async () => {
            const before = await frames(p, from);
            await sleep(500);
            return await frames(p, from) > before + 3;
        }, 20000);

        ok(there, `${p.name} sees ${from.name}`, await p.tile(from.name));
    }

    await sleep(SETTLE_MS);
}

async function frames(person, from) {
    return (await person.tile(from.name))?.frames ?? 0;
}

function rows(person) {
    return person.run(() => secmeetMeter.rows());
}

async function begin(person, from) {
    const { track } = await person.tile(from.name);

    await person.run((t) => { secmeetMeter.begin(t); }, track);
}

function end(person) {
    return person.run(() => secmeetMeter.end());
}

/** What is wanted, and why not: [met, what, the figures]. */
async function steady(name, scenario, { from, to, third }) {
    await set({ ...GOOD, ...scenario.up }, { ...GOOD, ...scenario.down });
    await sleep(SETTLE_MS);

    const all = [from, to, third];

    await begin(to, from);
    await begin(third, from);

    const before = await Promise.all(all.map(rows));

    await sleep(SECONDS * 1000);

    const after = await Promise.all(all.map(rows));
    const samples = [await end(to), await end(third)];
    const sent = sentFps(before[0], after[0]);

    const [of, beside] = [1, 2].map((i) => ({
        ...seen(samples[i - 1], before[i].at, after[i].at),
        ...heard(before[i], after[i]),
    }));

    await set(GOOD, GOOD);

    const [ratio, stalled, concealed] = scenario.goal;

    figure(row(name, `${(of.fps / sent).toFixed(2)} / `
        + `${of.stalled.toFixed(1)} / ${of.concealed.toFixed(1)}`,
        scenario.goal.join(' / '), `${after[0].codecs.join(', ')}, sent `
        + `${sent.toFixed(1)} fps; heights `
        + `${of.heights.join(' ')}, switches ${of.switches}; `
        + `${more(before, after, of)}`));

    note(row('  beside it', `${(beside.fps / sent).toFixed(2)} / `
        + `${beside.stalled.toFixed(1)} / ${beside.concealed.toFixed(1)}`,
        '', `heights ${beside.heights.join(' ')}`));
    note('  each second: ' + seconds(samples[0], before[1].at));

    /* what comes up badly is bad for everybody */
    const noise = scenario.up ? { stalled: 0, concealed: 0 } : beside;

    return [
        sentWith(after[0]),
        [sent > 0 && of.fps / sent >= ratio - FRAMES,
         `at least ${ratio} of the frames`, of],
        [of.stalled <= stalled + STALLS + noise.stalled,
         `at most ${stalled} s of stall`, of],
        [of.concealed <= concealed + CONCEALED + noise.concealed,
         `at most ${concealed} % of the sound made up`, of],
        ...scenario.up ? [] : [[beside.fps / sent > 0.9
            && beside.concealed < 2 && beside.stalled < SECONDS / 5,
            'nobody else is affected', beside]],
    ];
}

/** @param {any} from the rows of who sends */
function sentWith({ codecs }) {
    return [codecs.length > 0 && codecs.every((c) => !CODEC
            || c.toLowerCase().startsWith(`video/${CODEC.toLowerCase()}`)),
            `it is sent with ${CODEC ?? 'any codec'}`, codecs];
}

/** Of the receiver: what may explain the figures. */
function more([, before], [, after], of) {
    const video = (all, field) => all.rtp
        .filter((r) => r.type === 'inbound-rtp' && r.kind === 'video')
        .reduce((n, r) => n + (r[field] ?? 0), 0);
    const grew = (field) => video(after, field) - video(before, field);

    return `freezes ${grew('totalFreezesDuration').toFixed(1)} s, `
        + `${(grew('bytesReceived') / 125 / SECONDS).toFixed(0)} kbit/s, `
        + `packets ${grew('packetsReceived')}, lost ${grew('packetsLost')}, `
        + `nack ${grew('nackCount')}, `
        + `rtx ${grew('retransmittedPacketsReceived')}, `
        + `frames ${grew('framesReceived')}, `
        + `dropped ${grew('framesDropped')}, `
        + `${(1000 * grew('jitterBufferDelay')
              / Math.max(1, grew('jitterBufferEmittedCount'))).toFixed(0)} `
        + `ms late, `
        + `pli ${grew('pliCount')}, keys ${grew('keyFramesDecoded')}; `
        + `voice ${of.silent.toFixed(1)} % with silence, `
        + `${of.delay.toFixed(0)} ms late`;
}

async function step(name, scenario, { from, to, third }) {
    const [lowGoal, topGoal, goal] = scenario.goal;

    await set(GOOD, { ...GOOD, ...FAST });
    await begin(to, from);
    await begin(third, from);
    await sleep(5000);

    const height = async () =>
        (await to.run(() => secmeetMeter.samples().at(-1)))?.height;
    const top = await height();
    const thirdBefore = await rows(third);
    const before = await rows(to);
    const down = Date.now();

    await set(GOOD, { ...GOOD, ...SLOW });
    await sleep(SECONDS * 1000);

    const middle = await rows(to);
    const up = Date.now();

    await set(GOOD, { ...GOOD, ...FAST });
    await until(async () => await height() >= top, TOP_MS);
    await sleep(1000);

    const sender = await rows(from);
    const after = await rows(to);
    const thirdAfter = await rows(third);
    const samples = await end(to);
    const beside = { ...seen(await end(third), thirdBefore.at, thirdAfter.at),
                     ...heard(thirdBefore, thirdAfter) };

    await set(GOOD, GOOD);

    const low = timeUntil(samples, down, (s) => s.height < top);
    const back = timeUntil(samples, up, (s) => s.height >= top);
    const { concealed } = heard(before, after);
    const slow = seen(samples, before.at, middle.at);

    figure(row(name, `${ms(low)}; ${concealed.toFixed(1)} %; ${ms(back)}`,
        `${ms(lowGoal)}; ${goal} %; ${ms(topGoal)}`,
        `top ${top}; while slow ${slow.fps.toFixed(1)} fps, `
        + `stalled ${slow.stalled.toFixed(1)} s, heights `
        + `${slow.heights.join(' ')}, switches ${slow.switches}, concealed `
        + `${heard(before, middle).concealed.toFixed(1)} %`));

    note('  each second from the drop on: ' + seconds(samples, down));

    return [
        sentWith(sender),
        [low !== null && low <= lowGoal * TIMES, 'a low layer in time', low],
        [low !== null && back !== null && back <= topGoal * TIMES,
         'the top layer is back in time', back],
        [concealed <= goal + CONCEALED + beside.concealed, 'the sound stays',
         concealed],
        [beside.stalled < SECONDS / 5 && beside.concealed < 2,
         'nobody else is affected', beside],
    ];
}

function ms(n) {
    return n === null ? 'never' : `${(n / 1000).toFixed(1)} s`;
}

function row(name, ours, goal, rest) {
    return `${name.padEnd(24)} | ${ours.padEnd(24)} | ${goal.padEnd(20)} | `
           + rest;
}
