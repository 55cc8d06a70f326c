/**
 * What can go wrong, and the sentence that a person can act on.  Pure.
 */

/** @typedef {{title: string, text: string}} Sentence */

/** An error with one of the codes below. */
export class Failure extends Error {
    /**
     * @param {string} code
     * @param {unknown} [cause]
     */
    constructor(code, cause) {
        super(code, { cause });
        this.name = 'Failure';
        this.code = code;
    }
}

/** @type {Record<string, Sentence>} */
const SENTENCES = {
    /* before a meeting */
    'insecure': {
        title: 'This page needs https',
        text: 'Browsers give camera, microphone and encryption only to pages '
            + 'opened over https. Open the same address with https:// in '
            + 'front, or ask the administrator of this site to enable it.',
    },
    'too-old': {
        title: 'This browser is too old for meetings',
        text: 'Update it, or open the link in a current Firefox, Chrome, '
            + 'Edge or Safari.',
    },
    'bad-link': {
        title: 'This link is not complete',
        text: 'The part after # is missing or damaged. Copy the whole link '
            + 'from the invitation again, or ask for a new one.',
    },
    'denied': {
        title: 'This meeting did not let you in',
        text: 'The server does not say why. It may need a password, or the '
            + 'password was wrong or has changed; your invitation may be '
            + 'used up; the meeting may be locked or full, not have started '
            + 'or be over. If you were given a password, enter it and try '
            + 'again; otherwise ask the person who invited you.',
    },
    'turned-away': {
        title: 'You were not let in',
        text: 'A host said no, or the meeting ended while you waited. Ask '
            + 'the person who invited you before you try again.',
    },
    'unreachable': {
        title: 'The server cannot be reached',
        text: 'Check your network connection and try again. If other pages '
            + 'work, a firewall or proxy may block WebSocket connections to '
            + 'this site: tell its administrator.',
    },
    'origin': {
        title: 'The server refuses this address',
        text: 'Meetings are not allowed from the address in your address '
            + 'bar. Open the official address of the site, or ask its '
            + 'administrator to add this one to secmeet_origin.',
    },
    'create': {
        title: 'You may not start a meeting here',
        text: 'This site lets only some people start meetings. Sign in if it '
            + 'offers that, or ask its administrator. You can join meetings '
            + 'that others invite you to.',
    },
    'full': {
        title: 'The server is full',
        text: 'It holds as many meetings as it may. Try again in a few '
            + 'minutes.',
    },
    'server': {
        title: 'The server gave an unexpected answer',
        text: 'Try again in a minute. If it stays so, tell the administrator '
            + 'of this site.',
    },

    /* devices */
    'microphone-missing': {
        title: 'No microphone found',
        text: 'Plug one in and press the microphone button. You can join '
            + 'without and listen.',
    },
    'camera-missing': {
        title: 'No camera found',
        text: 'Plug one in and press the camera button. You can join '
            + 'without.',
    },
    'devices-refused': {
        title: 'Camera and microphone are not allowed',
        text: 'Allow them with the icon beside the address bar (or in the '
            + 'system settings), then press their buttons. You can also '
            + 'join without, to watch, listen and write.',
    },
    'microphone-refused': {
        title: 'The microphone is not allowed',
        text: 'Allow it with the icon beside the address bar (or in the '
            + 'system settings), then press the microphone button again.',
    },
    'camera-refused': {
        title: 'The camera is not allowed',
        text: 'Allow it with the icon beside the address bar (or in the '
            + 'system settings), then press the camera button again.',
    },
    'microphone-busy': {
        title: 'The microphone cannot be opened',
        text: 'Another program may be using it. Close that program and press '
            + 'the microphone button, or choose another microphone.',
    },
    'camera-busy': {
        title: 'The camera cannot be opened',
        text: 'Another program may be using it. Close that program and press '
            + 'the camera button, or choose another camera.',
    },
    'screen-refused': {
        title: 'The screen is not shared',
        text: 'Nothing was chosen, or the system does not allow it. Press '
            + 'the screen button to choose again; on a Mac, allow screen '
            + 'recording for the browser in the system settings.',
    },
    'screen-busy': {
        title: 'The screen cannot be captured',
        text: 'Press the screen button and choose another window or screen.',
    },
    'device-lost': {
        title: 'A device was unplugged',
        text: 'Plug it in again or choose another one in the settings.',
    },
    'autoplay': {
        title: 'The browser keeps the sound off',
        text: 'Press the button to hear the others.',
    },
    'source-limit': {
        title: 'The server takes no more from you',
        text: 'This meeting allows fewer cameras and screens for each '
            + 'person. Stop another one first.',
    },

    /* during a meeting */
    'blocked': {
        title: 'Sound and video do not get through',
        text: 'The chat works, but this network seems to block UDP, which '
            + 'carries sound and video. Try another network, for example a '
            + 'phone hotspot, or ask the administrator of this network to '
            + 'allow outgoing UDP to the meeting server.',
    },
    'shaky': {
        title: 'The connection is interrupted',
        text: 'Waiting for the network to come back.',
    },
    'over-tcp': {
        title: 'UDP is blocked here, using TCP: expect delays',
        text: 'This network lets sound and video through by TCP only, where '
            + 'one lost packet holds up all that follow. Another network, or '
            + 'an administrator who allows outgoing UDP, makes it better.',
    },
    'slow-up': {
        title: 'Your upload is slow',
        text: 'The others see you less sharp, so that your voice gets '
            + 'through. Stop other uploads, go nearer to the Wi-Fi, or turn '
            + 'your camera off.',
    },
    'slow-down': {
        title: 'Your download is slow: videos are paused so that voice '
            + 'goes on',
        text: 'They come back by themselves as soon as there is room. Stop '
            + 'other downloads, or go nearer to the Wi-Fi.',
    },
    'lossy-up': {
        title: 'Your connection loses what you send',
        text: 'The others may hear and see you with gaps. Go nearer to the '
            + 'Wi-Fi, or use a cable.',
    },
    'lossy-down': {
        title: 'Your connection loses what others send',
        text: 'You may hear and see them with gaps. Go nearer to the Wi-Fi, '
            + 'or use a cable.',
    },
    'reconnecting': {
        title: 'Reconnecting',
        text: 'The connection to the server is lost. You come back by '
            + 'yourself as soon as it is there again.',
    },
    'back': {
        title: 'You are connected again',
        text: 'What others wrote meanwhile may be missing.',
    },
    'busy': {
        title: 'The server is busy',
        text: 'What you wrote or did last may not have arrived. Do it again '
            + 'in a moment.',
    },
    'forbidden': {
        title: 'This was not done',
        text: 'Only hosts may do that, and nobody can put out the one who '
            + 'made the meeting.',
    },
    'invite-limit': {
        title: 'There are enough invitations',
        text: 'A meeting has 64 of them at most. Revoke some first.',
    },
    'negotiation': {
        title: 'Sound and video could not be set up',
        text: 'The server refused what this browser offered. Rejoin; if it '
            + 'happens again, try another browser and tell the administrator.',
    },

    /* after a meeting */
    'left': {
        title: 'You left the meeting',
        text: 'It goes on as long as somebody is in it.',
    },
    'end-host': {
        title: 'The meeting is over',
        text: 'A host ended it for everyone. Its link opens nothing any more.',
    },
    'kicked': {
        title: 'A host has put you out',
        text: 'The meeting goes on without you, and the way by which you '
            + 'came in is closed. If that was a mistake, ask a host for an '
            + 'invitation.',
    },
    'end-stop': {
        title: 'The meeting is over',
        text: 'The server was stopped. Start a new meeting in a few minutes.',
    },
    'gone': {
        title: 'The meeting is over',
        text: 'It ended while you were disconnected, or you were away for '
            + 'too long. If others are still in it, rejoin.',
    },
    'replaced': {
        title: 'You are here twice',
        text: 'Another window of this browser has taken your place in the '
            + 'meeting. Close this one, or rejoin.',
    },
    'lost': {
        title: 'The connection is lost',
        text: 'Check your network and rejoin. The meeting goes on if others '
            + 'are still in it.',
    },
    'media-lost': {
        title: 'Sound and video are lost',
        text: 'The server heard nothing more from you. Check your network '
            + 'and rejoin.',
    },
    'too-much': {
        title: 'The server closed the connection',
        text: 'This browser sent too much, or read too slowly what it was '
            + 'sent. Rejoin; with the camera off it is easier on a slow '
            + 'connection.',
    },
    'late': {
        title: 'Joining took too long',
        text: 'The server waited and gave up. Try again.',
    },
};

