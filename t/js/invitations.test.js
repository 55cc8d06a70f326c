import assert from 'node:assert/strict';
import test from 'node:test';
import { Invitations } from '../../html/invitations.js';

const [A, B, C] = ['a', 'b', 'c'].map((c) => c.repeat(16));
const one = (invite, more) => ({
    invite, uses: 1, left: 1, seconds: 3600, ...more,
});
const want = (token, more) => ({ token, uses: 1, seconds: 3600, ...more });

test('an invitation is known by its token', () => {
    const invitations = new Invitations();

    invitations.list([one(A)]);
    assert.equal(invitations.token(A), null);

    invitations.want(want('first'));
    invitations.list([one(A), one(B, { seconds: 3599 })]);
    assert.equal(invitations.token(B), 'first');
    assert.equal(invitations.token(A), null);
    assert.deepEqual(invitations.made(), { [B]: 'first' });

    invitations.list([one(A)]);
    assert.deepEqual(invitations.made(), {});
});

test('those of others are not taken for it', () => {
    const invitations = new Invitations();

    invitations.list([]);
    invitations.want(want('mine', { uses: 5 }));
    invitations.list([one(A), one(B, { uses: 5, left: 4 })]);
    invitations.list([one(A), one(C, { uses: 5, left: 5, seconds: 86400 })]);
    assert.deepEqual(invitations.made(), {});
    invitations.list([one(A), one(B, { uses: 5, left: 5 })]);
    assert.deepEqual(invitations.made(), { [B]: 'mine' });
});

test('several at once come in their order', () => {
    const invitations = new Invitations();

    ['first', 'second', 'third'].forEach((t) => invitations.want(want(t)));
    invitations.list([one(A)]);
    invitations.refused();
    invitations.list([one(A), one(B)]);
    assert.deepEqual(invitations.made(), { [A]: 'first', [B]: 'third' });
});

test('after another session nothing is expected any more', () => {
    const invitations = new Invitations({ [A]: 'before' });

    invitations.want(want('lost'));
    invitations.forget();
    invitations.list([one(A), one(B)]);
    assert.equal(invitations.token(A), 'before');
    assert.equal(invitations.token(B), null);
    assert.deepEqual(invitations.made(), { [A]: 'before' });
});
