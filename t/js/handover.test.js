import assert from 'node:assert/strict';
import test from 'node:test';
import { leaveBehind, parse, takeOver } from '../../html/handover.js';

const door = {
    secret: 'AAECAwQFBgcICQoLDA0ODw', proof: null, host: 'h', resume: 'r',
    invite: null, made: { aaaaaaaaaaaaaaaa: 'token' },
};
const left = { door, name: 'Ann', inside: true, sources: ['microphone'] };

function storage(t) {
    const items = new Map();

    globalThis.sessionStorage = {
        getItem: (name) => items.get(name) ?? null,
        setItem: (name, text) => items.set(name, text),
        removeItem: (name) => items.delete(name),
    };
    t.after(() => { delete globalThis.sessionStorage; });

    return items;
}

test('what one page leaves, another takes, once', (t) => {
    const items = storage(t);

    leaveBehind(left);
    assert.equal(items.size, 1);
    assert.deepEqual(takeOver(), { ...left, soon: true });
    assert.equal(items.size, 0);
    assert.equal(takeOver(), null);
});

test('after a minute nobody is put into a meeting unasked', (t) => {
    storage(t);
    t.mock.timers.enable({ apis: ['Date'], now: 100000 });
    leaveBehind(left);
    t.mock.timers.tick(59999);
    assert.equal(takeOver().soon, true);
    leaveBehind(left);
    t.mock.timers.tick(60000);
    assert.equal(takeOver().soon, false);
    leaveBehind(left);
    t.mock.timers.setTime(1);
    assert.equal(takeOver().soon, false);
});

test('a browser that stores nothing is no obstacle', (t) => {
    const refuse = () => { throw new Error('SecurityError'); };

    globalThis.sessionStorage = {
        getItem: refuse, setItem: refuse, removeItem: refuse,
    };
    t.after(() => { delete globalThis.sessionStorage; });
    leaveBehind(left);
    assert.equal(takeOver(), null);
});

test('anything else is not taken', () => {
    const text = (more, of) => JSON.stringify({
        ...left, at: Date.now(), ...of, door: { ...door, ...more },
    });

    assert.notEqual(parse(text({})), null);

    for (const bad of ['', '{', 'null', '[]', '{}',
                       text({ secret: 'short' }), text({ secret: 1 }),
                       text({ proof: 1 }), text({ host: undefined }),
                       text({ made: [] }), text({ made: { a: 1 } }),
                       text({}, { name: 1 }), text({}, { inside: 'yes' }),
                       text({}, { sources: 'microphone' }),
                       text({}, { sources: [1] }), text({}, { at: '1' })])
    {
        assert.equal(parse(bad), null, bad);
    }
});
