import { get } from './dom.js';

const COPIED_MS = 1800;

/**
 * Makes a button copy what a field holds.
 *
 * @param {HTMLButtonElement} button
 * @param {HTMLInputElement | HTMLTextAreaElement} input
 */
export function copies(button, input) {
    const label = get('span', button, HTMLElement);

    input.addEventListener('focus', () => input.select());

    button.addEventListener('click', async () => {
        try {
            await navigator.clipboard.writeText(input.value);
            label.textContent = 'Copied';

        } catch {
            input.focus();
            label.textContent = 'Press Ctrl+C';
        }

        setTimeout(() => { label.textContent = 'Copy'; }, COPIED_MS);
    });
}
