/**
 * Makes the copy of an offer that is sent smaller: only the lines that the
 * server looks at.  The browser's own description is never changed.  Pure.
 */

const CODECS = new Set(['opus', 'vp8', 'vp9', 'h264', 'av1']);

const FEEDBACK = new Set(['nack', 'nack pli', 'ccm fir']);

const EXTENSIONS = new Set([
    'urn:ietf:params:rtp-hdrext:sdes:mid',
    'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
    'urn:3gpp:video-orientation',
]);

/* Attributes that are kept as they are. */
const ATTRIBUTES = new Set([
    'group', 'mid', 'rtcp-mux', 'msid', 'sendrecv', 'sendonly', 'recvonly',
    'inactive', 'bundle-only',
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
 * @param {string[]} lines the session part, or one m-line and what follows
 * @returns {string[]}
 */
function reduceSection(lines) {
    const kept = payloads(lines);
    const ssrcs = secondSsrcs(lines);

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
            return EXTENSIONS.has(value.split(' ')[1]);

        case 'ssrc':
            return !ssrcs.has(word) && ssrcs.add(word);

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

    for (const line of lines) {
        const map = /^a=rtpmap:(\d+) ([^/]+)\//.exec(line);

        if (map && CODECS.has(map[2].toLowerCase())) {
            kept.add(map[1]);
        }
    }

    for (const line of lines) {
        const map = /^a=rtpmap:(\d+) (H264|VP9|AV1)\//i.exec(line);

        if (map && !profileFits(map[2], format(lines, map[1]))) {
            kept.delete(map[1]);
        }
    }

    return kept;
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
 * @returns {Set<string>} SSRCs of retransmission or FEC, which are dropped
 */
function secondSsrcs(lines) {
    const found = new Set();

    for (const line of lines) {
        if (/^a=ssrc-group:(FID|FEC-FR) /.test(line)) {
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
    const [media, port, proto, ...types] = line.split(' ');
    const left = types.filter((t) => kept.has(t));

    return [media, port, proto, ...(left.length ? left : types)].join(' ');
}
