/**
 * A meeting of Chromium and Firefox where media has no way but TCP.
 *
 *     node tcp.mjs URL NAME
 */

import { startChromium, startFirefox } from './lib/browsers.mjs';
import { firstFrame } from './lib/pace.mjs';
import { figure, is, ok, run } from './lib/tap.mjs';
import { sleep, until } from './lib/wait.mjs';

const [url, way] = process.argv.slice(2);

const GOAL_MS = 2000;
const SOON_MS = 4000;
const SECONDS = 3;

await run(async (later) => {
    const [chromium, firefox] = await Promise.all([
        startChromium(), startFirefox()]);

    later(() => firefox.close());
    later(() => chromium.close());

    const ada = await chromium.person('Ada');
    const bea = await firefox.person('Bea');
    const cay = await chromium.person('Cay');

    await ada.open(url);

    const link = await ada.start();

    await bea.join(link);
    await soon(bea, ada);
    await cay.join(link);
    await soon(cay, ada);
    await soon(cay, bea);

    const all = [ada, bea, cay];

    for (const p of all) {
        const { paths } = await p.stats();

        ok(paths.length > 0 && paths.every((path) => path === 'tcp'),
           `${way}: ${p.name}'s media goes by TCP`, paths);
    }

    const before = await Promise.all(all.map((p) => p.stats()));

    await sleep(SECONDS * 1000);

    const after = await Promise.all(all.map((p) => p.stats()));

    all.forEach((p, i) => {
        for (const other of all.filter((o) => o !== p)) {
            const frames = (stats) => stats.tiles.find(
                (t) => t.name === other.name)?.frames ?? 0;

            ok((frames(after[i]) - frames(before[i])) / SECONDS > 7,
               `${way}: ${p.name} goes on to see ${other.name}`,
               [frames(before[i]), frames(after[i])]);
        }

        ok(after[i].voices.filter((v) => v.playing && v.packets > 50).length
           === 2, `${way}: ${p.name} hears both`, after[i].voices);
    });

    for (const p of all) {
        is(await p.violations(), [], `${way}: nothing was forbidden at `
                                     + p.name);
    }
});

/** The first picture both ways, from the click of who joins. */
async function soon(newcomer, other) {
    for (const [person, seen] of [[newcomer, other], [other, newcomer]]) {
        const first = await until(async () => {
            const tile = await person.tile(seen.name);
            const { samples } = await person.samples();
            const { clicked } = await newcomer.samples();

            return tile && firstFrame(samples, tile.track, clicked);
        }, SOON_MS + 4000);

        const what = `${way}: ${newcomer.name} joined: ${person.name} sees `
                     + `${seen.name}`;

        figure(`${what} after ${first} ms, the goal is ${GOAL_MS}`);
        ok(first > 0 && first < SOON_MS, what, first);
    }
}
