import { get, setTrack, tell } from './dom.js';

/**
 * @typedef {object} JoinView
 * @property {boolean} fresh     a new meeting
 * @property {boolean} invited   by an invitation of one's own
 * @property {boolean} busy
 * @property {MediaStreamTrack | null} camera
 * @property {boolean} microphone
 * @property {boolean} waiting   for the answer to the browser's question
 * @property {{code: string, title: string, text: string} | null} problem
 */

/**
 * What one sees before a meeting.  Events: `sm-join` (detail: {name,
 * password}), `sm-toggle` (detail: microphone or camera).
 */
export class JoinForm extends HTMLElement {
    /** @type {string | null} */
    #shownProblem = null;

    connectedCallback() {
        const form = get('form', this, HTMLFormElement);

        form.addEventListener('submit', (event) => {
            event.preventDefault();
            tell(this, 'sm-join', {
                name: get('#name', this, HTMLInputElement).value,
                password: get('#password', this, HTMLInputElement).value,
            });
        });

        get('#preview-mic', this, HTMLElement).addEventListener(
            'click', () => tell(this, 'sm-toggle', 'microphone'));
        get('#preview-cam', this, HTMLElement).addEventListener(
            'click', () => tell(this, 'sm-toggle', 'camera'));
    }

    /** Starts anew: forgets the password, hides its field. */
    reset() {
        get('.join-title', this, HTMLElement).focus();
        get('#password', this, HTMLInputElement).value = '';
        get('.password-field', this, HTMLElement).hidden = true;
    }

    /** @param {JoinView} view */
    update(view) {
        const video = get('video', this, HTMLVideoElement);
        const join = get('#join', this, HTMLButtonElement);

        setTrack(video, view.camera);
        video.hidden = view.camera === null;

        get('.preview-text', this, HTMLElement).textContent =
            view.camera !== null ? ''
            : view.waiting ? 'Allow the camera and the microphone in the '
                             + 'question of your browser'
            : 'Camera is off';

        press(get('#preview-mic', this, HTMLElement), view.microphone);
        press(get('#preview-cam', this, HTMLElement), view.camera !== null);

        get('.join-title', this, HTMLElement).textContent =
            view.fresh ? 'Ready to start?' : 'Ready to join?';
        get('.join-label', this, HTMLElement).textContent =
            view.busy ? 'One moment' : view.fresh ? 'Start' : 'Join';
        get('.join-hint', this, HTMLElement).hidden = !view.invited;
        join.disabled = view.busy;
        join.classList.toggle('busy', view.busy);

        this.#problem(view);
    }

    /** @param {JoinView} view */
    #problem({ problem, fresh, busy }) {
        const box = get('#join-problem', this, HTMLElement);
        const code = busy ? null : problem?.code ?? null;

        if (code === this.#shownProblem) {
            return;
        }

        this.#shownProblem = code;
        box.hidden = code === null;
        box.dataset.code = code ?? '';
        get('strong', box, HTMLElement).textContent = problem?.title ?? '';
        get('span', box, HTMLElement).textContent = problem?.text ?? '';

        if (code === 'denied' && !fresh) {
            const password = get('#password', this, HTMLInputElement);

            get('.password-field', this, HTMLElement).hidden = false;
            password.focus();
            password.select();
        }
    }
}

/**
 * @param {HTMLElement} button
 * @param {boolean} on
 */
export function press(button, on) {
    button.setAttribute('aria-pressed', String(on));
}

customElements.define('sm-join', JoinForm);
