/**
 * The secret of a link, and what is derived from it (PROTOCOL.md).
 * Pure: no DOM, no network, nothing is kept.
 */

export const SECRET_BYTES = 16;
export const TOKEN_BYTES = 32;
const PASSWORD_ROUNDS = 600000;

const utf8 = new TextEncoder();

/** @returns {Uint8Array<ArrayBuffer>} */
export function createSecret() {
    return crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
}

/**
 * @param {Uint8Array} bytes
 * @returns {string} base64url without padding
 */
export function toBase64url(bytes) {
    return btoa(String.fromCharCode(...bytes))
        .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/**
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer> | null} null unless text is canonical
 */
export function fromBase64url(text) {
    if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) {
        return null;
    }

    const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(plain, (c) => c.charCodeAt(0));

    return toBase64url(bytes) === text ? bytes : null;
}

/** @returns {string} the token of a new invitation */
export function createToken() {
    return toBase64url(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)));
}

/**
 * @typedef {object} Link what the fragment of a link holds
 * @property {Uint8Array<ArrayBuffer>} secret
 * @property {string | null} invite  the token of an invitation
 */

/**
 * @param {string} fragment with or without its '#'
 * @returns {Link | null}
 */
export function parseFragment(fragment) {
    const [text, invite = null, ...rest] = fragment.replace(/^#/, '')
        .split('.');
    const secret = fromBase64url(text);

    if (secret?.length !== SECRET_BYTES || rest.length > 0
        || invite !== null && fromBase64url(invite)?.length !== TOKEN_BYTES)
    {
        return null;
    }

    return { secret, invite };
}

/**
 * @param {Link} link
 * @returns {string} with its '#'
 */
export function toFragment({ secret, invite }) {
    return '#' + toBase64url(secret) + (invite === null ? '' : '.' + invite);
}

/**
 * @param {Uint8Array<ArrayBuffer>} ikm
 * @param {string} info
 * @param {number} length in bytes
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
async function hkdf(ikm, info, length) {
    const key = await crypto.subtle.importKey('raw', ikm, 'HKDF', false,
                                              ['deriveBits']);
    const params = {
        name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0),
        info: utf8.encode(info),
    };

    return new Uint8Array(
        await crypto.subtle.deriveBits(params, key, length * 8));
}

/**
 * @param {Uint8Array<ArrayBuffer>} secret
 * @returns {Promise<string>} 32 lowercase hex digits
 */
export async function deriveTag(secret) {
    const bytes = await hkdf(secret, 'secmeet 1 tag', 16);

    return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

/**
 * @param {Uint8Array<ArrayBuffer>} secret
 * @param {string} tag
 * @param {string} password
 * @returns {Promise<string | null>} base64url; null without a password
 */
export async function deriveProof(secret, tag, password) {
    if (password === '') {
        return null;
    }

    const base = await crypto.subtle.importKey(
        'raw', utf8.encode(password.normalize('NFC')), 'PBKDF2', false,
        ['deriveBits']);

    const key = new Uint8Array(await crypto.subtle.deriveBits({
        name: 'PBKDF2', hash: 'SHA-256', iterations: PASSWORD_ROUNDS,
        salt: utf8.encode('secmeet 1 ' + tag),
    }, base, 256));

    const ikm = new Uint8Array(secret.length + key.length);
    ikm.set(secret);
    ikm.set(key, secret.length);

    const proof = await hkdf(ikm, 'secmeet 1 proof', 32);

    key.fill(0);
    ikm.fill(0);

    return toBase64url(proof);
}
