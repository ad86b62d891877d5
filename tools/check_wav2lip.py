#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compare --lipsync wav2lip with the published steps in Python, on networks with random weights.

usage: check_wav2lip.py check build/tests/unit/lipsync/print_wav2lip_stages [--true-size]
       check_wav2lip.py golden tests/golden/tiny_wav2lip
       check_wav2lip.py random FOLDER [--side 256] [--half]

check: the networks have the published blocks and names, at 96 and 256 pixels, with an eighth of the channels or all of
them, and come from a checkpoint through tools/export/wav2lip.py. librosa, SciPy, torch and Pillow make the reference.
Exit 1 if anything is too far off. golden: a smaller one still, with what should come out, for the unit test. random: a
network of full size with random weights, for trying speed and memory."""
import argparse
import fractions
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools" / "export"))
import quality_environment  # noqa: E402
import wav2lip  # noqa: E402
from engine_packages import PACKAGES  # noqa: E402

FEATURES_MAX, PLANES_MAX, PAINTED_MAX, HALF_MAX, PSNR_MIN = 1e-4, 1e-3, 1e-3, 2e-2, 50
STRIDE, PICTURE_STRIDE = 61, 3  # every so manieth value is kept
POINTS = 468  # of the mesh, without the irises
MASK = 96


# --- what is painted on ---

def mesh_of(eyes, x, y, turn=0.):
    """The tests' face, `eyes` pixels between its eyes, those around x, y."""
    import numpy
    text = (ROOT / "tests" / "unit" / "lipsync" / "face_points.h").read_text(encoding="utf-8")
    found = re.findall(r"\{(-?\d+), (-?\d+), (-?\d+)\}", text)
    points = numpy.array([[int(v) for v in point] for point in found]) / 1000 * eyes
    cos, sin = numpy.cos(turn), numpy.sin(turn)
    mesh = numpy.stack([x + cos * points[:, 0] - sin * points[:, 1], y + sin * points[:, 0] + cos * points[:, 1],
                        -points[:, 2]], 1)
    return mesh.astype("<f4")


def picture(width, height, number):
    """Smooth and rough places, and each picture another."""
    import numpy
    y, x = numpy.mgrid[:height, :width]
    waves = [127 + 90 * numpy.sin(x / (5 + 3 * c) + number) * numpy.cos(y / (9 - 2 * c)) for c in range(3)]
    noise = numpy.random.default_rng(number).normal(0, 12, (height, width, 3))
    pixels = numpy.clip(numpy.stack(waves, 2) + noise, 0, 255).astype("u1")
    return numpy.dstack([pixels, numpy.full((height, width), 255, "u1")])


