/**
 * Takes the picture of a meeting for README: node screenshot.mjs URL FILE
 */

import { startChromium } from './lib/browsers.mjs';
import { portrait } from './lib/portrait.mjs';
import { sleep, until } from './lib/wait.mjs';

const [url, file] = process.argv.slice(2);

const PEOPLE = [
    { name: 'Amara Okafor', wall: ['#d8c3a5', '#a98f6c'], skin: '#8d5a3b',
      hair: '#1f1613', shirt: '#f2b134', cut: 'bun', glasses: false },
    { name: 'Jonas Weber', wall: ['#9db4c0', '#5c7684'], skin: '#eec4a2',
      hair: '#8a5a33', shirt: '#2f4858', cut: 'short', glasses: true },
    { name: 'Mei Tanaka', wall: ['#c9d6b8', '#8ca37a'], skin: '#f0cfa8',
      hair: '#17151a', shirt: '#c8553d', cut: 'long', glasses: false },
    { name: 'Samir Haddad', wall: ['#b9a7c9', '#7d6a94'], skin: '#c68e62',
      hair: '#2a1d18', shirt: '#3d8f87', cut: 'short', glasses: false },
];

const LINES = [
    [1, 'Good morning! Can everybody hear me?'],
    [2, 'Loud and clear.'],
    [3, 'Here too, the picture is fine as well.'],
    [0, 'Then let us begin: the plan for the garden.'],
];

const chromium = await startChromium();

try {
    const people = await Promise.all(PEOPLE.map(async (look) => {
        const person = await chromium.person(look.name, {
            viewport: { width: 1280, height: 760 },
        });

        await person.page.addInitScript(portrait, look);
        return person;
    }));

    const [host, ...guests] = people;

    await host.open(url);

    const link = await host.start();

    for (const guest of guests) {
        await guest.join(link);
    }

    for (const person of people) {
        await person.click('#chat');
    }

    for (const [i, text] of LINES) {
        await people[i].type('#chat-input', text);
        await people[i].press('Enter');
        await until(async () => (await host.texts('.chat-line p'))
            .includes(text));
    }

    const all = await until(async () => {
        const { tiles } = await host.stats();

        return tiles.filter((t) => !t.self && t.frames > 30).length
               === guests.length;
    }, 20000);

    if (!all) {
        throw new Error('not all are seen');
    }

    await guests[0].click('#mic');
    await host.run(() => {
        document.querySelectorAll('.notice-close').forEach((e) => e.click());
        document.activeElement?.blur();
    });
    await sleep(500);
    await host.page.screenshot({ path: file });

    for (const person of people) {
        await person.leave();
    }

} finally {
    await chromium.close();
}
