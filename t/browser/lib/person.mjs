/**
 * One page, and what somebody does with it.  Knows the handles that
 * index.html promises, nothing else of the page.
 */

import { until } from './wait.mjs';
import { watch } from './watch.mjs';

const SMALL_CAMERA = { width: 320, height: 180, frameRate: 15 };

export class Person {
    name;
    page;

    /** @type {{method: string, url: string}[]} all that was asked for */
    requests = [];

    /** @type {string[]} errors and warnings in the console */
    complaints = [];

    /** @type {() => Promise<void>} */
    closing = async () => {};

    /**
     * Has something run in the page before its own scripts.
     *
     * @type {(f: Function, arg: unknown) => Promise<unknown>}
     */
    addScript = async () => {};

    #evaluate;

    /**
     * @param {string} name
     * @param {any} page of Playwright or Puppeteer
     * @param {(f: Function, arg: unknown) => Promise<any>} evaluate
     */
    constructor(name, page, evaluate) {
        this.name = name;
        this.page = page;
        this.#evaluate = evaluate;

        page.on('request', (r) => this.asked(r.method(), r.url()));
        page.on('pageerror', (e) => this.complaints.push(e.stack ?? e.message));
        page.on('console', (m) => {
            if (['error', 'warning', 'warn', 'assert'].includes(m.type())) {
                this.complaints.push(m.text());
            }
        });
    }

    /**
     * @param {(f: Function, arg: unknown) => Promise<unknown>} addScript
     * @param {MediaTrackConstraints | null} [camera]
     */
    async prepare(addScript, camera = SMALL_CAMERA) {
        await addScript(watch, { camera });
    }

    /**
     * @param {string} method
     * @param {string} url
     */
    asked(method, url) {
        this.requests.push({ method, url });
    }

    /** @param {string} url */
    async open(url) {
        await this.page.goto(url);
        await this.shows('start', 'join', 'problem');
    }

    /**
     * @param {...string} pages see body[data-page] in index.html
     * @returns {Promise<string>} the one that is shown
     */
    async shows(...pages) {
        const on = () => this.run(() => document.body?.dataset.page);
        const found = await until(async () => {
            const is = await on();
            return pages.includes(is) && is;
        }, 15000);

        if (!found) {
            throw new Error(`${this.name} does not see ${pages.join(' or ')} `
                            + `but ${await on()} `
                            + await this.run(() => [...document.
                                querySelectorAll('.notice, #join-problem')]
                                .map((e) => e.dataset.code ?? '').join(' ')));
        }

        return found;
    }

    /**
     * @param {Function} f runs in the page
     * @param {unknown} [arg]
     */
    run(f, arg) {
        return this.#evaluate(f, arg);
    }

    /** @param {string} selector */
    visible(selector) {
        return this.run((s) => [...document.querySelectorAll(s)].some(
            (e) => e.checkVisibility()), selector);
    }

    /** @param {string} selector */
    async see(selector) {
        if (!await until(() => this.visible(selector), 10000)) {
            throw new Error(`${this.name} does not see ${selector}`);
        }
    }

    /** @param {string} selector */
    async click(selector) {
        await this.see(selector);
        await this.page.click(selector);
    }

    /**
     * @param {string} selector
     * @param {string} text
     */
    async type(selector, text) {
        await this.see(selector);
        await this.page.focus(selector);
        await this.page.keyboard.type(text);
    }

    /** @param {string} key */
    press(key) {
        return this.page.keyboard.press(key);
    }

    /**
     * @param {string} selector
     * @returns {Promise<string[]>} of all that match and are shown
     */
    texts(selector) {
        return this.run((s) => [...document.querySelectorAll(s)]
            .filter((e) => e.checkVisibility()).map((e) => e.textContent),
            selector);
    }

    /**
     * @param {string} selector
     * @param {string} attribute
     * @returns {Promise<string | null>}
     */
    attribute(selector, attribute) {
        return this.run(([s, a]) =>
            document.querySelector(s)?.getAttribute(a) ?? null,
            [selector, attribute]);
    }

    /** @param {string} selector */
    value(selector) {
        return this.run((s) => document.querySelector(s).value, selector);
    }

    /**
     * Starts a meeting from the first page.
     *
     * @param {string} [password]
     * @returns {Promise<string>} its link
     */
    async start(password = '') {
        await this.see('#start');

        if (password !== '') {
            await this.click('summary');
            await this.type('#new-password', password);
        }

        await this.click('#start');
        await this.ready();
        await this.enter();

        return this.value('#link');
    }

    /** @param {string} link */
    async join(link) {
        await this.open(link);
        await this.ready();
        await this.enter();
    }

    /** Until the preview is there, with its camera if there is one. */
    async ready() {
        await this.shows('join');
        await until(() => this.run(() =>
            document.querySelector('#preview').videoWidth > 0), 8000);
    }

    /** Gives the name, presses the button, waits for the meeting. */
    async enter() {
        if (await this.value('#name') === '') {
            await this.type('#name', this.name);
        }

        await this.click('#join');
        await this.shows('room');
    }

    async leave() {
        await this.click('#leave');
        await this.shows('end');
    }

    /** @returns {Promise<any>} see watch.mjs */
    stats() {
        return this.run(() => secmeetWatch.stats());
    }

    /** @returns {Promise<any>} the tile of somebody, if there is one */
    async tile(name, source = 'camera') {
        const { tiles } = await this.stats();

        return tiles.find((t) => t.name.startsWith(name)
                                 && t.source === source) ?? null;
    }

    /** @returns {Promise<string[]>} of everybody else in the meeting */
    async others() {
        const { tiles } = await this.stats();

        return tiles.filter((t) => !t.self && t.source === 'camera')
            .map((t) => t.name).sort();
    }

    samples() {
        return this.run(() => secmeetWatch.samples());
    }

    /** @returns {Promise<string[]>} what the content policy forbade */
    violations() {
        return this.run(() => secmeetWatch.violations);
    }

    /**
     * @param {string} code see failure.js
     * @returns {Promise<string>} what the notice says
     */
    async notice(code) {
        const selector = `.notice[data-code="${code}"]`;

        await this.see(selector);
        return (await this.texts(selector + ' .notice-body')).join(' ');
    }

    /**
     * @param {string} code
     * @returns {Promise<string>} what the join page says is wrong
     */
    async problem(code) {
        const selector = `#join-problem[data-code="${code}"]`;

        await this.see(selector);
        return (await this.texts(selector)).join(' ');
    }

    /**
     * Presses Tab until an element has the focus.
     *
     * @param {string} selector
     */
    async tabTo(selector) {
        for (let i = 0; i < 40; i++) {
            await this.press('Tab');

            if (await this.focused(selector)) {
                return;
            }
        }

        throw new Error(`no Tab leads ${this.name} to ${selector}`);
    }

    /** @param {string} selector */
    focused(selector) {
        return this.run((s) =>
            document.activeElement?.matches(s) ?? false, selector);
    }

    /** @param {string} origin @returns {string[]} requests to elsewhere */
    strangers(origin) {
        const host = new URL(origin).host;

        return this.requests.map((r) => r.url).filter((url) =>
            !/^(data|blob|about):/.test(url) && new URL(url).host !== host);
    }

    close() {
        return this.closing();
    }
}
