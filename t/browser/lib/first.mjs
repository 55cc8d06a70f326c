/**
 * How soon people see each other.
 */

import { firstFrame } from './pace.mjs';
import { figure, ok } from './tap.mjs';
import { until } from './wait.mjs';

export const GOAL_MS = 2000;

/* a small machine that runs three browsers at once is slower */
const SOON_MS = 4000;

/**
 * The first picture both ways, from the click of who joins.
 *
 * @param {Person} newcomer
 * @param {Person} other
 * @param {string} way for the names of the checks
 */
export async function seenSoon(newcomer, other, way) {
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
