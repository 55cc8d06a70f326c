/**
 * Starts browsers: Chromium by Playwright, Firefox by Puppeteer over
 * WebDriver BiDi.  Both give pages with the same few functions (person.mjs).
 */

import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import puppeteer from 'puppeteer-core';
import { Person } from './person.mjs';

const CHROMIUM = process.env.SECMEET_CHROMIUM ?? '/usr/bin/chromium';
const FIREFOX = process.env.SECMEET_FIREFOX ?? '/usr/bin/firefox-esr';
const LANGUAGE = 'en-US';

const CHROMIUM_FLAGS = [
    '--disable-gpu', '--disable-quic', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--no-first-run',
    '--autoplay-policy=no-user-gesture-required',
    '--allow-loopback-in-peer-connection',
];

const DEVICES = ['--use-fake-device-for-media-stream=fps=15'];

const CONSENT = [
    '--use-fake-ui-for-media-stream',
    '--auto-select-desktop-capture-source=Entire',
];

const FIREFOX_PREFS = {
    'media.navigator.streams.fake': true,
    'media.navigator.permission.disabled': true,
    'media.autoplay.default': 0,
    'media.autoplay.blocking_policy': 0,
    'media.peerconnection.ice.loopback': true,
    'permissions.default.camera': 1,
    'permissions.default.microphone': 1,
    'network.captive-portal-service.enabled': false,
    'network.connectivity-service.enabled': false,
};

/**
 * @param {object} [options]
 * @param {boolean} [options.devices]  is there a camera and a microphone?
 * @param {boolean} [options.consent]  does everybody say yes?  Otherwise
 *     only a context with the permissions does
 * @param {string[]} [options.within]  a command that runs it elsewhere
 * @returns {Promise<Chromium>}
 */
export async function startChromium({ devices = true, consent = true,
                                      within = [] } = {})
{
    const server = await chromium.launchServer({
        executablePath: within.length ? wrapped(within, CHROMIUM) : CHROMIUM,
        headless: true,
        args: [...CHROMIUM_FLAGS, ...(devices ? DEVICES : []),
               ...(consent ? CONSENT : [])],
    });

    return new Chromium(server, await chromium.connect(server.wsEndpoint()));
}

let wrappers = 0;

/**
 * @param {string[]} command
 * @param {string} program
 * @returns {string} a program that runs it by the command
 */
function wrapped(command, program) {
    const path = join(tmpdir(), `wrapped-${++wrappers}`);

    writeFileSync(path, `#!/bin/sh\nexec ${command.join(' ')} ${program} "$@"`
                        + '\n', { mode: 0o755 });
    return path;
}

class Chromium {
    #server;
    #browser;

    constructor(server, browser) {
        this.#server = server;
        this.#browser = browser;
    }

    /**
     * @param {string} name
     * @param {object} [options] of Playwright's newContext
     * @param {MediaTrackConstraints} [camera]
     * @returns {Promise<Person>}
     */
    async person(name, options = {}, camera = undefined) {
        const context = await this.#browser.newContext({
            ignoreHTTPSErrors: true, locale: LANGUAGE,
            viewport: { width: 1000, height: 700 }, ...options,
        });

        const page = await context.newPage();
        const person = new Person(name, page, (f, arg) =>
            page.evaluate(f, arg));

        person.addScript = (f, arg) => context.addInitScript(f, arg);
        await person.prepare(person.addScript, camera);
        page.on('websocket', (socket) => person.asked('GET', socket.url()));
        person.closing = () => context.close();

        return person;
    }

    /** The way of a crash. */
    async kill() {
        const child = this.#server.process();

        await new Promise((resolve) => {
            child.once('exit', resolve);
            child.kill('SIGKILL');
        });
    }

    async close() {
        await this.#browser.close();
        await this.#server.close();
    }
}

/** @returns {Promise<Firefox>} */
export async function startFirefox() {
    const start = () => puppeteer.launch({
        browser: 'firefox', executablePath: FIREFOX, headless: true,
        acceptInsecureCerts: true, extraPrefsFirefox: FIREFOX_PREFS,
        defaultViewport: { width: 1000, height: 700 },
    });

    /* one start of thirty fails on a slow machine */
    return new Firefox(await start().catch(start));
}

class Firefox {
    #browser;

    constructor(browser) {
        this.#browser = browser;
    }

    /**
     * @param {string} name
     * @param {object} [options] there are none
     * @param {MediaTrackConstraints} [camera]
     * @returns {Promise<Person>}
     */
    async person(name, options = {}, camera = undefined) {
        const page = await this.#browser.newPage();
        const person = new Person(name, page, (f, arg) =>
            page.evaluate(f, arg));

        person.addScript = (f, arg) => page.evaluateOnNewDocument(f, arg);
        await person.prepare(person.addScript, camera);

        person.closing = () => page.close();

        return person;
    }

    async close() {
        await this.#browser.close();
    }
}
