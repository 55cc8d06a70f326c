/**
 * Somebody's network changes in a meeting: the interface has another
 * address.  How long is there no picture?
 *
 *     node roam.mjs URL OPTIONS
 *
 * OPTIONS, as JSON: away: the command that runs something at the other end
 * of the link; behind: is this end the one that moves?  addresses: where to.
 */

import { startChromium, startFirefox } from './lib/browsers.mjs';
import { longestGap } from './lib/pace.mjs';
import { figure, ok, please, run } from './lib/tap.mjs';
import { sleep, until } from './lib/wait.mjs';

const [url, json] = process.argv.slice(2);
const { away, behind, addresses } = JSON.parse(json);
const GAP_MS = 3000;
const WATCH_MS = 8000;

await run(async (later) => {
    const home = await startChromium({ within: behind ? away : [] });

    later(() => home.close());

    const road = behind ? await startFirefox()
                        : await startChromium({ within: away });

    later(() => road.close());

    const ada = await home.person('Ada');
    const bea = await road.person('Bea');
    const what = behind ? 'Firefox' : 'Chromium';

    await ada.open(url);
    await bea.join(await ada.start());

    for (const [p, other] of [[ada, bea], [bea, ada]]) {
        ok(await until(async () =>
            (await p.tile(other.name))?.frames > 30, 15000),
           `${what}: ${p.name} sees ${other.name}`);
    }

    await sleep(4000);

    for (const address of addresses) {
        const from = Date.now();

        await please('move', address);
        await sleep(WATCH_MS);

        for (const [p, other] of [[bea, ada], [ada, bea]]) {
            const { track } = await p.tile(other.name);
            const { samples } = await p.samples();
            const gap = longestGap(samples, track, from,
                                   from + WATCH_MS - 1000);

            figure(`${what} has moved: ${p.name} is without a picture for `
                   + `${gap} ms`);
            ok(gap <= GAP_MS, `${what} has moved: a picture within `
               + `${GAP_MS} ms at ${p.name}`, `${gap} ms`);
        }
    }

    for (const p of [ada, bea]) {
        ok(await until(async () => (await p.texts('.tile-wait')).every(
            (t) => t === ''), 5000), `${what}: no tile of ${p.name} is dead`,
           await p.texts('.tile-wait'));
    }
});
