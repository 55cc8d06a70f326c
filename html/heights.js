/**
 * How high a picture has to be where it is shown.  Pure.
 */

const STEPS = [180, 360, 720, 1080, 1440, 2160, 4320];
const WIDE = 9 / 16;

/* nobody sees that a picture is a little larger than it is */
const STRETCH = 1.2;

/* more pixels than that nobody can tell apart, on any screen */
const DENSEST = 2;

/**
 * @param {{width: number, height: number}} rect of the tile, which the
 *     picture covers
 * @param {number} density device pixels for each pixel
 * @returns {number} rounded up, so that it seldom changes; 0: no limit
 */
export function heightFor({ width, height }, density) {
    const pixels = Math.max(height, width * WIDE)
                   * Math.min(density, DENSEST);

    return STEPS.find((step) => pixels <= step * STRETCH) ?? 0;
}
