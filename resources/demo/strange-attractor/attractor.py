"""Draws a Clifford attractor: where a point goes that is thrown on again and again by four sines.

    x' = sin(a y) + c cos(a x)        y' = sin(b x) + d cos(b y)

No formula tells the density of its orbit, so it is counted: millions of steps, one cell of a grid each (after Clifford A. Pickover,
"Chaos in Wonderland", 1994). Plain Python, no packages. Progress on stdout, the picture in output/attractor.png.
"""

import itertools
import math
import os
import struct
import time
import zlib

A, B, C, D = -1.4, 1.6, 1.0, 0.7
WIDTH, HEIGHT = 960, 720
POINTS = int(os.environ.get("POINTS", "6000000"))
STEPS = 24
COLOURS = (
    (0.00, (24, 23, 21)),
    (0.25, (74, 48, 12)),
    (0.50, (154, 98, 0)),
    (0.75, (242, 176, 30)),
    (1.00, (255, 248, 226)),
)
"""From dark to bright: share of the scale -> red, green, blue."""


def count_visits(points):
    """Visits per cell, row by row."""
    visits = [0] * (WIDTH * HEIGHT)
    x = y = 0.1
    sin, cos = math.sin, math.cos
    reach_x, reach_y = 1 + abs(C), 1 + abs(D)
    scale_x, scale_y = (WIDTH - 1) / (2 * reach_x), (HEIGHT - 1) / (2 * reach_y)
    begun = time.monotonic()
    for step in range(STEPS):
        for _ in range(points // STEPS):
            x, y = sin(A * y) + C * cos(A * x), sin(B * x) + D * cos(B * y)
            visits[int((y + reach_y) * scale_y) * WIDTH + int((x + reach_x) * scale_x)] += 1
        done = (step + 1) / STEPS
        rate = points * done / (time.monotonic() - begun)
        print(
            f"::progress {done * 0.9:.3f} {points * done / 1e6:.1f} of {points / 1e6:.1f} million points, {rate / 1e6:.2f} million/s"
        )
        print(f"step {step + 1:2} of {STEPS}: the point is at ({x:+.4f}, {y:+.4f})")
    return visits


def palette():
    """256 colours."""
    colours = []
    for level in range(256):
        share = level / 255
        for (low, dark), (high, bright) in itertools.pairwise(COLOURS):
            if share <= high:
                mix = (share - low) / (high - low)
                colours.append(bytes(round(d + (b - d) * mix) for d, b in zip(dark, bright, strict=True)))
                break
    return colours


def png(rows):
    """A PNG file of 8-bit RGB rows."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows), 6)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def main():
    print(f"Clifford attractor a={A} b={B} c={C} d={D}: {POINTS} points on {WIDTH} x {HEIGHT} cells")
    visits = count_visits(POINTS)
    most = max(visits)
    print(f"the busiest cell was visited {most} times, {sum(v > 0 for v in visits)} cells at all")
    colours = palette()
    tones = [colours[min(255, round(255 * math.log1p(v) / math.log1p(most * 0.6)))] for v in range(most + 1)]
    rows = (b"".join(tones[v] for v in visits[at : at + WIDTH]) for at in range(0, WIDTH * HEIGHT, WIDTH))
    os.makedirs("output", exist_ok=True)
    with open("output/attractor.png", "wb") as file:
        file.write(png(rows))
    print("::progress 1.0 picture written")
    print("wrote output/attractor.png")


if __name__ == "__main__":
    main()
