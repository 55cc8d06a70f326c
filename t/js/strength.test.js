import assert from 'node:assert/strict';
import test from 'node:test';
import { bits, strength } from '../../html/strength.js';

const score = (password) => strength(password).score;

test('what everybody tries first is nothing', () => {
    for (const bad of ['', 'a', '123456', '1234567890', 'password',
                       'Password1', 'P@ssw0rd', 'passwort123', 'qwertz',
                       'qwertyuiop', 'aaaaaaaaaaaaaaaa', 'abcdefghijkl',
                       '987654321', 'summer2024', 'letmein!', 'Meeting1!',
                       '1qaz2wsx', 'geheim', '2026'])
    {
        assert.equal(score(bad), 0, `${bad}: ${bits(bad)}`);
    }
});

test('one word is weak, whatever is hung on it', () => {
    for (const weak of ['elephant', 'Elephant1', 'elephant99', 'giraffe!7']) {
        assert.ok(score(weak) <= 1, `${weak}: ${bits(weak)}`);
    }
});

test('four words are good, and so is what a machine made', () => {
    for (const good of ['correct horse battery staple',
                        'korrekt Pferd \u00c4ste Batterie',
                        'k7#Vq2!xRz9mW', 'x9Fq-LmT3-8vKc-Pz2R'])
    {
        assert.ok(score(good) >= 3, `${good}: ${bits(good)}`);
    }

    assert.equal(score('k7#Vq2!xRz9mW&4tYb'), 4);
    assert.equal(strength('k7#Vq2!xRz9mW&4tYb').hint, '');
    assert.match(strength('giraffe').hint, /Four words/);
});

test('more is never less', () => {
    for (const password of ['correct horse battery staple', 'x9Fq-LmT3-8vKc',
                            'zebra crossing 41', '\u2615\ud83d\ude00 tea'])
    {
        const chars = Array.from(password);

        for (let i = 2; i <= chars.length; i++) {
            const shorter = chars.slice(0, i - 1).join('');
            const longer = chars.slice(0, i).join('');

            assert.ok(bits(longer) >= bits(shorter) - 12,
                      `${longer}: ${bits(longer)} < ${bits(shorter)}`);
        }
    }
});

test('no password takes long', () => {
    for (const char of ['a', 'ab', '1', 'qwe', '\ud83d\ude00', 'a1!']) {
        const started = performance.now();

        bits(char.repeat(200).slice(0, 200));
        assert.ok(performance.now() - started < 200);
    }
});

test('how it is typed makes no difference', () => {
    assert.equal(bits('Pa\u0308sse'.normalize('NFC')),
                 bits('P\u00e4sse'));
    assert.deepEqual(strength('Pa\u0308sse tee'),
                     strength('P\u00e4sse tee'));
});
