/**
 * A firewall lets no UDP through: from the beginning, and from some moment
 * in the meeting on.
 *
 *     node firewall.mjs URL OPTIONS
 *
 * OPTIONS, as JSON: away: the command that runs something at the other end
 * of the link; behind: is this end behind the firewall?
 */

import { startChromium, startFirefox } from './lib/browsers.mjs';
import { seenSoon } from './lib/first.mjs';
import { figure, ok, please, run } from './lib/tap.mjs';
import { sleep, until } from './lib/wait.mjs';

const [url, json] = process.argv.slice(2);
const { away, behind } = JSON.parse(json);
const what = behind ? 'Firefox without UDP' : 'Chromium without UDP';
const BACK_MS = 30000;

/* the page knows by then what comes in this meeting */
const STEADY_MS = 5000;

await run(async (later) => {
    const home = await startChromium({ within: behind ? away : [] });

    later(() => home.close());

    const wall = behind ? await startFirefox()
                        : await startChromium({ within: away });

    later(() => wall.close());

    const ada = await home.person('Ada');
    const bea = await wall.person('Bea');

    await ada.open(url);

    const link = await ada.start();

    await please('block', 1);
    await bea.join(link);
    await seenSoon(bea, ada, what);
    await uses(bea, 'tcp');
    await uses(ada, 'udp');

    /* and where it was not blocked at first */

    await bea.leave();
    await please('block', 0);
    await bea.join(link);
    await see(bea, ada, `${what}, later`);
    await uses(bea, 'udp');

    await sleep(STEADY_MS);
    await please('block', 1);

    const from = Date.now();

    await uses(bea, 'tcp');
    await see(bea, ada, `${what} from now on`);

    figure(`${what} from now on: pictures both ways after `
           + `${Date.now() - from} ms`);
});

/** New pictures come, both ways. */
async function see(a, b, when) {
    for (const [p, other] of [[a, b], [b, a]]) {
        const frames = (await p.tile(other.name))?.frames ?? 0;

        ok(await until(async () =>
            (await p.tile(other.name))?.frames > frames + 5, BACK_MS),
           `${when}: ${p.name} sees ${other.name}`);
    }
}

/** Media goes by that and by nothing else. */
async function uses(person, protocol) {
    let paths;

    ok(await until(async () => {
        ({ paths } = await person.stats());

        return paths.length > 0 && paths.every((p) => p === protocol);
    }, BACK_MS), `${what}: ${person.name}'s media goes by ${protocol}`, paths);
}
