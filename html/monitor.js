/**
 * Watches one meeting's connections, for what the page says of them.
 * No DOM.
 */

import { Troubles, Weak, ownLevel } from './quality.js';
import { flowOf, pathOf } from './stats.js';

/**
 * @typedef {object} Mark of one person
 * @property {number} level  1 to 4, see PROTOCOL.md; 0: not known
 * @property {boolean} weak  for a while now
 * @property {boolean} bad   for a while now
 */

export class Monitor {
    #troubles = new Troubles();
    #weak = new Weak();

    /** @type {string[]} codes of failure.js, what matters most first */
    troubles = [];

    /** @type {Map<string, Mark>} by peer, oneself included */
    marks = new Map();

    /** @param {import('./meeting.js').Meeting} meeting */
    async look(meeting) {
        const reports = await meeting.stats();
        const { quality, you, peers } = meeting.state;
        const now = performance.now();

        this.troubles = this.#troubles.input({
            quality, path: pathOf(reports),
            limited: flowOf(reports, 'outbound').limited,
            udp: (meeting.candidates ?? []).some(
                (c) => c.protocol === 'udp'),
        }, now);

        const levels = new Map(peers.map(
            ({ peer }) => [peer, quality?.peers[peer] ?? 0]));

        levels.set(you, ownLevel(quality));

        const weak = this.#weak.input(levels, now);

        this.marks = new Map([...levels].map(([peer, level]) => [peer, {
            level, weak: false, bad: false, ...weak.get(peer),
        }]));
    }
}