def sound(seconds):
    """A glide under a hiss, then digital silence, then a step."""
    import numpy
    count = int(16000 * seconds)
    time = numpy.arange(count) / 16000
    wave = .3 * numpy.sin(2 * numpy.pi * (150 * time + 400 * time ** 2)) + .05 * numpy.random.default_rng(3).normal(
        0, 1, count)
    wave[count // 2:count * 3 // 4] = 0
    return wave.astype("<f4")


def scene_of(width, height, eyes, frames, seconds):
    import numpy
    pictures = [picture(width, height, i) for i in range(len(frames))]
    meshes = [mesh_of(eyes, width * .5 + 1.7 * i, height * .38 + .9 * i, .02 * i) for i in range(len(frames))]
    wave = sound(seconds)
    data = struct.pack("<4i", width, height, len(frames), wave.size)
    for frame, pixels, mesh in zip(frames, pictures, meshes):
        data += struct.pack("<i", frame) + pixels.tobytes() + mesh.tobytes()
    return {"pictures": pictures, "meshes": meshes, "frames": frames, "sound": wave,
            "data": data + numpy.asarray(wave, "<f4").tobytes()}


# --- a network that paints something ---

def randomise(module):
    """Values that stay in range through all layers, and an answer that differs from place to place."""
    import torch
    nn = torch.nn
    torch.manual_seed(7)
    for layer in module.modules():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.normal_(layer.bias, 0, .05)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.uniform_(layer.weight, .7, 1.1)
            nn.init.normal_(layer.bias, .1, .1)
            nn.init.normal_(layer.running_mean, 0, .1)
            nn.init.uniform_(layer.running_var, .8, 1.5)
    side = 256 if len(module.face_encoder_blocks) == 8 else 96
    with torch.no_grad():
        x = []
        hook = module.output_block[1].register_forward_hook(lambda _m, _i, out: x.append(out))
        module(torch.randn(2, 1, 80, 16), torch.rand(2, 6, side, side))
        hook.remove()
        last = module.output_block[1]
        last.weight /= x[0].std()
        last.bias -= x[0].mean() / x[0].std()
    return module


def checkpoint(module, path):
    """As published: within a dictionary, names behind "module."."""
    import torch
    torch.save({"state_dict": {"module." + k: v for k, v in module.state_dict().items()}, "global_step": 1,
                "optimizer": None, "global_epoch": 1}, path)


def export(folder, side, divisor, half=False):
    """Through a checkpoint, as users have one; returns the module."""
    import onnx
    checkpoint(randomise(wav2lip.build(side, divisor)), folder / "checkpoint.pth")
    module, found = wav2lip.load(folder / "checkpoint.pth")
    assert found == side
    onnx.save_model(wav2lip.to_onnx(module, side, half), folder / wav2lip.FILE)
    return module.float()


# --- the published steps ---

def mel_of(wave):
    import librosa
    import numpy
    import scipy.signal
    emphasised = scipy.signal.lfilter([1, -.97], [1], wave)
    spectrum = librosa.stft(y=emphasised, n_fft=800, hop_length=200, win_length=800, pad_mode="reflect")
    bands = librosa.filters.mel(sr=16000, n_fft=800, n_mels=80, fmin=55, fmax=7600)
    level = 20 * numpy.log10(numpy.maximum(1e-5, bands @ abs(spectrum))) - 20
    return numpy.clip(8 * ((level + 100) / 100) - 4, -4, 4)


def chunk_of(mel, frame, rate):
    start = int(frame * 80 / rate)
    return mel[:, -16:] if start + 16 > mel.shape[1] else mel[:, start:start + 16]


def box_of(mesh, width, height):
    points = mesh[:POINTS, :2].astype(float)
    (x0, y0), (x1, y1) = points.min(0), points.max(0)
    y1 += .02 * (y1 - y0)
    return max(x0, 0), max(y0, 0), min(x1, width), min(y1 + 10, height)


def crop_of(pixels, box, side):
    import numpy
    from PIL import Image
    planes = []
    for c in (2, 1, 0):
        plane = Image.fromarray(pixels[:, :, c].astype("f4"), "F")
        planes.append(numpy.asarray(plane.resize((side, side), Image.BICUBIC, box=box)))
    full = numpy.clip(numpy.stack(planes) / 255, 0, 1)
    masked = full.copy()
    masked[:, side // 2:] = 0
    return numpy.concatenate([masked, full])


def smooth(x):
    import numpy
    x = numpy.clip(x, 0, 1)
    return x * x * (3 - 2 * x)


def mask_of(mesh, box, fine=16):
    """By Pillow's polygons, much enlarged."""
    import numpy
    import scipy.spatial
    from PIL import Image, ImageDraw
    points = mesh[:POINTS, :2].astype(float)
    middle = (points[:, 0].min() + points[:, 0].max()) / 2
    x = middle + .93 * (points[:, 0] - middle)
    x = (x - box[0]) * MASK / (box[2] - box[0])
    y = (points[:, 1] - box[1]) * MASK / (box[3] - box[1])
    y = y + .025 * MASK * numpy.maximum(2 * y / MASK - 1, 0)
    hull = scipy.spatial.ConvexHull(numpy.stack([x, y], 1)).vertices
    large = Image.new("L", (MASK * fine, MASK * fine))
    ImageDraw.Draw(large).polygon([(a * fine - .5, b * fine - .5) for a, b in zip(x[hull], y[hull])], fill=1)
    cover = numpy.asarray(large).reshape(MASK, fine, MASK, fine).mean((1, 3))
    for _ in range(10):
        for axis in (0, 1):
            padded = numpy.pad(cover, [(1, 1) if a == axis else (0, 0) for a in (0, 1)], mode="edge")
            before, after = (padded[:-2], padded[2:]) if axis == 0 else (padded[:, :-2], padded[:, 2:])
            cover = (before + 2 * cover + after) / 4
    place = numpy.arange(MASK) + .5
    edge = numpy.minimum(place, MASK - place)
    rise = smooth((place - MASK / 2) / 7) * smooth((MASK - place) / 4)
    return cover * rise[:, None] * smooth(edge / 4)[None]


def enlarge(plane, box, area):
    """A square plane that fills `box`, at the pixels of `area`."""
    import numpy
    from PIL import Image
    side = plane.shape[0]
    across, down = side / (box[2] - box[0]), side / (box[3] - box[1])
    part = ((area[0] - box[0]) * across, (area[1] - box[1]) * down, (area[2] - box[0]) * across,
            (area[3] - box[1]) * down)
    size = (area[2] - area[0], area[3] - area[1])
    return numpy.clip(numpy.asarray(Image.fromarray(plane.astype("f4"), "F").resize(size, Image.BICUBIC, box=part)),
                      0, 1)


def paste(pixels, planes, mesh, box):
    import math
    import numpy
    area = (math.ceil(box[0]), math.ceil(box[1]), math.floor(box[2]), math.floor(box[3]))
    part = enlarge(mask_of(mesh, box), box, area)
    part[:math.floor(box[1] + (box[3] - box[1]) / 2) - area[1]] = 0
    out = pixels.astype(float)
    there = out[area[1]:area[3], area[0]:area[2]]
    for c in range(3):
        there[:, :, 2 - c] += part * (255 * enlarge(planes[c], box, area) - there[:, :, 2 - c])
    return numpy.clip(out + .5, 0, 255).astype("u1")


def reference(scene, module, side, rate):
    """[mel, planes, painted] of each picture, and the pictures."""
    import numpy
    import torch
    mel, boxes, stages, after, before = mel_of(scene["sound"]), [], [], [], None
    for pixels, mesh, frame in zip(scene["pictures"], scene["meshes"], scene["frames"]):
        if before is not None and frame != before + 1:
            boxes = []
        before = frame
        boxes.append(box_of(mesh, pixels.shape[1], pixels.shape[0]))
        box = tuple(numpy.mean(boxes[-5:], axis=0))
        chunk, planes = chunk_of(mel, frame, rate), crop_of(pixels, box, side)
        with torch.no_grad():
            painted = module(torch.tensor(chunk).float()[None, None], torch.tensor(planes)[None])[0].numpy()
        stages.append((chunk, planes, painted))
        after.append(paste(pixels, painted, mesh, box))
    return stages, after


# --- comparison ---

def psnr(a, b):
    import math
    import numpy
    error = numpy.mean((a.astype(float) - b) ** 2)
    return 99. if error == 0 else 10 * math.log10(255 ** 2 / error)


def run(program, folder, scene, rate, batch):
    import numpy
    (folder / "scene").write_bytes(scene["data"])
    command = [program, folder, str(rate.numerator), str(rate.denominator), str(batch), folder / "scene"]
    result = subprocess.run(command, capture_output=True)
    if result.returncode:
        sys.exit(result.stderr.decode())
    pixels = sum(p.size for p in scene["pictures"])
    values = numpy.frombuffer(result.stdout[:-pixels], "<f4").reshape(len(scene["pictures"]), -1)
    return values, numpy.frombuffer(result.stdout[-pixels:], "u1").reshape(-1, *scene["pictures"][0].shape)


def compare(program, side, divisor, half, scene, rate):
    import numpy
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        module = export(folder, side, divisor, half)
        values, pictures = run(program, folder, scene, rate, 3)
        _, one_by_one = run(program, folder, scene, rate, 1)
    stages, after = reference(scene, module, side, rate)
    worst, at = [0.] * 3, (0, 1280, 1280 + 6 * side * side)
    for mine, theirs in zip(values, stages):
        for k, expected in enumerate(theirs):
            part = mine[at[k]:at[k] + expected.size].reshape(expected.shape)
            worst[k] = max(worst[k], float(abs(part - expected).max()))
    good = min(psnr(a, b) for a, b in zip(pictures, after))
    changed = max(float(abs(a.astype(int) - b).max()) for a, b in zip(pictures, scene["pictures"]))
    # Where something was painted, as the rest is the same anyway.
    inside = min(psnr(a[k], b[k]) for a, b, c in zip(pictures, after, scene["pictures"])
                 for k in [(b != c).any(2)])
    batches = int(abs(pictures.astype(int) - one_by_one).max())
    spread = float(numpy.std(stages[0][2]))
    print(f"  mel {worst[0]:.1e}, planes {worst[1]:.1e}, painted {worst[2]:.1e} (spread {spread:.2f}), pictures "
          f"{good:.1f} dB, inside {inside:.1f} dB, changed by {changed:.0f}, batches differ by {batches}", flush=True)
    return (worst[0] <= FEATURES_MAX and worst[1] <= PLANES_MAX and worst[2] <= (HALF_MAX if half else PAINTED_MAX) and
            good >= PSNR_MIN and changed > 20 and batches <= 1)


def check(program, true_size):
    scenes = {
        "a large face, 25 pictures a second": (scene_of(420, 500, 130, range(7), 1.), fractions.Fraction(25)),
        "a small face, 29.97 and the end": (scene_of(150, 170, 31, range(26, 31), 1.), fractions.Fraction(30000, 1001)),
        "cut off, 60 a second": (scene_of(200, 190, 90, range(57, 60), 1.), fractions.Fraction(60)),
    }
    wrong = []
    for side in (96, 256):
        for half in (False, True):
            for name, (scene, rate) in scenes.items():
                what = f"{side} pixels{', float16' if half else ''}: {name}"
                print(what, flush=True)
                if not compare(program, side, 1 if true_size else 8, half, scene, rate):
                    wrong.append(what)
    print("too far: " + "; ".join(wrong) if wrong else "all within bounds")
    return 1 if wrong else 0


def golden(folder):
    folder.mkdir(parents=True, exist_ok=True)
    scene, rate = scene_of(80, 88, 24, [0, 10, 11], .5), fractions.Fraction(25)
    module = export(folder, 96, 32)
    (folder / "checkpoint.pth").unlink()
    (folder / "scene").write_bytes(scene["data"])
    stages, after = reference(scene, module, 96, rate)
    with open(folder / "expected", "wb") as file:
        for mel, planes, painted in stages:
            for values in (mel.ravel(), planes.ravel()[::STRIDE], painted.ravel()[::STRIDE]):
                file.write(values.astype("<f4").tobytes())
        for pixels in after:
            file.write(pixels.ravel()[::PICTURE_STRIDE].tobytes())
    return 0


def random(folder, side, half):
    folder.mkdir(parents=True, exist_ok=True)
    export(folder, side, 1, half)
    (folder / "checkpoint.pth").unlink()
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=("check", "golden", "random"))
    parser.add_argument("path", type=pathlib.Path)
    parser.add_argument("--true-size", action="store_true")
    parser.add_argument("--side", type=int, choices=(96, 256), default=96)
    parser.add_argument("--half", action="store_true")
    arguments = parser.parse_args()
    quality_environment.enter("engines", PACKAGES)
    if arguments.what == "check":
        return check(arguments.path, arguments.true_size)
    if arguments.what == "random":
        return random(arguments.path, arguments.side, arguments.half)
    return golden(arguments.path)


if __name__ == "__main__":
    sys.exit(main())
