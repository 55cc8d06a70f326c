/**
 * The server's addresses in an answer.  Pure.
 */

/** @typedef {'udp' | 'tcp'} Protocol */

const CANDIDATE = /^a=candidate:\S+ \d+ (udp|tcp) \d+ (\S+) (\d+) /i;

/**
 * @param {string} sdp
 * @returns {{protocol: Protocol, address: string, port: number}[]} each once
 */
export function candidatesOf(sdp) {
    /** @type {Map<string, {protocol: Protocol, address: string,
     *     port: number}>} */
    const found = new Map();

    for (const line of sdp.split(/\r?\n/)) {
        const [, name, address, port] = CANDIDATE.exec(line) ?? [];

        if (name !== undefined) {
            const protocol = /** @type {Protocol} */ (name.toLowerCase());

            found.set([protocol, address, port].join(' '), {
                protocol, address, port: Number(port),
            });
        }
    }

    return [...found.values()];
}

/**
 * @param {string} sdp
 * @param {Protocol | null} only
 * @returns {string} without the candidates of other protocols
 */
export function withOnly(sdp, only) {
    return only === null ? sdp : sdp.split(/(?<=\n)/).filter((line) => {
        const [, name] = CANDIDATE.exec(line) ?? [];

        return name === undefined || name.toLowerCase() === only;
    }).join('');
}
