/**
 * What the test of a connection has shown, in plain words.  Pure.
 */

import { ownLevel } from './quality.js';

/** @typedef {'wait' | 'run' | 'good' | 'fair' | 'bad' | 'skip'} Outcome */

/** @type {Record<string, string>} the steps, in their order */
export const STEPS = {
    site: 'The site answers',
    devices: 'Camera and microphone',
    socket: 'Signaling by WebSocket',
    room: 'A room for the test',
    udp: 'Sound and video over UDP',
    tcp: 'Sound and video over TCP',
    up: 'From you to the server',
    down: 'From the server to you',
};

/** @typedef {{outcome: Outcome, text: string, why?: string}} Result */

/** @typedef {Record<string, Result>} Results by step */

/** @typedef {{protocol: string, address: string, port: number}} Candidate */

const LITTLE = 400000;
const ENOUGH = 1200000;
const TOO_MUCH_LOSS = 0.1;

/**
 * @typedef {object} Measured of one direction
 * @property {number} rate    bit/s that were reached
 * @property {number} able    bit/s that are possible; 0: not known
 * @property {boolean} limited  would more be sent if it could?
 * @property {number} loss    0 to 1
 * @property {number} jitter  in milliseconds
 * @property {number} rtt     in milliseconds; 0: not known
 */

/**
 * @param {Measured} m
 * @returns {Result}
 */
export function judge({ rate, able, limited, loss, jitter, rtt }) {
    const level = ownLevel({ loss, up: 0, rtt, rate: 0, videos: {},
                             peers: {} });
    const room = Math.max(rate, able);
    const grave = level === 1 || loss >= TOO_MUCH_LOSS
        || limited && room < LITTLE;
    const fair = level < 4 || limited && room < ENOUGH;

    const parts = [
        able > rate ? `${bits(rate)} used, ${bits(able)} possible`
                    : `${bits(rate)} used`,
        `${(loss * 100).toFixed(loss > 0 && loss < 0.1 ? 1 : 0)} % lost`,
        `${jitter} ms jitter`,
        ...rtt > 0 ? [`${rtt} ms round trip`] : [],
    ];

    return {
        outcome: grave ? 'bad' : fair ? 'fair' : 'good',
        text: parts.join(', '),
        ...(limited && room < ENOUGH ? { why: 'slow' }
            : loss >= 0.02 ? { why: 'loss' }
            : level < 4 ? { why: 'delay' } : {}),
    };
}

/** @param {number} rate in bit/s */
function bits(rate) {
    return rate >= 1e6 ? `${(rate / 1e6).toFixed(1)} Mbit/s`
                       : `${Math.round(rate / 1000)} kbit/s`;
}

/**
 * @param {Results} results
 * @param {Candidate[]} candidates  of the server
 * @returns {{code: string, outcome: Outcome, title: string, text: string,
 *     admin: string}} admin: what to tell the administrator, or ''
 */
export function verdictOf(results, candidates) {
    const is = (/** @type {string} */ step,
                /** @type {...Outcome} */ ...outcomes) =>
        outcomes.includes(results[step]?.outcome);

    const say = (/** @type {string} */ code, /** @type {Outcome} */ outcome,
                 /** @type {string} */ title, /** @type {string} */ text,
                 admin = '') => ({ code, outcome, title, text, admin });

    if (is('site', 'bad')) {
        return say('no-site', 'bad', 'The site cannot be reached',
            'Check your network connection. Nothing else can be tested '
            + 'without it.');
    }

    if (is('socket', 'bad')) {
        return say('no-socket', 'bad', 'You cannot join meetings from here',
            'Pages of this site load, but a firewall or proxy blocks '
            + 'WebSocket connections. Try another network.',
            'WebSocket connections (wss, port 443) to this site are '
            + 'blocked on the way. Please let them through unchanged.');
    }

    if (!is('room', 'good')) {
        return say('partly', 'fair', 'Only a part could be tested',
            'The site answers and signaling works. Whether sound and video '
            + 'get through can be tested only where you may start meetings: '
            + (results.room?.text ?? ''));
    }

    if (is('udp', 'bad') && !is('tcp', 'good', 'fair')) {
        return say('no-media', 'bad', 'Sound and video do not get through',
            'You can join and write, but neither hear nor see anybody. Try '
            + 'another network, for example a phone hotspot.',
            'Please allow outgoing ' + list(candidates)
            + (is('tcp', 'skip') ? '. The server offers no path over TCP.'
                                 : '.'));
    }

    if (is('udp', 'bad')) {
        return say('tcp-only', 'fair',
            'Meetings work here, with delays',
            'This network blocks UDP, so sound and video take the way over '
            + 'TCP, where one lost packet holds up all that follow.',
            'Please allow outgoing '
            + list(candidates.filter((c) => c.protocol === 'udp')) + '.');
    }

    const ways = [['up', 'upload'], ['down', 'download']];
    const grave = ways.find(([step]) => is(step, 'bad'));
    const slight = ways.find(([step]) => is(step, 'fair'));

    if (grave) {
        return weak(say, results[grave[0]], grave[1]);
    }

    if (is('devices', 'bad')) {
        return say('no-devices', 'fair', 'The connection works',
            'But others neither see nor hear you: '
            + (results.devices?.text ?? ''));
    }

    return slight ? weak(say, results[slight[0]], slight[1])
        : say('good', 'good', 'Everything works',
              'You can hear, see, and be heard and seen in meetings.');
}

/**
 * @param {(...a: any) => any} say
 * @param {Result} result
 * @param {string} way
 */
function weak(say, { outcome, why }, way) {
    const cure = ' Go nearer to the Wi-Fi or use a cable, and stop other '
        + 'downloads and uploads.';

    switch (why) {

    case 'slow':
        return say('slow-' + way, outcome, `Your ${way} is slow`,
            'Voices get through; pictures are small, or paused.' + cure);

    case 'loss':
        return say('loss-' + way, outcome, `Your ${way} loses packets`,
            'Voices and pictures may have gaps.' + cure);

    default:
        return say('delay', outcome, 'Your connection is slow to answer',
            'People will talk at the same time more often.' + cure);
    }
}

/** @param {Candidate[]} candidates */
function list(candidates) {
    const all = candidates.map(({ protocol, address, port }) =>
        `${protocol.toUpperCase()} to ${address} port ${port}`);

    return all.length > 0 ? all.join(', ')
                          : 'UDP to the media port of this server';
}

/**
 * @param {Results} results
 * @param {ReturnType<typeof verdictOf>} verdict
 * @returns {string} to be copied; nothing of who tested
 */
export function report(results, verdict) {
    const words = { good: 'ok', fair: 'weak', bad: 'FAILED', skip: 'skipped',
                    wait: 'not done', run: 'not done' };

    return [
        verdict.title,
        ...Object.entries(STEPS).filter(([step]) => results[step]).map(
            ([step, title]) => {
                const { outcome, text } = results[step];

                /* devices may have the names of those they belong to */
                return `${words[outcome]}: ${title}.`
                    + (step === 'devices' && outcome === 'good' ? ''
                                                               : ' ' + text);
            }),
        ...(verdict.admin ? [verdict.admin] : []), '',
    ].join('\n');
}
