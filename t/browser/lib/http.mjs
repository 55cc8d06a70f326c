/** One request to the server, as a page of its site would send it. */

import http from 'node:http';
import https from 'node:https';

/**
 * @param {string} method
 * @param {string} url
 * @returns {Promise<{status: number, body: string}>}
 */
export function request(method, url) {
    const { request: start } = url.startsWith('https:') ? https : http;

    return new Promise((resolve, reject) => {
        const options = {
            method, rejectUnauthorized: false,
            headers: { Origin: new URL(url).origin },
        };

        start(url, options, (response) => {
            let body = '';

            response.setEncoding('utf8');
            response.on('data', (data) => { body += data; });
            response.on('end', () => resolve({
                status: response.statusCode, body,
            }));
        }).on('error', reject).end();
    });
}
