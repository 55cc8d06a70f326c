import { fromTemplate, get, tell } from './dom.js';

/** @typedef {'camera' | 'microphone' | 'speaker'} Use */

const USES = /** @type {const} */ (['camera', 'microphone', 'speaker']);

/** Selects for devices.  Event: `sm-device` (detail: {use, device}). */
export class DevicePicker extends HTMLElement {
    connectedCallback() {
        if (this.childElementCount > 0) {
            return;
        }

        this.append(fromTemplate('devices-template'));

        for (const use of USES) {
            const select = this.#select(use);

            select.dataset.use = use;
            select.addEventListener('change', () =>
                tell(this, 'sm-device', { use, device: select.value }));
        }
    }

    /**
     * @param {Record<Use, MediaDeviceInfo[]>} devices
     * @param {(use: Use) => string} chosen
     */
    update(devices, chosen) {
        for (const use of USES) {
            const select = this.#select(use);
            const field = get(`.field[data-use=${use}]`, this, HTMLElement);

            select.replaceChildren(...devices[use].map((d, i) => new Option(
                d.label || `${use} ${i + 1}`, d.deviceId)));

            if (chosen(use) !== '') {
                select.value = chosen(use);
            }

            field.hidden = devices[use].length === 0;
        }
    }

    /** @param {Use} use */
    #select(use) {
        return get(`.field[data-use=${use}] select`, this, HTMLSelectElement);
    }
}

customElements.define('sm-devices', DevicePicker);
