import { Check } from '../check.js';
import { STEPS, report } from '../verdict.js';
import { copies } from './copy.js';
import { fromTemplate, get, setIcon, setTrack, tell } from './dom.js';
import { Level } from './level.js';
import { standIn } from './stand-in.js';

const WORDS = {
    wait: '', run: 'running', good: 'passed', fair: 'passed, but weak',
    bad: 'failed', skip: 'not tested',
};

const ICONS = {
    wait: 'dot', run: 'dot', good: 'check', fair: 'alert', bad: 'cross',
    skip: 'dash',
};

/** Tests the connection.  Event: `sm-test-back`. */
export class TestPage extends HTMLElement {
    /** @type {Check | null} */
    #check = null;

    /** @type {URL | null} */
    #base = null;

    /** @type {Map<string, HTMLElement>} by step */
    #items = new Map();

    #level = new Level((value) => {
        get('meter', this, HTMLMeterElement).value = value;
    });

    connectedCallback() {
        const steps = get('.test-steps', this, HTMLElement);

        for (const [step, title] of Object.entries(STEPS)) {
            const item = get('li', fromTemplate('step-template'),
                             HTMLElement);

            item.dataset.step = step;
            get('.step-title', item, HTMLElement).textContent = title;
            this.#items.set(step, item);
            steps.append(item);
        }

        get('#test-again', this, HTMLElement).addEventListener(
            'click', () => this.#run());
        get('#test-back', this, HTMLElement).addEventListener(
            'click', () => tell(this, 'sm-test-back'));
        copies(get('#test-copy', this, HTMLButtonElement),
               get('#test-report', this, HTMLTextAreaElement));
    }

    /** @param {URL} base where rooms are */
    open(base) {
        this.#base = base;
        get('.test-title', this, HTMLElement).focus();
        this.#run();
    }

    close() {
        this.#check?.stop();
        this.#check = null;
        this.#level.watch(null);
        setTrack(get('video', this, HTMLVideoElement), null);
    }

    #run() {
        if (this.#base === null) {
            return;
        }

        this.close();

        const check = new Check(this.#base, standIn);

        this.#check = check;
        get('.test-verdict', this, HTMLElement).hidden = true;
        check.addEventListener('change', () => {
            if (check === this.#check) {
                this.#show(check);
            }
        });
        check.run();
    }

    /** @param {Check} check */
    #show(check) {
        const running = Object.entries(check.results).filter(
            ([, { outcome }]) => outcome === 'run');

        for (const [step, { outcome, text }] of Object.entries(
            check.results))
        {
            const item = /** @type {HTMLElement} */ (this.#items.get(step));

            item.dataset.outcome = outcome;
            setIcon(item, ICONS[outcome]);
            get('.step-text', item, HTMLElement).textContent = text;
            get('.step-word', item, HTMLElement).textContent =
                WORDS[outcome];
        }

        const camera = check.track('camera');

        setTrack(get('video', this, HTMLVideoElement), camera);
        get('.test-preview', this, HTMLElement).hidden = camera === null
            && check.track('microphone') === null;
        this.#level.watch(check.track('microphone'));

        get('.test-now', this, HTMLElement).textContent =
            running.map(([step]) => STEPS[step]).join(', ');
        get('#test-again', this, HTMLButtonElement).disabled =
            check.verdict === null;
        this.#verdict(check);
    }

    /** @param {Check} check */
    #verdict({ verdict, results }) {
        const box = get('.test-verdict', this, HTMLElement);

        if (verdict === null) {
            return;
        }

        box.hidden = false;
        this.dataset.code = verdict.code;
        box.dataset.outcome = verdict.outcome;
        setIcon(box, ICONS[verdict.outcome]);
        get('h2', box, HTMLElement).textContent = verdict.title;
        get('.verdict-text', box, HTMLElement).textContent = verdict.text;
        get('.verdict-admin', box, HTMLElement).hidden =
            verdict.admin === '';
        get('.verdict-admin span', box, HTMLElement).textContent =
            verdict.admin;
        get('#test-report', this, HTMLTextAreaElement).value =
            report(results, verdict);
        box.scrollIntoView({ block: 'nearest' });
    }
}

customElements.define('sm-test', TestPage);
