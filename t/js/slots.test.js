import assert from 'node:assert/strict';
import test from 'node:test';
import { assignSlots } from '../../html/slots.js';

const audio = (track) => ({ kind: 'audio', track });
const video = (track) => ({ kind: 'video', track });

test('new tracks get new slots', () => {
    assert.deepEqual(assignSlots([], [audio('a'), video('v')], 9),
                     [audio('a'), video('v')]);
});

test('tracks stay where they are', () => {
    const slots = [audio('a'), video('v'), video('w')];

    assert.deepEqual(assignSlots(slots, [video('w'), audio('a')], 9),
                     [audio('a'), video(null), video('w')]);
});

test('an idle slot of the same kind is reused', () => {
    const slots = [audio(null), video('gone')];

    assert.deepEqual(assignSlots(slots, [video('v'), video('w')], 9),
                     [audio(null), video('v'), video('w')]);
});

test('not more slots than allowed', () => {
    assert.deepEqual(assignSlots([audio(null)], [video('v'), audio('a')], 1),
                     [audio('a')]);
});

test('the same word as often as it is wanted', () => {
    const speakers = audio('speakers');

    assert.deepEqual(
        assignSlots([audio('a'), speakers], [speakers, speakers], 9),
        [speakers, speakers]);
    assert.deepEqual(assignSlots([speakers, speakers], [speakers], 9),
                     [speakers, audio(null)]);
    assert.deepEqual(assignSlots([speakers], [video('speakers')], 9),
                     [audio(null), video('speakers')]);
});
