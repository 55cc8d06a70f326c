/**
 * Meetings by keyboard, on a phone, and for screen readers.
 *
 *     node accessible.mjs URL
 */

import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { startChromium } from './lib/browsers.mjs';
import { is, note, ok, run } from './lib/tap.mjs';
import { sleep, until } from './lib/wait.mjs';

const url = process.argv[2];
const axe = readFileSync(
    createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const PHONE = { width: 360, height: 640 };
const GRAVE = ['serious', 'critical'];

await run(async (later) => {
    const chromium = await startChromium();

    later(() => chromium.close());

    const guest = await chromium.person('Gus');

    await keyboard(await chromium.person('Kim'), guest);
    await phone(await chromium.person('Pam', {
        viewport: PHONE, isMobile: true, hasTouch: true,
    }), guest);

    for (const colorScheme of ['light', 'dark']) {
        await rules(await chromium.person('Ann', { colorScheme }), guest,
                    colorScheme);
    }
});

/** From the first page to the last without a mouse. */
async function keyboard(p, guest) {
    const enter = async (selector) => {
        await p.tabTo(selector);
        ok(await p.run(visibleFocus),
           `the focus on "${selector.slice(1)}" is seen`);
        await p.press('Enter');
    };

    await p.open(url);
    await enter('#start');
    await p.shows('join');
    await p.tabTo('#name');
    await p.page.keyboard.type(p.name);
    await enter('#join');
    await p.shows('room');
    ok(await p.focused('#mic'), 'the controls have the focus');

    const link = await p.value('#link');

    await guest.join(link);

    await p.press('Enter');
    is(await p.attribute('#mic', 'aria-pressed'), 'false', 'muted');
    await p.press('Space');
    is(await p.attribute('#mic', 'aria-pressed'), 'true', 'unmuted');

    await enter('#chat');
    ok(await p.focused('#chat-input'), 'the chat has the focus');
    await p.page.keyboard.type('by keyboard');
    await p.press('Enter');
    await guest.click('#chat');
    ok(await until(async () => (await guest.texts('.chat-line p'))
        .includes('by keyboard')), 'a line is written');
    await p.press('Escape');
    ok(await p.focused('#chat'), 'Escape closes the chat');
    is(await p.visible('#chat-panel'), false, 'it is closed');

    /* a host's work */

    await enter('#people');
    await enter('.person [data-act=menu]:not([hidden])');
    await enter('.person-acts:not([hidden]) [data-act=silence]');
    ok(await until(() => guest.visible('#mic[data-silenced]')),
       'somebody is silenced');
    await until(async () => (await p.texts('[data-act=silence]'))
        .includes('Let speak'));
    await p.press('Enter');
    ok(await until(async () => !await guest.visible('#mic[data-silenced]')),
       'and may speak');
    await enter('.person-acts:not([hidden]) [data-act=kick]');
    ok(await p.visible('#kick-dialog'), 'one is asked first');
    await p.press('Escape');
    ok(await p.focused('[data-act=kick]'), 'and is back where one was');
    await p.press('Escape');
    ok(await p.focused('#people'), 'Escape closes the list');

    await enter('#host');
    await p.tabTo('#host-lock');
    await p.press('Space');
    ok(await until(() => p.run(() =>
        document.querySelector('#host-lock').checked)), 'the lock is on');
    await p.press('Space');
    ok(await until(() => p.run(() =>
        !document.querySelector('#host-lock').checked)), 'and off');
    await enter('#invite-make');
    await p.see('.invitation');
    await p.press('Escape');
    ok(await p.focused('#host'), 'Escape closes the host controls');

    await enter('#share');
    ok(await p.visible('#share-dialog'), 'the invitation is open');
    await p.press('Escape');
    ok(await p.focused('#share'), 'Escape closes it');

    await enter('#leave');
    await p.shows('end');
    ok(await p.focused('.end-title'), 'the end is announced');
    await enter('#again');
    await p.shows('start');
    await guest.leave();
    await p.close();
}

/** Runs in the page: can one see what has the focus? */
function visibleFocus() {
    const style = getComputedStyle(document.activeElement);

    return document.activeElement.matches(':focus-visible')
        && (style.outlineStyle !== 'none' || style.boxShadow !== 'none');
}

/** Nothing is cut off, everything can be touched. */
async function phone(p, guest) {
    const fits = async (what) => {
        await sleep(300);

        const { wide, cut, covered } = await p.run(reach);

        ok(wide <= PHONE.width, `${what} is not wider than a phone`, wide);
        is(cut, [], `${what}: no control is cut off`);
        is(covered, [], `${what}: no control is covered`);
    };

    await p.open(url);
    await fits('the start page');
    await p.click('summary');
    await p.type('#new-password', 'secret');
    await fits('the start page with a password');
    await p.run(() => { document.querySelector('#new-password').value = ''; });
    await p.click('#start');
    await p.ready();
    await fits('the preview');
    await p.enter();
    await fits('an empty meeting');

    await guest.join(await p.value('#link'));
    await until(() => p.others().then((o) => o.length > 0));
    await p.page.evaluate(() => document.querySelectorAll('.notice-close')
        .forEach((e) => e.click()));
    await fits('a meeting');

    const chat = '#chat-panel .panel-close';

    await p.click('#chat');
    await p.type('#chat-input', 'from a phone');
    await p.click('#chat-send');
    await fits('the chat');
    await p.click(chat);
    await p.click('#people');
    await fits('the list of people');
    await p.click('.person [data-act=menu]:not([hidden])');
    await fits('what to do about somebody');
    await p.click('#host-open');
    await p.click('#host-lobby');
    await p.click('#invite-make');
    await p.see('.invitation');
    await p.run(() => document.querySelectorAll('.notice-close').forEach(
        (e) => e.click()));
    await fits('the host controls');

    const link = await p.value('#share-link');

    await guest.leave();
    await guest.open(link);
    await guest.ready();
    await guest.click('#join');
    await guest.shows('lobby');
    await p.notice('knock');
    await p.run(() => document.querySelectorAll('.notice-close').forEach(
        (e) => e.click()));
    await p.click('#host-panel .panel-close');
    await p.click('#people');
    await p.see('.knocker');
    await p.run(() => document.querySelectorAll('.notice-close').forEach(
        (e) => e.click()));
    await fits('the lobby');
    await p.click('.knocker [data-act=admit]');
    await guest.shows('room');
    await p.run(() => document.querySelectorAll('.notice-close').forEach(
        (e) => e.click()));
    await p.click('#people-panel .panel-close');
    await p.click('#share');
    await fits('the invitation');
    await p.press('Escape');
    await p.click('#settings');
    await fits('the devices');
    await p.press('Escape');

    await guest.click('#screen');
    await until(async () => (await p.tile(guest.name, 'screen'))?.frames > 1);
    await fits('a shared screen');
    await p.leave();
    await fits('the end page');
    await guest.leave();
    await p.close();
}

/** Runs in the page: what does a finger not get at? */
function reach() {
    const dialog = document.querySelector('dialog[open]');
    const controls = [...(dialog ?? document).querySelectorAll(
        'button, input, select, textarea, summary')]
        .filter((e) => e.checkVisibility());

    const nameOf = (e) => e.id || e.className || e.tagName;
    const cut = [];
    const covered = [];

    for (const e of controls) {
        e.scrollIntoView({ block: 'nearest' });

        const { left, right, top, bottom } = e.getBoundingClientRect();
        const at = document.elementFromPoint((left + right) / 2,
                                             (top + bottom) / 2);

        /* scrolling stops at whole pixels */
        if (left < -1 || right > innerWidth + 1
            || top < -1 || bottom > innerHeight + 1)
        {
            cut.push(nameOf(e));

        } else if (!e.contains(at)) {
            covered.push(`${nameOf(e)} by ${at && nameOf(at)}`);
        }
    }

    return { wide: document.documentElement.scrollWidth, cut, covered };
}

/** The rules of axe-core. */
async function rules(p, guest, scheme) {
    await p.page.addInitScript(axe);

    const check = async (what) => {
        /* colors are measured when nothing moves any more */
        await p.run(() => Promise.all(document.getAnimations().map(
            (a) => a.finished.catch(() => {}))));

        const found = await p.run(async () => {
            const { violations } = await globalThis.axe.run();

            return violations.map((v) => ({
                impact: v.impact, id: v.id,
                where: v.nodes.map((n) => n.target.join(' ')),
            }));
        });

        is(found.filter((v) => GRAVE.includes(v.impact)), [],
           `${what}, ${scheme}: no grave violation`);

        found.forEach((v) => note(`${what}: ${v.impact} ${v.id} ${v.where}`));
    };

    await p.open(url);
    await check('start');
    await p.click('summary');
    await p.type('#new-password', 'secret');
    await check('start with a password');
    await p.run(() => { document.querySelector('#new-password').value = ''; });
    await p.click('#new-lobby');
    await p.click('#start');
    await p.ready();
    await check('preview');
    await p.enter();
    await check('alone in a meeting');
    await guest.open(await p.value('#link'));
    await guest.ready();
    await guest.click('#join');
    await guest.shows('lobby');
    await p.notice('knock');
    await p.click('#people');
    await check('lobby');
    await p.click('.knocker [data-act=admit]');
    await guest.shows('room');
    await p.click('#people');
    await until(() => p.others().then((o) => o.length > 0));
    await check('meeting');
    await p.click('#chat');
    await p.type('#chat-input', 'Hello');
    await p.press('Enter');
    await check('chat');
    await p.click('#people');
    await check('people');
    await p.click('.person [data-act=menu]:not([hidden])');
    await check('what to do about somebody');
    await p.click('.person-acts:not([hidden]) [data-act=kick]');
    await check('a question');
    await p.press('Escape');
    await p.click('#host');
    await p.click('#invite-make');
    await p.see('.invitation');
    await p.type('#host-new-password', 'correct horse');
    await check('host controls');
    await p.click('#settings');
    await check('devices');
    await p.press('Escape');
    await p.click('#share');
    await check('invitation');
    await p.press('Escape');
    await p.leave();
    await check('end');
    await guest.leave();
    await p.close();
}
