/**
 * Results as TAP lines, for the Perl script that runs this one.
 */

import { createInterface } from 'node:readline';

const lines = createInterface({ input: process.stdin });
const answers = lines[Symbol.asyncIterator]();

let count = 0;

/* the Perl script is gone: browsers end with this process */
lines.on('close', () => process.exit(1));

/**
 * @param {unknown} passed
 * @param {string} name
 * @param {unknown} [why] shown when it failed
 * @returns {boolean}
 */
export function ok(passed, name, why) {
    print(`${passed ? 'ok' : 'not ok'} ${++count} - ${name}`);

    if (!passed && why !== undefined) {
        note(typeof why === 'string' ? why : JSON.stringify(why));
    }

    return Boolean(passed);
}

/**
 * @param {unknown} got
 * @param {unknown} expected
 * @param {string} name
 */
export function is(got, expected, name) {
    const [a, b] = [got, expected].map((v) => JSON.stringify(v) ?? String(v));

    return ok(a === b, name, `got ${a}, expected ${b}`);
}

/** @param {string} text */
export function note(text) {
    String(text).split('\n').forEach((line) => print('# ' + line));
}

/** @param {string} text for everybody, also when all went well */
export function figure(text) {
    print('figure ' + text);
}

/**
 * Has the Perl script do something.
 *
 * @param {string} what one word
 * @param {string} [argument]
 */
export async function please(what, argument = '') {
    print(`please ${what} ${argument}`);

    const { value, done } = await answers.next();

    if (done || value !== 'done') {
        throw new Error(`cannot ${what}: ${value}`);
    }
}

/**
 * Runs a test to its end; an exception is a failure.
 *
 * @param {(later: (f: () => unknown) => void) => Promise<void>} test gets a
 *     function that remembers what must be done in the end, last first
 */
export async function run(test) {
    const atEnd = [];

    try {
        await test((f) => atEnd.unshift(f));

    } catch (error) {
        ok(false, 'the script went through', error.stack);
    }

    for (const f of atEnd) {
        try {
            await f();

        } catch (error) {
            note('at the end: ' + error.message);
        }
    }

    print(`1..${count}`);
    process.exit(0);
}

/** @param {string} line */
function print(line) {
    process.stdout.write(line + '\n');
}
