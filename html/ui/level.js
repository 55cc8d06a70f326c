const LOOK_MS = 80;
const LOUDEST = 0.25;

/** How loud a microphone is. */
export class Level {
    /** @type {MediaStreamTrack | null} */
    #track = null;

    /** @type {AudioContext | null} */
    #context = null;

    /** @type {ReturnType<typeof setInterval> | undefined} */
    #timer;

    #tell;

    /** @param {(level: number) => void} tell is told, 0 to 1 */
    constructor(tell) {
        this.#tell = tell;
    }

    /** @param {MediaStreamTrack | null} track */
    watch(track) {
        if (track === this.#track) {
            return;
        }

        this.#track = track;
        clearInterval(this.#timer);
        this.#context?.close();
        this.#context = null;
        this.#tell(0);

        if (track !== null) {
            this.#start(track);
        }
    }

    /** @param {MediaStreamTrack} track */
    #start(track) {
        const context = new AudioContext();
        const analyser = context.createAnalyser();
        const samples = new Float32Array(analyser.fftSize);

        context.createMediaStreamSource(new MediaStream([track]))
            .connect(analyser);
        this.#context = context;

        this.#timer = setInterval(() => {
            analyser.getFloatTimeDomainData(samples);

            const power = samples.reduce((sum, s) => sum + s * s, 0);

            this.#tell(Math.min(1, Math.sqrt(power / samples.length)
                                   / LOUDEST));
        }, LOOK_MS);
    }
}
