const FPS = 15;
const [WIDTH, HEIGHT] = [640, 360];
const SPOTS = 60;

/**
 * What is sent where there is no camera and no microphone: silence, and a
 * picture that is as much work as a face.
 *
 * @returns {MediaStreamTrack[]}
 */
export function standIn() {
    const canvas = document.createElement('canvas');
    const context = canvas.getContext('2d');

    canvas.width = WIDTH;
    canvas.height = HEIGHT;

    const draw = () => {
        for (let i = 0; i < SPOTS && context; i++) {
            const random = (/** @type {number} */ n) => Math.random() * n;

            context.fillStyle = `hsl(${random(360)} 50% ${random(90)}%)`;
            context.fillRect(random(WIDTH), random(HEIGHT), random(90),
                             random(90));
        }
    };

    draw();

    const [video] = canvas.captureStream(FPS).getVideoTracks();
    const sound = new AudioContext();
    const [audio] = sound.createMediaStreamDestination().stream
        .getAudioTracks();
    const timer = setInterval(() => {
        draw();

        if (video.readyState === 'ended') {
            clearInterval(timer);
            sound.close();
        }
    }, 1000 / FPS);

    return [audio, video];
}
