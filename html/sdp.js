/**
 * Makes the copy of an offer that is sent smaller: only the lines that the
 * server looks at.  And asks for lost voice packets again, in a description
 * on its way to the browser.  Pure.
 */

const CODECS = new Set(['opus', 'vp8', 'vp9', 'h264', 'av1']);

const FEEDBACK = new Set(['nack', 'nack pli', 'ccm fir', 'transport-cc']);

const EXTENSIONS = new Set([
    'urn:ietf:params:rtp-hdrext:sdes:mid',
    'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
    'urn:3gpp:video-orientation',
    'http://www.ietf.org/id/'
        + 'draft-holmer-rmcat-transport-wide-cc-extensions-01',
]);

/*
 * These tell the layers that are sent.  An m-line that receives has them, too:
 * an answer without them would refuse them for those that are offered later.
 */
const LAYER_EXTENSIONS = new Set([
    'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
    'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
    'https://aomediacodec.github.io/av1-rtp-spec/'
        + '#dependency-descriptor-rtp-header-extension',
]);

/* Attributes that are kept as they are. */
const ATTRIBUTES = new Set([
    'group', 'mid', 'rtcp-mux', 'msid', 'sendrecv', 'sendonly', 'recvonly',
    'inactive', 'bundle-only', 'rid', 'simulcast',
]);

/* One transport for all m-lines (BUNDLE): said once, for the session. */
const TRANSPORT = /^a=(ice-ufrag|ice-pwd|fingerprint|setup):/;

/**
 * @param {string} sdp
 * @returns {string}
 */
export function reduceOffer(sdp) {
    const [session, ...media] = sdp.split(/\r?\n(?=m=)/)
        .map((section) => section.split(/\r?\n/).filter(Boolean));

    /* the first m-line's win over the session's, and one of each is enough */
    const transport = new Map();

    for (const line of [...session, ...media[0] ?? []]) {
        if (TRANSPORT.test(line)) {
            transport.set(line.split(':')[0], line);
        }
    }

    return [...reduceSection(session), ...transport.values(),
            ...media.flatMap(reduceSection)].join('\r\n') + '\r\n';
}

/**
 * @param {string} sdp
 * @returns {string} with "nack" for opus, which the browser does not offer
 */
export function askForAudioRepair(sdp) {
    return sdp.split(/(?<=\n)(?=m=)/).map(askInSection).join('');
}

/**
 * @param {string} section
 */
function askInSection(section) {
    if (!section.startsWith('m=audio ')) {
        return section;
    }

    const lines = section.split(/\r?\n/);
    const listed = types(lines);

    return section.replace(
        /^a=rtpmap:(\d+) opus\/.*(\r?\n)/gim,
        (line, type, end) => {
            const wish = `a=rtcp-fb:${type} nack`;

            return listed.includes(type) && !lines.includes(wish)
                ? line + wish + end : line;
        });
}

/**
 * @param {string[]} lines the session part, or one m-line and what follows
 * @returns {string[]}
 */
function reduceSection(lines) {
    const kept = payloads(lines);
    const ssrcs = fecSsrcs(lines);
    const video = lines[0].startsWith('m=video ');

    const out = lines.filter((line) => {
        const [, name, value] = /^a=([^:]+):?(.*)$/.exec(line) ?? [];

        if (name === undefined) {
            return /^[vostcm]=/.test(line);
        }

        const word = value.split(' ')[0];

        switch (name) {

        case 'rtpmap':
        case 'fmtp':
            return kept.has(word);

        case 'rtcp-fb':
            return kept.has(word)
                   && FEEDBACK.has(value.slice(word.length + 1));

        case 'extmap':
            return EXTENSIONS.has(value.split(' ')[1])
                   || (video && LAYER_EXTENSIONS.has(value.split(' ')[1]));

        case 'extmap-allow-mixed':
            return !lines[0].startsWith('m=');

        case 'ssrc':
            return !ssrcs.has(word) && ssrcs.add(word);

        case 'ssrc-group':
            return word === 'FID';

        default:
            return ATTRIBUTES.has(name);
        }
    });

    return out.map((line) => line.startsWith('m=') ? mline(line, kept) : line);
}

/**
 * @param {string[]} lines
 * @returns {Set<string>} the payload types to keep
 */
function payloads(lines) {
    const kept = new Set();
    const listed = types(lines);

    for (const line of lines) {
        const map = /^a=rtpmap:(\d+) ([^/]+)\//.exec(line);

        if (map && CODECS.has(map[2].toLowerCase())
            && listed.includes(map[1]))
        {
            kept.add(map[1]);
        }
    }

    for (const line of lines) {
        const map = /^a=rtpmap:(\d+) (H264|VP9|AV1)\//i.exec(line);

        if (map && !profileFits(map[2], format(lines, map[1]))) {
            kept.delete(map[1]);
        }
    }

    for (const type of repairs(lines, kept)) {
        kept.add(type);
    }

    return kept;
}

/**
 * @param {string[]} lines
 * @param {Set<string>} kept
 * @returns {string[]} the payload types that retransmit those kept
 */
function repairs(lines, kept) {
    return types(lines).filter((type) => {
        const start = `a=rtpmap:${type} rtx/`;
        const apt = /\bapt=(\d+)/.exec(format(lines, type));

        return apt && kept.has(apt[1])
               && lines.some((l) => l.toLowerCase().startsWith(start));
    });
}

/**
 * @param {string[]} lines
 * @returns {string[]} the payload types of the m-line
 */
function types(lines) {
    return /^m=\S+ \S+ \S+ (.*)$/.exec(lines[0] ?? '')?.[1].split(' ') ?? [];
}

/**
 * The profiles that every browser has: constrained baseline, and 0.
 *
 * @param {string} codec
 * @param {string} fmtp
 */
function profileFits(codec, fmtp) {
    return codec.toUpperCase() === 'H264'
        ? /\bpacketization-mode=1\b/.test(fmtp)
          && /\bprofile-level-id=42e0/i.test(fmtp)
        : !/\bprofile(-id)?=[1-9]/.test(fmtp);
}

/**
 * @param {string[]} lines
 * @param {string} payload
 * @returns {string} the parameters, '' if there are none
 */
function format(lines, payload) {
    const start = `a=fmtp:${payload} `;

    return lines.find((l) => l.startsWith(start))?.slice(start.length) ?? '';
}

/**
 * @param {string[]} lines
 * @returns {Set<string>} SSRCs of FEC, which are dropped
 */
function fecSsrcs(lines) {
    const found = new Set();

    for (const line of lines) {
        if (line.startsWith('a=ssrc-group:FEC-FR ')) {
            line.split(' ').slice(2).forEach((ssrc) => found.add(ssrc));
        }
    }

    return found;
}

/**
 * @param {string} line
 * @param {Set<string>} kept
 */
function mline(line, kept) {
    const [media, port, proto, ...all] = line.split(' ');
    const left = all.filter((t) => kept.has(t));

    return [media, port, proto, ...(left.length ? left : all)].join(' ');
}
