import assert from 'node:assert/strict';
import test from 'node:test';
import { createSecret, createToken, deriveProof, deriveTag, fromBase64url,
         parseFragment, toBase64url, toFragment } from '../../html/secret.js';

/* vectors computed with Python's hmac and hashlib */
const LINK = 'AAECAwQFBgcICQoLDA0ODw';
const VECTOR = 'Atlkp6u8c7kwW-pYx5Wn2gpoj1g6TU17A9KitphdrDw';
const TAG = '29eb8f8881f35fc7f25233357f260df0';

function secretOf(link) {
    return parseFragment('#' + link).secret;
}

test('tags', async () => {
    assert.equal(await deriveTag(secretOf(LINK)), TAG);
    assert.equal(await deriveTag(secretOf('__jx6uPc1c7HwLmyq6Sdlg')),
                 'e3d0868719eb680e3f105c12970eee62');
});

test('proofs', async () => {
    const proof = (password) => deriveProof(secretOf(LINK), TAG, password);

    assert.equal(await proof('correct horse'),
                 'k5-XK_UJJKuuZBmFc9yzieqSyANtC163vHDw7IREY1o');
    assert.equal(await proof(''), null);
});

test('a proof is the same however the password was typed', async () => {
    const proof = (password) => deriveProof(secretOf(LINK), TAG, password);

    assert.equal(await proof('P\u00e4sse \u2615'), VECTOR);
    assert.equal(await proof('Pa\u0308sse \u2615'), VECTOR);
});

test('fragments', () => {
    assert.equal(toBase64url(secretOf(LINK)), LINK);
    assert.equal(parseFragment(LINK).secret.length, 16);
    assert.equal(parseFragment(LINK).invite, null);

    for (const bad of ['', '#', '#AAECAwQFBgcICQoLDA0OD', '#' + LINK + 'A',
                       '#AAECAwQFBgcICQoLDA0OD+', '#' + LINK + '==',
                       '#AAECAwQFBgcICQoLDA0ODx', '#\u00e4', '#A'])
    {
        assert.equal(parseFragment(bad), null, bad);
    }
});

test('fragments with an invitation', () => {
    const invite = createToken();
    const link = { secret: secretOf(LINK), invite };

    assert.equal(invite.length, 43);
    assert.notEqual(invite, createToken());
    assert.equal(toFragment(link), `#${LINK}.${invite}`);
    assert.deepEqual(parseFragment(toFragment(link)), link);
    assert.equal(toFragment({ ...link, invite: null }), '#' + LINK);

    for (const bad of ['.', `${LINK}.`, `.${invite}`, `${LINK}.${LINK}`,
                       `${invite}.${LINK}`, `${LINK}.${invite}.`,
                       `${LINK}.${invite}.${invite}`, `${LINK}.${invite}A`,
                       `${LINK}.${invite.slice(1)}`, `${LINK}..${invite}`,
                       `${LINK}.${'A'.repeat(42)}B`])
    {
        assert.equal(parseFragment('#' + bad), null, bad);
    }
});

test('base64url', () => {
    for (const text of ['', 'AA', '-_8', 'AAEC']) {
        assert.equal(toBase64url(fromBase64url(text)), text);
    }
});

test('secrets are random', () => {
    assert.equal(createSecret().length, 16);
    assert.notDeepEqual(createSecret(), createSecret());
});
