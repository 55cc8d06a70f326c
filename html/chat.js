/**
 * What `send {data}` carries: the server does not look into it.  Pure.
 */

export const CHAT_LENGTH = 4000;

/**
 * @param {string} text
 * @returns {string}
 */
export function chatToData(text) {
    return JSON.stringify({ chat: text.slice(0, CHAT_LENGTH) });
}

/**
 * @param {string} data
 * @returns {string | null} null when it is no chat line
 */
export function chatFromData(data) {
    let value;

    try {
        value = JSON.parse(data);

    } catch {
        return null;
    }

    const text = value?.chat;

    if (typeof text !== 'string' || text.trim() === '') {
        return null;
    }

    return text.slice(0, CHAT_LENGTH);
}
