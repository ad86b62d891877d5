#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make MuseTalk's networks with random weights, and compare the program with diffusers, transformers, OpenCV on them.

usage: check_musetalk.py check build/tests/unit/lipsync/print_musetalk_stages [--keep FOLDER] [--true-size]
       check_musetalk.py golden tests/golden/tiny_musetalk
       check_musetalk.py export FOLDER       (tools/export/musetalk.py on checkpoints of random weights)

check: the networks have the true topology and names, with few channels, or with --true-size the true configuration.
Largest difference: of features 1e-4, of tensors before blending 1e-3, or exit 1; the blended picture at least 50 dB.
A network in float16 is compared with its twin in float32, and may be 5e-2 away, the picture 40 dB.
golden: the same, smaller still, with what was expected: for the unit test."""
import argparse
import fractions
import json
import math
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import quality_environment
from engine_packages import PACKAGES

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools" / "export"))
import musetalk as exporter  # noqa: E402

RATE = 16000
FEATURES_MAX, TENSOR_MAX, PICTURE_DB = 1e-4, 1e-3, 50
HALF_MAX, HALF_DB = 5e-2, 40
GOLDEN_STRIDE = 61  # every so manieth value of tensors is kept; of prompts all
GOLDEN_FRAMES = ((0, 25, 1), (899, 30000, 1001))

REDUCED = {
    "whisper": {"d_model": 32, "encoder_layers": 4, "encoder_attention_heads": 2, "encoder_ffn_dim": 64},
    "unet": {"block_out_channels": (32, 64, 64, 64), "cross_attention_dim": 32, "attention_head_dim": 4},
    "vae": {"block_out_channels": (32, 32, 64, 64)},
}
TINY = {
    "whisper": {"d_model": 4, "encoder_layers": 4, "encoder_attention_heads": 2, "encoder_ffn_dim": 8},
    "unet": {"block_out_channels": (4, 4), "cross_attention_dim": 4, "attention_head_dim": 2, "norm_num_groups": 2,
             "layers_per_block": 1, "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
             "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D")},
    "vae": {"block_out_channels": (4, 4, 4, 4), "norm_num_groups": 2, "layers_per_block": 1},
}
TRUE = {"whisper": {}, "unet": {}, "vae": {}}
# frame, rate, eye distance (the box is 2.05 times as wide), parser, half
CASES = {
    "first": {"frame": 0, "fps": (25, 1), "unit": 170, "seconds": 3},
    "25": {"frame": 40, "fps": (25, 1), "unit": 170.3, "seconds": 3, "parser": True},
    "segments": {"frame": 899, "fps": (30000, 1001), "unit": 90.7, "seconds": 33},
    "end": {"frame": 71, "fps": (24, 1), "unit": 211.1, "seconds": 3, "parser": True},
    "half": {"frame": 20, "fps": (30, 1), "unit": 150, "seconds": 3, "parser": True, "half": True},
}


# --- a scene ---

def face_mesh(unit, x, y):
    """make_face() of tests/unit/lipsync/face_fixture.h, looking ahead."""
    import numpy
    text = (ROOT / "tests" / "unit" / "lipsync" / "face_points.h").read_text(encoding="utf-8")
    points = numpy.array([[int(v) for v in m] for m in re.findall(r"\{(-?\d+), (-?\d+), (-?\d+)\}", text)])
    points = points.astype("f4") * numpy.float32(.001)
    unit = numpy.float32(unit)
    return numpy.stack([numpy.float32(x) + unit * points[:, 0], numpy.float32(y) + unit * points[:, 1],
                        -unit * points[:, 2]], 1).astype("<f4")


def picture(width, height):
    """Slopes and a pattern, of whole numbers: the unit test makes the same."""
    import numpy
    y, x = numpy.mgrid[:height, :width]
    wave = ((x * 5) ^ (y * 3)) & 31
    rgb = numpy.stack([90 + wave + x * 90 // width, 60 + wave + y * 120 // height, 110 + wave - x * 60 // width,
                       numpy.full_like(x, 255)], 2)
    return rgb.astype("u1")


def sound(seconds):
    import numpy
    i = numpy.arange(int(seconds * RATE), dtype="i8")
    loud = (i // 4000) % 5  # a fifth of the quarter seconds is silent
    return ((((i * i * 7 + i * 13) % 2001) - 1000) * loud / 16000).astype("<f4")


# --- networks ---

def spread_classes(parser):
    """Random weights see one class everywhere: let skin and nose be told by what differs within a picture."""
    import torch
    seen = []
    hook = parser.conv_out.conv.register_forward_hook(lambda _module, _inputs, output: seen.append(output[0]))
    with torch.no_grad():
        parser(torch.from_numpy(picture(512, 512)[:, :, :3].transpose(2, 0, 1)[None] / 128 - 1).float())
    hook.remove()
    mean, weights = seen[0].mean((1, 2)), parser.conv_out.conv_out.weight[:, :, 0, 0]
    weights -= (weights @ mean)[:, None] * mean / (mean @ mean)
    weights[10] = -weights[1]
    weights[[i for i in range(19) if i not in (1, 10, 11, 12, 13)]] = 0


def build(sizes, with_parser):
    import diffusers
    import torch
    import transformers

    def random(make):
        torch.manual_seed(5)
        module = make().eval().requires_grad_(False)
        # Weights as they are born make chaos of forty blocks in a row: rounding grows a thousandfold. What the blocks
        # add is made smaller, as training does.
        for name, parameter in module.named_parameters():
            if re.search(r"(conv2|to_out\.0|proj_out|net\.2|fc2|out_proj)\.weight$", name):
                parameter.mul_(.2)
            if name == "decoder.conv_out.weight":
                parameter.mul_(.2)  # to about -1..1
        return module
    whisper = transformers.WhisperConfig(**{**exporter.WHISPER, **sizes["whisper"]}, decoder_layers=1,
                                         decoder_attention_heads=1, decoder_ffn_dim=4)
    made = {
        "whisper": random(lambda: transformers.WhisperModel(whisper)).encoder,
        "unet": random(lambda: diffusers.UNet2DConditionModel(**{**exporter.UNET, **sizes["unet"]})),
        "vae": random(lambda: diffusers.AutoencoderKL(**{**exporter.VAE, **sizes["vae"]})),
    }
    if with_parser:
        made["parser"] = random(exporter.bisenet)
        spread_classes(made["parser"])
    return made


def write(made, folder, change=None):
    folder.mkdir(parents=True, exist_ok=True)
    exporter.write_whisper(made["whisper"], folder / "whisper_encoder.onnx", change)
    exporter.write_vae(made["vae"], folder, change)
    exporter.write_unet(made["unet"], folder / "unet.onnx", change)
    if "parser" in made:
        exporter.write_parser(made["parser"], folder / "face_parsing.onnx", change)


# --- the pipeline, from its description ---

def features(encoder, samples):
    """[steps, 5, width] at 50 a second."""
    import numpy
    import torch
    import transformers
    extractor = transformers.WhisperFeatureExtractor(feature_size=80)
    parts = []
    for start in range(0, len(samples), 30 * RATE):
        mel = extractor(samples[start:start + 30 * RATE], sampling_rate=RATE, return_tensors="pt").input_features
        with torch.no_grad():
            states = encoder(mel, output_hidden_states=True).hidden_states
        assert mel.shape == (1, 80, 3000) and len(states) == 5
        parts.append(torch.stack(states, dim=2)[0].numpy())
    return numpy.concatenate(parts)[:math.floor(len(samples) / RATE * 50)]


def prompts(states, frame, fps):
    """[50, width]: four steps before to six after, zeros beyond the sound, and the positions."""
    import numpy
    width = states.shape[2]
    first = math.floor(fractions.Fraction(50 * fps[1], fps[0]) * frame)
    padded = numpy.concatenate([numpy.zeros((4, 5, width), "f4"), states, numpy.zeros((200, 5, width), "f4")])
    window = padded[first:first + 10].reshape(50, width)
    place = numpy.arange(50)[:, None] / 10000 ** (numpy.arange(0, width, 2) / width)
    table = numpy.zeros((50, width))
    table[:, 0::2], table[:, 1::2] = numpy.sin(place), numpy.cos(place)
    return (window + table).astype("f4")


JAW = [127, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323, 454, 356]


def face_box(mesh, width, height):
    points = mesh[[*JAW, 1], :2].astype(int)
    middle, chin = int(mesh[5, 1]), points[:, 1].max()
    top = max(0, middle - (chin - middle))
    return points[:, 0].min(), top, min(points[:, 0].max(), width), min(chin + 10, height)


def crop(image, box):
    """Masked and whole, each [3, 256, 256]."""
    import cv2
    import numpy
    x1, y1, x2, y2 = box
    small = cv2.resize(image[y1:y2, x1:x2, :3], (256, 256), interpolation=cv2.INTER_LANCZOS4).transpose(2, 0, 1) / 255
    masked = small.copy()
    masked[:, 128:] = 0
    return ((numpy.stack([masked, small]) - .5) / .5).astype("f4")


def square_of(image, box):
    """The enlarged square as an image of Pillow, and its corner."""
    import PIL.Image
    x1, y1, x2, y2 = box
    half = int(max(x2 - x1, y2 - y1) // 2 * 1.5)
    x, y = (x1 + x2) // 2 - half, (y1 + y2) // 2 - half
    return PIL.Image.fromarray(image[:, :, :3]).crop((x, y, x + 2 * half, y + 2 * half)), (x, y)


def classes_by_parser(parser, square):
    import numpy
    import PIL.Image
    import torch
    small = numpy.asarray(square.resize((512, 512), PIL.Image.BILINEAR)) / 255
    planes = ((small - [.485, .456, .406]) / [.229, .224, .225]).astype("f4").transpose(2, 0, 1)[None]
    with torch.no_grad():
        return parser(torch.from_numpy(planes))[0].argmax(0).numpy()


OVAL = [10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149,
        150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109]
NOSE = [168, 351, 456, 420, 429, 279, 331, 358, 294, 327, 326, 2, 97, 98, 64, 129, 102, 49, 209, 198, 236, 122]
LIPS = [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185]


def classes_by_mesh(mesh, corner, side):
    import numpy
    classes = numpy.zeros((512, 512), "u1")
    y, x = numpy.mgrid[:512, :512] + .5
    for points, number in ((OVAL, 1), (NOSE, 10), (LIPS, 11)):
        places = (mesh[points, :2].astype("f8") - corner) * 512 / side
        inside = numpy.zeros((512, 512), bool)
        for (x1, y1), (x2, y2) in zip(places, numpy.roll(places, 1, 0)):
            if y1 != y2:
                inside ^= ((y1 > y) != (y2 > y)) & (x < x1 + (y - y1) / (y2 - y1) * (x2 - x1))
        classes[inside] = number
    return classes


def jaw_mask(classes):
    import cv2
    import numpy
    kernel = numpy.zeros((33, 33), "u1")
    for row in range(10, 33):
        half = row - 10 if row <= 20 else 10
        kernel[row, 16 - half:16 + half + 1] = 1
    skin = (classes == 1).astype("u1") * 255
    grown = cv2.dilate(skin, kernel)
    shrunk = cv2.erode(grown, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (35, 3)), iterations=2)
    x = numpy.arange(512)
    mask = numpy.where((x <= 256 - 90) | (x >= 256 + 90), shrunk, grown)
    mask[classes == 10] = 0
    mask[(classes >= 11) & (classes <= 13)] = 255
    return mask


def resize_face(face, width, height):
    """Cubic where it grows, by area where it shrinks."""
    import cv2
    import numpy
    import PIL.Image

    def axis(image, size):
        if size[0] * size[1] < image.shape[1] * image.shape[0]:
            return cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        return numpy.asarray(PIL.Image.fromarray(image).resize(size, PIL.Image.BICUBIC))
    return axis(axis(face, (width, 256)), (width, height))


def blend(image, box, mask, face):
    """`face`: [3, 256, 256] of 0..1."""
    import cv2
    import numpy
    import PIL.Image
    x1, y1, x2, y2 = box
    painted = resize_face((face * 255).round().astype("u1").transpose(1, 2, 0), x2 - x1, y2 - y1)
    square, (x, y) = square_of(image, box)
    side = square.size[0]
    wide = numpy.asarray(PIL.Image.fromarray(mask).resize((side, side), PIL.Image.BILINEAR))
    kept = numpy.zeros_like(wide)
    inner = (slice(y1 - y, y2 - y), slice(x1 - x, x2 - x))
    kept[inner] = wide[inner]
    kept[:int(side * .5)] = 0
    size = int(.05 * side // 2 * 2) + 1
    soft = PIL.Image.fromarray(cv2.GaussianBlur(kept, (size, size), 0))
    whole = PIL.Image.fromarray(image[:, :, :3].copy())
    large = square.copy()
    large.paste(PIL.Image.fromarray(painted), (x1 - x, y1 - y))
    whole.paste(large, (x, y), soft)
    return numpy.dstack([numpy.asarray(whole), image[:, :, 3]])


def reference(made, mesh, image, samples, frame, fps):
    """[(stage, values)] in the order in which the program prints them."""
    import numpy
    import torch
    box = face_box(mesh, image.shape[1], image.shape[0])
    pair = crop(image, box)
    heard = prompts(features(made["whisper"], samples), frame, fps)
    with torch.no_grad():
        latents = made["vae"].encode(torch.from_numpy(pair)).latent_dist.mean * exporter.SCALE
        joined = latents.reshape(1, 8, 32, 32)
        painted = made["unet"](joined, torch.zeros(1, dtype=torch.int64),
                               encoder_hidden_states=torch.from_numpy(heard)[None]).sample
        decoded = made["vae"].decode(painted / exporter.SCALE).sample[0].numpy()
    square, corner = square_of(image, box)
    classes = (classes_by_parser(made["parser"], square) if "parser" in made
               else classes_by_mesh(mesh, corner, square.size[0]))
    mask = jaw_mask(classes.astype("u1"))
    face = numpy.clip(decoded / 2 + .5, 0, 1)
    whole = blend(image, box, mask, face)
    return [("box", numpy.array(box, "f4")), ("crops", pair), ("features", heard), ("latents", joined.numpy()),
            ("painted", painted.numpy()), ("decoded", decoded), ("mask", mask), ("picture", whole)]


# --- comparing ---

def decibels(mine, theirs):
    import numpy
    error = float(numpy.mean((mine.astype("f8") - theirs.astype("f8")) ** 2))
    return 99 if error == 0 else 10 * math.log10(255 ** 2 / error)


def compare(stages, values, box, shape, half):
    """Prints how far each stage is off; whether all are near enough."""
    good, at = True, 0
    for name, tensor in stages:
        theirs = tensor.ravel().astype("f4")
        mine = values[at:at + theirs.size]
        at += theirs.size
        if mine.size != theirs.size:
            print(f"  {name}: not given")
            return False
        error = float(abs(mine - theirs).max())
        if name == "picture":
            x1, y1, x2, y2 = (int(v) for v in box)
            mine, theirs = mine.reshape(shape), theirs.reshape(shape)
            level = decibels(mine[y1:y2, x1:x2, :3], theirs[y1:y2, x1:x2, :3])
            mine = mine.copy()
            mine[y1:y2, x1:x2] = theirs[y1:y2, x1:x2]
            print(f"  {name:10} {level:.1f} dB in the box, largest difference {error:.0f}, outside "
                  f"{abs(mine - theirs).max():.0f}")
            good &= level >= (HALF_DB if half else PICTURE_DB) and abs(mine - theirs).max() == 0
        elif name == "mask":
            share = float((mine != theirs).mean())
            print(f"  {name:10} {share:.1e} of it differs, {(theirs > 0).mean():.0%} are set")
            good &= share <= (1e-2 if half else 1e-4) and .05 < (theirs > 0).mean() < .95
        else:
            print(f"  {name:10} {error:.1e} of {abs(theirs).max():.2f}")
            good &= error <= (HALF_MAX if half else FEATURES_MAX if name == "features" else TENSOR_MAX)
    return good and at == values.size


def write_scene(folder, case):
    unit = case["unit"]
    width, height = int(unit * 2.9), int(unit * 3.4)
    mesh, image = face_mesh(unit, width / 2 + .3, height * .42 + .2), picture(width, height)
    samples = sound(case["seconds"])
    mesh.tofile(folder / "mesh.f32")
    image.tofile(folder / "picture.rgba")
    samples.tofile(folder / "sound.f32")
    return mesh, image, samples


def scene_arguments(folder, image):
    sides = str(image.shape[1]), str(image.shape[0])
    return [folder / "mesh.f32", folder / "picture.rgba", *sides, folder / "sound.f32"]


def run_case(program, folder, scratch, made, case):
    import numpy
    mesh, image, samples = write_scene(scratch, case)
    result = subprocess.run([program, "stages", folder, *scene_arguments(scratch, image), str(case["fps"][0]),
                             str(case["fps"][1]), str(case["frame"])], capture_output=True)
    if result.returncode:
        print("  " + result.stderr.decode().strip())
        return False
    stages = reference(made, mesh, image, samples, case["frame"], case["fps"])
    return compare(stages, numpy.frombuffer(result.stdout, "<f4"), stages[0][1], image.shape, case.get("half", False))


def check(program, keep, true_size):
    wrong = []
    cases = {"25": {**CASES["25"], "parser": False}} if true_size else CASES
    with tempfile.TemporaryDirectory() as scratch:
        for name, case in cases.items():
            print(name, flush=True)
            folder = pathlib.Path(keep or scratch) / name
            made = build(TRUE if true_size else REDUCED, case.get("parser", False))
            write(made, folder, exporter.halve if case.get("half") else None)
            if not run_case(program, folder, pathlib.Path(scratch), made, case):
                wrong.append(name)
            if true_size:
                del made
                _mesh, image, _samples = write_scene(pathlib.Path(scratch), case)
                scene = scene_arguments(pathlib.Path(scratch), image)
                for batch in ("1", "4"):
                    subprocess.run([program, "time", folder, *scene, batch, "2"], check=True)
    print("too far: " + ", ".join(wrong) if wrong else "all near enough")
    return 1 if wrong else 0


# --- the committed one ---

def shorten(model):
    """Names of inner tensors and nodes are half of a graph this small."""
    graph = model.graph
    kept = {t.name for t in [*graph.input, *graph.output]}
    names = {}

    def short(name):
        return name if not name or name in kept else names.setdefault(name, f"{len(names):x}")
    for tensor in graph.initializer:
        tensor.name = short(tensor.name)
    for node in graph.node:
        node.name = node.doc_string = ""
        node.input[:] = [short(n) for n in node.input]
        node.output[:] = [short(n) for n in node.output]
        assert not any(attribute.HasField("g") for attribute in node.attribute)
    del graph.value_info[:], model.metadata_props[:]


def golden(folder):
    import numpy
    folder.mkdir(parents=True, exist_ok=True)
    made = build(TINY, False)
    write(made, folder, shorten)
    # A part in float16, to stand in for its twin.
    with tempfile.TemporaryDirectory() as scratch:
        exporter.write_vae(made["vae"], pathlib.Path(scratch), lambda model: (exporter.halve(model), shorten(model)))
        shutil.copyfile(pathlib.Path(scratch) / "vae_decoder.onnx", folder / "vae_decoder_half.onnx")
    width, height = 300, 340
    mesh, image, samples = face_mesh(100, 150.3, 140.2), picture(width, height), sound(33)
    kept = []
    for frame, num, den in GOLDEN_FRAMES:
        stages = dict(reference(made, mesh, image, samples, frame, (num, den)))
        x1, y1, x2, y2 = (int(v) for v in stages["box"])
        kept += [stages["box"], stages["features"].ravel()]
        kept += [stages[name].ravel()[::GOLDEN_STRIDE] for name in ("crops", "latents", "painted", "decoded")]
        kept += [stages["picture"][y1:y2, x1:x2, :3].ravel()[::GOLDEN_STRIDE]]
    values = numpy.concatenate([k.astype("<f4") for k in kept])
    values.tofile(folder / "expected.f32")
    size = sum(p.stat().st_size for p in folder.iterdir())
    print(f"{size} bytes, {len(values)} values expected")
    return 0


# --- checkpoints of random weights, to try the exporter ---

def export(folder):
    import torch
    import transformers
    models = folder / "models"
    made = build(REDUCED, True)
    (models / "musetalkV15").mkdir(parents=True, exist_ok=True)
    torch.save(made["unet"].state_dict(), models / "musetalkV15" / "unet.pth")
    config = {key: made["unet"].config[key] for key in exporter.UNET}
    (models / "musetalkV15" / "musetalk.json").write_text(json.dumps(config))
    made["vae"].save_pretrained(models / "sd-vae")
    whisper = transformers.WhisperModel(transformers.WhisperConfig(
        **{**exporter.WHISPER, **REDUCED["whisper"]}, decoder_layers=1, decoder_attention_heads=1, decoder_ffn_dim=4))
    whisper.save_pretrained(models / "whisper")
    (models / "face-parse-bisent").mkdir(exist_ok=True)
    torch.save(made["parser"].state_dict(), models / "face-parse-bisent" / "79999_iter.pth")
    tool = ROOT / "tools" / "export" / "musetalk.py"
    return subprocess.run([sys.executable, tool, models, folder / "onnx"]).returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    one = verbs.add_parser("check")
    one.add_argument("program")
    one.add_argument("--keep", help="write the networks into this folder, and leave them there")
    one.add_argument("--true-size", action="store_true")
    for verb in ("golden", "export"):
        verbs.add_parser(verb).add_argument("folder", type=pathlib.Path)
    arguments = parser.parse_args()
    quality_environment.enter("engines", PACKAGES)
    if arguments.verb == "check":
        return check(arguments.program, arguments.keep, arguments.true_size)
    return golden(arguments.folder) if arguments.verb == "golden" else export(arguments.folder)


if __name__ == "__main__":
    sys.exit(main())
