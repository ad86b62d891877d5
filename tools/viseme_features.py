# SPDX-License-Identifier: Apache-2.0
"""What the viseme network hears, and what may happen to sound before it does. src/lipsync/viseme_net.c does
the first half again in C; tests/unit/lipsync/test_viseme_net.c compares the two.

40 log-mel bands (dsp/mel.h: 25 ms every 10 ms) of sound at -26 dBFS, less their running mean, which begins as
that of the training set and follows with a time constant of 3 s: only the past is needed.
"""
import numpy as np

RATE, HOP, WINDOW, BANDS = 16000, 160, 400, 40
LEVEL = 10 ** (-26 / 20)
GAIN_MAX = 100.0
FLOOR = 1e-6
PRIOR_FRAMES, MEAN_FRAMES = 50, 300


def mel_bank():
    """[40, 201], Slaney's scale, each of unit area."""
    hz = lambda mel: np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * np.log(6.4) / 27))
    edges = hz(np.linspace(0, 15 + np.log(8) * 27 / np.log(6.4), BANDS + 2))
    bins = np.arange(WINDOW // 2 + 1) * RATE / WINDOW
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return (np.maximum(np.minimum(rising, falling), 0) * (2 / (edges[2:] - edges[:-2]))[:, None]).astype("f4")


BANK = mel_bank()
HANN = (.5 - .5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype("f4")


def level(sound):
    rms = float(np.sqrt(np.mean(sound.astype("f8") ** 2))) if len(sound) else 0
    return sound * min(LEVEL / rms, GAIN_MAX) if rms > 0 else sound


def log_mel(sound):
    """[frames, 40]; frame i is centred on sample 160 i, silence beyond the ends."""
    padded = np.pad(sound.astype("f4"), WINDOW // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    power = np.abs(np.fft.rfft(frames * HANN, axis=1)) ** 2
    return np.log(power.astype("f4") @ BANK.T + FLOOR)


def normalise(mel, prior):
    mean, out = prior.astype("f8").copy(), np.empty_like(mel)
    for i in range(len(mel)):
        mean += (mel[i] - mean) * max(1 / MEAN_FRAMES, 1 / (i + 1 + PRIOR_FRAMES))
        out[i] = mel[i] - mean
    return out


# ---- what happens to sound -----------------------------------------------------------------------

def noise_of(rng, count, others):
    """Hiss of any colour, other voices, or chords."""
    kind = rng.random()
    if kind < .45:
        spectrum = np.fft.rfft(rng.standard_normal(count))
        spectrum *= (np.arange(len(spectrum)) + 20.) ** -rng.uniform(0, 1)
        return np.fft.irfft(spectrum, count)
    if kind < .75:
        made = np.zeros(count)
        for _ in range(rng.integers(1, 5)):
            other = others[rng.integers(len(others))]
            made += np.roll(np.resize(other, count), rng.integers(count)) * rng.uniform(.3, 1)
        return made
    t, made, at = np.arange(count) / RATE, np.zeros(count), 0
    while at < count:
        size = int(RATE * rng.uniform(.2, 1))
        for tone in rng.integers(40, 76, rng.integers(1, 5)):
            f = 440 * 2 ** ((tone - 69) / 12)
            part = t[at:at + size]
            for harmonic in range(1, 6):
                made[at:at + size] += np.sin(2 * np.pi * f * harmonic * part + rng.uniform(0, 6)) / harmonic
        at += size
    return made


def spoil(rng, sound, others):
    """The sound as somebody else recorded it, and how many times as long it is now."""
    from scipy.signal import resample_poly, fftconvolve, butter, sosfilt
    scale = 1.0
    if rng.random() < .6:
        to = int(rng.integers(80, 123))
        sound, scale = resample_poly(sound, to, 100), to / 100
    sound = sound.astype("f8")
    if rng.random() < .4:
        size = int(rng.uniform(.08, .5) * RATE)
        room = rng.standard_normal(size) * np.exp(-np.arange(size) / (size / rng.uniform(4, 7)))
        room *= rng.uniform(.02, .15)
        room[0] = 1
        sound = fftconvolve(sound, room)[:len(sound)]
    if rng.random() < .75:
        snr = rng.uniform(0, 30)
        noise = noise_of(rng, len(sound), others)
        sound = sound + noise * np.sqrt(np.mean(sound ** 2) / (np.mean(noise ** 2) + 1e-12) / 10 ** (snr / 10))
    if rng.random() < .7:
        equal = rng.standard_normal(9) * .3
        equal[0] = 1
        sound = fftconvolve(sound, equal)[:len(sound)]
    if rng.random() < .2:
        low, high = rng.uniform(50, 350), rng.uniform(2800, 7000)
        sound = sosfilt(butter(4, (low, high), "bandpass", fs=RATE, output="sos"), sound)
    if rng.random() < .15:
        top = np.abs(sound).max() + 1e-9
        code = np.sign(sound) * np.log1p(255 * np.abs(sound) / top) / np.log(256)
        code = np.round(code * 127) / 127
        sound = np.sign(code) * (np.exp(np.abs(code) * np.log(256)) - 1) / 255 * top
    return (level(sound) * 10 ** (rng.uniform(-6, 6) / 20)).astype("f4"), scale