/**
 * @param {string} code
 * @returns {Sentence}
 */
export function sentence(code) {
    return Object.hasOwn(SENTENCES, code) ? SENTENCES[code] : SENTENCES.server;
}

/** @returns {string[]} all codes, for tests */
export function codes() {
    return Object.keys(SENTENCES);
}

/**
 * @param {number} code close code of the WebSocket, see PROTOCOL.md
 * @returns {string} a code of this file
 */
export function fromCloseCode(code) {
    switch (code) {
    case 1000: return 'left';
    case 1001: return 'end-stop';
    case 1008: return 'too-much';
    case 1009: return 'too-much';
    case 1002:
    case 1003:
    case 1007:
    case 1011: return 'server';
    case 4000: return 'late';
    case 4002: return 'media-lost';
    case 4003: return 'end-host';
    case 4004: return 'denied';
    case 4005: return 'replaced';
    case 4007: return 'kicked';
    default: return 'lost';
    }
}

/**
 * @param {unknown} error of getUserMedia or getDisplayMedia
 * @param {'microphone' | 'camera' | 'screen'} source
 * @returns {string} a code of this file
 */
export function fromMediaError(error, source) {
    switch (error instanceof Error ? error.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
        return source + '-refused';
    case 'NotFoundError':
    case 'OverconstrainedError':
        return source === 'screen' ? 'screen-busy' : source + '-missing';
    default:
        return source + '-busy';
    }
}

/** @returns {string} what keeps this browser from meetings, or '' */
export function obstacle() {
    if (!isSecureContext) {
        return 'insecure';
    }

    const able = 'RTCPeerConnection' in globalThis
        && 'RTCRtpTransceiver' in globalThis && navigator.mediaDevices
        && crypto.subtle && 'HTMLDialogElement' in globalThis;

    return able ? '' : 'too-old';
}
