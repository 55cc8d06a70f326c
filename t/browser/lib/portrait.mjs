/**
 * Runs in a page before its own scripts: a camera that shows a drawn person,
 * for pictures of a meeting.
 *
 * @param {object} look
 * @param {string[]} look.wall  two colors
 * @param {string} look.skin
 * @param {string} look.hair
 * @param {string} look.shirt
 * @param {'short' | 'long' | 'bun'} look.cut
 * @param {boolean} look.glasses
 */
export function portrait(look) {
    const [WIDTH, HEIGHT, FPS] = [640, 360, 15];

    const canvas = document.createElement('canvas');
    const c = canvas.getContext('2d');

    canvas.width = WIDTH;
    canvas.height = HEIGHT;

    const shape = (color, ...parts) => {
        c.fillStyle = color;
        c.beginPath();
        parts.forEach((part) => part());
        c.fill();
    };

    const oval = (x, y, rx, ry) => () => {
        c.moveTo(x + rx, y);
        c.ellipse(x, y, rx, ry, 0, 0, 2 * Math.PI);
    };

    const box = (x, y, width, height, radius) => () =>
        c.roundRect(x, y, width, height, radius);

    function wall() {
        const shade = c.createLinearGradient(0, 0, WIDTH, HEIGHT);

        shade.addColorStop(0, look.wall[0]);
        shade.addColorStop(1, look.wall[1]);
        c.fillStyle = shade;
        c.fillRect(0, 0, WIDTH, HEIGHT);

        /* a shelf, a lamp, a window: whatever one has behind oneself */
        shape('#ffffff30', box(40, 46, 118, 150, 6));
        shape('#ffffff24', box(47, 53, 49, 136, 3), box(102, 53, 49, 136, 3));
        shape('#00000026', box(486, 118, 122, 8, 3));
        shape('#ffffff38', box(500, 66, 15, 52, 2), box(518, 74, 12, 44, 2),
              box(533, 60, 17, 58, 2), box(566, 84, 26, 34, 12));
    }

    function person(time) {
        const sway = Math.sin(time / 1400) * 5;
        const nod = Math.sin(time / 900) * 3;
        const x = WIDTH / 2 + sway;
        const y = 170 + nod;

        if (look.cut === 'long') {
            shape(look.hair, box(x - 74, y - 78, 148, 216, 70));
        }

        if (look.cut === 'bun') {
            shape(look.hair, oval(x, y - 88, 32, 28));
        }

        shape(look.shirt, box(x * 0.6 + 8, 274, 240, 160, 84));
        shape(look.skin, box(x - 24, y + 48, 48, 66, 22));
        shape('#0000001c', oval(x, y + 70, 25, 18));
        shape(look.skin, oval(x, y, 60, 74), oval(x - 60, y + 6, 10, 15),
              oval(x + 60, y + 6, 10, 15));

        c.save();
        c.beginPath();
        c.ellipse(x, y - 8, 66, 76, 0, Math.PI * 1.02, Math.PI * 1.98);
        c.clip();
        shape(look.hair, box(x - 70, y - 90, 140, 62, 30));
        c.restore();

        face(x, y, time % 4200 < 140, Math.sin(time / 160));
    }

    function face(x, y, blink, word) {
        const eye = blink ? 1 : 7;

        shape('#2b2320', oval(x - 24, y + 2, 6, eye), oval(x + 24, y + 2, 6,
                                                           eye));
        shape('#00000030', box(x - 35, y - 18, 22, 5, 3),
              box(x + 13, y - 18, 22, 5, 3));
        shape('#00000018', oval(x, y + 20, 7, 5));
        shape('#8c3f3a', () => {
            c.moveTo(x - 20, y + 36);
            c.quadraticCurveTo(x, y + 42, x + 20, y + 36);
            c.quadraticCurveTo(x, y + 60 + word * 4, x - 20, y + 36);
        });

        if (look.glasses) {
            c.strokeStyle = '#2b2320';
            c.lineWidth = 4;
            c.beginPath();
            c.roundRect(x - 44, y - 13, 38, 31, 13);
            c.roundRect(x + 6, y - 13, 38, 31, 13);
            c.moveTo(x - 6, y - 2);
            c.lineTo(x + 6, y - 2);
            c.stroke();
        }
    }

    setInterval(() => {
        wall();
        person(performance.now() + look.wall[0].length * 777
               + parseInt(look.hair.slice(1), 16));
    }, 1000 / FPS);

    const { getUserMedia } = MediaDevices.prototype;

    MediaDevices.prototype.getUserMedia = async function(wish) {
        const media = wish.audio
            ? await getUserMedia.call(this, { audio: wish.audio })
            : new MediaStream();

        if (wish.video) {
            media.addTrack(canvas.captureStream(FPS).getVideoTracks()[0]);
        }

        return media;
    };
}
