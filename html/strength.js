/**
 * How hard a password is to guess, told carefully: rather too little than
 * too much.  Pure.
 */

/** Each is worth less than its length. */
const COMMON = [
    'password', 'passwort', 'passwd', 'kennwort', 'secret', 'geheim',
    'motdepasse', 'contrasena', 'senha', 'parola', 'haslo', 'wachtwoord',
    'letmein', 'welcome', 'willkommen', 'bienvenue', 'hello', 'hallo',
    'admin', 'root', 'test', 'guest', 'user', 'login', 'changeme', 'default',
    'iloveyou', 'dragon', 'monkey', 'princess', 'sunshine', 'football',
    'baseball', 'master', 'shadow', 'superman', 'batman', 'summer', 'winter',
    'spring', 'autumn', 'sommer', 'meeting', 'secmeet', 'video', 'zoom',
    'team', 'office', 'company',
];

/** What fingers do by themselves. */
const ROWS = [
    'abcdefghijklmnopqrstuvwxyz', '01234567890', 'qwertyuiop', 'asdfghjkl',
    'zxcvbnm', 'qwertzuiop', 'yxcvbnm', 'azertyuiop', 'qsdfghjklm',
    '1qaz2wsx3edc', 'qazwsxedc',
];

const LOOKS = new Map([['0', 'o'], ['1', 'i'], ['3', 'e'], ['4', 'a'],
                       ['5', 's'], ['7', 't'], ['$', 's'], ['@', 'a']]);

const COMMON_BITS = 4;
const ROW_BITS = 4;
const YEAR_BITS = 6;
const REPEAT_BITS = 1;
const DIGIT_BITS = 3;
const SIGN_BITS = 4;
const LETTER_BITS = 4.7;

/** From so many bits on. */
const STEPS = [0, 22, 34, 46, 70];
const WORDS = /** @type {const} */ (
    ['Very weak', 'Weak', 'Fair', 'Good', 'Strong']);

/**
 * @param {string} password
 * @returns {{score: number, word: string, hint: string}} score is 0 to 4
 */
export function strength(password) {
    const found = bits(password.normalize('NFC'));
    const score = STEPS.findLastIndex((step) => found >= step);

    return {
        score, word: WORDS[score],
        hint: score > 2 ? ''
            : 'Four words that have nothing to do with each other are good.',
    };
}

/**
 * @param {string} password
 * @returns {number} a careful estimate of its entropy
 */
export function bits(password) {
    let rest = Array.from(password.toLowerCase());
    let sum = capitals(password);

    while (rest.length > 0) {
        const { length, worth } = next(rest);

        sum += worth;
        rest = rest.slice(length);
    }

    return sum;
}

/**
 * What a password begins with.
 *
 * @param {string[]} rest
 * @returns {{length: number, worth: number}}
 */
function next(rest) {
    const text = rest.join('');
    const plain = rest.map((c) => LOOKS.get(c) ?? c).join('');
    const word = COMMON.filter(
        (w) => text.startsWith(w) || plain.startsWith(w))
        .sort((a, b) => b.length - a.length)[0];

    if (word) {
        return { length: word.length, worth: COMMON_BITS };
    }

    const same = rest.findIndex((c) => c !== rest[0]);
    const repeated = same < 0 ? rest.length : same;

    if (repeated > 2) {
        return { length: repeated, worth: SIGN_BITS + REPEAT_BITS };
    }

    const row = rowLength(rest);

    if (row > 2) {
        return { length: row, worth: ROW_BITS + REPEAT_BITS };
    }

    if (/^(?:19|20)\d\d(?!\d)/.test(text)) {
        return { length: 4, worth: YEAR_BITS };
    }

    if (/^\p{N}/u.test(text)) {
        return { length: 1, worth: DIGIT_BITS };
    }

    const letters = Array.from(/^\p{L}+/u.exec(text)?.[0] ?? '');
    const until = letters.findIndex((_, i) => i > 0 && !isOpen(rest, i));
    const length = until < 0 ? letters.length : until;

    /* letters in a row are rather a word than random */
    return length === 0
        ? { length: 1, worth: rest[0] === ' ' ? 1 : SIGN_BITS }
        : { length, worth: Math.min(LETTER_BITS * length,
                                    7 + 1.3 * length) };
}

/**
 * Is the letter there no beginning of something that is worth less?
 *
 * @param {string[]} rest
 * @param {number} at
 */
function isOpen(rest, at) {
    const tail = rest.slice(at);

    return !COMMON.some((w) => tail.join('').startsWith(w))
        && !(tail.length > 2 && tail[0] === tail[1] && tail[1] === tail[2])
        && rowLength(tail) < 4;
}

/** @param {string[]} rest */
function rowLength(rest) {
    let longest = 0;

    for (const row of ROWS) {
        for (const line of [row, Array.from(row).reverse().join('')]) {
            let length = 0;

            while (length < rest.length && line.includes(
                rest.slice(0, length + 1).join('')))
            {
                length++;
            }

            longest = Math.max(longest, length);
        }
    }

    return longest;
}

/** Capital letters where they are not expected.  @param {string} password */
function capitals(password) {
    const found = password.match(/(?<!^)(?<![\s\d])\p{Lu}/gu)?.length ?? 0;

    return Math.min(found, password.length / 3);
}
