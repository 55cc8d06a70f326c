import assert from 'node:assert/strict';
import test from 'node:test';
import { Receiving, SPEAKERS } from '../../html/receiving.js';

const audio = (track) => ({ kind: 'audio', track });
const video = (track, more) => ({ kind: 'video', track, ...more });

/** A peer connection that agrees to everything. */
function start() {
    const lines = [];
    const receiving = new Receiving({
        addTransceiver(kind) {
            const line = {
                mid: null, direction: 'recvonly', currentDirection: null,
                receiver: {
                    track: { id: `${kind} ${lines.length}` },
                    getSynchronizationSources: () =>
                        [{ audioLevel: line.loud ? 0.5 : 0 }],
                },
                loud: false,
            };

            lines.push(line);
            return line;
        },
    });

    return {
        receiving, lines,
        agree() {
            lines.forEach((line, i) => { line.mid = String(i); });
            receiving.map();
            lines.forEach((line) => { line.currentDirection = 'recvonly'; });
            receiving.agree();
        },
    };
}

test('heights and pauses are told when they change, once', () => {
    const { receiving, agree } = start();

    receiving.want([audio('a'), video('v', { height: 360 })]);
    assert.deepEqual(receiving.changes(), []);
    agree();
    assert.deepEqual(receiving.changes(), [{ mid: '1', height: 360 }]);
    assert.deepEqual(receiving.changes(), []);

    receiving.want([audio('a'), video('v', { height: 180, pause: true })]);
    assert.deepEqual(receiving.changes(),
                     [{ mid: '1', height: 180, pause: true }]);

    /* another track on the same m-line */
    receiving.want([audio('a'), video('w', { height: 180 })]);
    assert.deepEqual(receiving.changes(),
                     [{ mid: '1', track: 'w', pause: false }]);

    /* none: what it is to be like is told with the next */
    receiving.want([audio('a')]);
    assert.deepEqual(receiving.changes(), [{ mid: '1', track: null }]);
    receiving.want([audio('a'), video('x', { height: 720 })]);
    assert.deepEqual(receiving.changes(),
                     [{ mid: '1', track: 'x', height: 720 }]);
});

test('what may not have arrived is told again', () => {
    const { receiving, agree } = start();

    receiving.want([video('v', { height: 360 })]);
    agree();
    receiving.changes();
    receiving.doubt();
    assert.deepEqual(receiving.changes(),
                     [{ mid: '0', height: 360, pause: false }]);
    receiving.forget();
    assert.deepEqual(receiving.changes(),
        [{ mid: '0', track: 'v', height: 360, pause: false }]);
});

test('a server that does not know heights is not told of any', () => {
    const { receiving, agree } = start();

    receiving.want([video('v', { height: 360 })]);
    agree();
    receiving.plain();
    assert.deepEqual(receiving.changes(), []);
});

test('m-lines of the speakers carry whom the server says', () => {
    const { receiving, lines, agree } = start();
    const heard = () => [...receiving.voices().keys()];

    receiving.want([audio('a'), audio('b')]);
    agree();
    assert.deepEqual(heard(), ['a', 'b']);

    receiving.want([audio(SPEAKERS), audio(SPEAKERS), audio(SPEAKERS)]);
    agree();
    assert.deepEqual(heard(), ['speakers 0', 'speakers 1', 'speakers 2']);
    lines.forEach((line) => { line.loud = true; });

    /* what was carried goes on */
    assert.deepEqual([...receiving.speaking()], ['a', 'b']);
    receiving.carry('1', 'c');
    receiving.carry('9', 'd');
    assert.deepEqual([...receiving.speaking()], ['a', 'c']);
    assert.equal(receiving.media('c').id, 'audio 1');
    assert.equal(receiving.mid('c'), '1');
    assert.equal(receiving.media('b'), null);
    receiving.carry('1', null);
    assert.deepEqual([...receiving.speaking()], ['a']);

    /* the same element plays on, whoever is carried */
    assert.deepEqual(heard(), ['speakers 0', 'speakers 1', 'speakers 2']);

    receiving.want([audio('a'), audio('c')]);
    assert.deepEqual(heard(), ['a', 'c']);
    assert.deepEqual([...receiving.speaking()], ['a', 'c']);
});
