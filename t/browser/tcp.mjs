/**
 * A meeting of Chromium and Firefox where media has no way but TCP.
 *
 *     node tcp.mjs URL NAME
 */

import { startChromium, startFirefox } from './lib/browsers.mjs';
import { seenSoon } from './lib/first.mjs';
import { is, ok, run } from './lib/tap.mjs';
import { sleep } from './lib/wait.mjs';

const [url, way] = process.argv.slice(2);

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
    await seenSoon(bea, ada, way);
    await cay.join(link);
    await seenSoon(cay, ada, way);
    await seenSoon(cay, bea, way);

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
