#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compare --enhance with the same steps in Python, on networks with random weights.

usage: check_enhance.py check build/tests/unit/lipsync/print_enhance_stages
       check_enhance.py golden tests/golden
       check_enhance.py random FOLDER [--network x4|x2|compact|gfpgan|codeformer] [--half]

check: upscalers with the published blocks and names and few channels, which come from a checkpoint through
tools/export/enhance.py, and a restorer that sharpens; NumPy, SciPy, torch and Pillow make the reference. Exit 1 if
anything is too far off. golden: smaller ones still (tiny_identity, tiny_restore, tiny_upscale), with what should come
out, for the tests. random: an upscaler or a restorer (restorer_nets.py) of full size with random weights, for
trying speed and memory."""
import argparse
import pathlib
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools" / "export"))
import enhance  # noqa: E402
import quality_environment  # noqa: E402
import restorer_nets  # noqa: E402
from check_wav2lip import MASK, box_of, mask_of, mesh_of, picture, psnr, smooth  # noqa: E402
from engine_packages import PACKAGES  # noqa: E402

PLACE_MAX, SEEN_MAX, MASK_MAX, MADE_MAX, HALF_MAX, PSNR_MIN = 1e-3, 1e-4, 2e-2, 1e-3, 2e-2, 50
TEMPLATE = [[192.98138, 239.94708], [318.90277, 240.1936], [256.63416, 314.01935], [201.26117, 371.41043],
            [313.08905, 371.15118]]
CORNERS = ((33, 133), (362, 263), (1, 1), (61, 61), (291, 291))
WINDOWS = {"restore": (0, 0, 512), "upscale": (106, 210, 300)}
STRIDE, PICTURE_STRIDE = 211, 3  # every so manieth value is kept


# --- networks ---

def randomise(module):
    """Values that stay in range, and an answer around the middle that differs from place to place."""
    import torch
    nn = torch.nn
    torch.manual_seed(5)
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, a=enhance.SLOPE)
            nn.init.normal_(layer.bias, 0, .05)
        elif isinstance(layer, nn.PReLU):
            nn.init.uniform_(layer.weight, .1, .4)
    with torch.no_grad():
        last = [layer for layer in module.modules() if isinstance(layer, nn.Conv2d)][-1]
        out = []
        hook = last.register_forward_hook(lambda _m, _i, y: out.append(y))
        module(torch.rand(1, 3, 64, 64))
        hook.remove()
        last.weight *= .15 / out[0].std()
        last.bias.fill_(.5)
        last.bias -= .15 * (out[0].mean() / out[0].std())
    return module


def upscaler(folder, module, key="params_ema", half=False):
    """Through a checkpoint, as users have one; returns what it makes of planes."""
    import onnx
    import torch
    path = folder / "checkpoint.pth"
    torch.save({key: randomise(module).state_dict()}, path)
    module = enhance.load(path)
    path.unlink()
    onnx.save_model(enhance.to_onnx(module, half), folder / enhance.FILE)
    module = module.float()
    return lambda planes: module(torch.tensor(planes)[None])[0].numpy()


def restorer(path, sharpness, side, kernel, number=None, names=("input", "output")):
    """A network of a restorer's shape that adds `sharpness` times what is finer than its kernel; `number`: the type of
    a fidelity that it takes, as CodeFormer, and is multiplied with."""
    import numpy
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    taps = -numpy.outer(*[numpy.ones(kernel)] * 2) / kernel ** 2 * sharpness
    taps[kernel // 2, kernel // 2] += 1 + sharpness
    weights = numpy.zeros((3, 3, kernel, kernel), "f4")
    for c in range(3):
        weights[c, c] = taps
    nodes = [helper.make_node("Conv", [names[0], "weights"], ["fine" if number else names[1]],
                              pads=[kernel // 2] * 4)]
    inputs = [helper.make_tensor_value_info(names[0], TensorProto.FLOAT, [1, 3, side, side])]
    if number:
        inputs.append(helper.make_tensor_value_info("w", number, [1]))
        nodes += [helper.make_node("Cast", ["w"], ["narrow"], to=TensorProto.FLOAT),
                  helper.make_node("Mul", ["fine", "narrow"], [names[1]])]
    outputs = [helper.make_tensor_value_info(names[1], TensorProto.FLOAT, [1, 3, side, side])]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, [numpy_helper.from_array(weights, "weights")])
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save_model(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)

    def run(planes):
        import scipy.ndimage
        return numpy.stack([scipy.ndimage.correlate(plane.astype(float), taps, mode="constant") for plane in planes])
    return run


# --- the steps ---

def place_of(mesh):
    """[a, b, x, y] of the template in the picture: the least squares in the template."""
    import numpy
    points = numpy.array([(mesh[p, :2].astype(float) + mesh[q, :2]) / 2 for p, q in CORNERS])
    rows, wanted = [], []
    for (x, y), (u, v) in zip(points, numpy.array(TEMPLATE) + .5):
        rows += [[x, -y, 1, 0], [y, x, 0, 1]]
        wanted += [u, v]
    a, b, u, v = numpy.linalg.lstsq(numpy.array(rows), numpy.array(wanted), rcond=None)[0]
    back = numpy.linalg.inv(numpy.array([[a, -b, u], [b, a, v], [0, 0, 1]]))
    return numpy.array([back[0, 0], back[1, 0], back[0, 2], back[1, 2]])


def cubic(plane, x, y):
    """Catmull-Rom; beyond the borders the last values repeat."""
    import numpy

    def weight(distance):
        d = abs(distance)
        return numpy.where(d < 1, (1.5 * d - 2.5) * d * d + 1,
                           numpy.where(d < 2, ((-.5 * d + 2.5) * d - 4) * d + 2, 0))
    left, top, out = numpy.floor(x - .5).astype(int), numpy.floor(y - .5).astype(int), 0
    for j in range(-1, 3):
        for i in range(-1, 3):
            column, row = numpy.clip(left + i, 0, plane.shape[1] - 1), numpy.clip(top + j, 0, plane.shape[0] - 1)
            out = out + weight(left + i + .5 - x) * weight(top + j + .5 - y) * plane[row, column]
    return out


def points_of(place, window, side):
    """Where the square's pixels are in the picture."""
    import numpy
    steps = (numpy.arange(side) + .5) * window[2] / side
    u, v = numpy.meshgrid(window[0] + steps, window[1] + steps)
    a, b, x, y = place
    return x + a * u - b * v, y + b * u + a * v


def crop_of(pixels, place, window, side):
    import numpy
    x, y = points_of(place, window, side)
    return numpy.clip(numpy.stack([cubic(pixels[:, :, c] / 255, x, y) for c in range(3)]), 0, 1)


def square_mask(mesh, place, window, side, width, height):
    import numpy
    import scipy.ndimage
    box = box_of(mesh, width, height)
    x, y = points_of(place, window, side)
    at = [(y - box[1]) * MASK / (box[3] - box[1]) - .5, (x - box[0]) * MASK / (box[2] - box[0]) - .5]
    mask = scipy.ndimage.map_coordinates(mask_of(mesh, box, 64), at, order=1, mode="constant")
    edge = smooth((numpy.minimum(numpy.arange(side), side - 1 - numpy.arange(side)) + .5) / side / .06)
    return mask * edge[:, None] * edge


def means(planes, parts):
    side = planes.shape[1] // parts
    return planes.reshape(3, side, parts, side, parts).mean((2, 4))


def match(seen, made, mask):
    import numpy
    out = []
    for a, b in zip(seen, made):
        mean, other = numpy.average(a, weights=mask), numpy.average(b, weights=mask)
        spread = numpy.sqrt(numpy.average((a - mean) ** 2, weights=mask))
        gain = numpy.clip(spread / numpy.sqrt(numpy.average((b - other) ** 2, weights=mask)), .8, 1.25)
        out.append(mean + gain * (b - other))
    return numpy.stack(out)


def steady(change, seen, before, reach):
    import scipy.ndimage
    if before is None or before[0].shape != seen.shape:
        return change
    differs = scipy.ndimage.uniform_filter(seen.mean(0) - before[0].mean(0), 2 * reach + 1, mode="nearest")
    part = .2 + .8 * smooth((abs(differs) * 255 - 2) / 6)
    return before[1] + part * (change - before[1])


def add(pixels, change, place, window):
    import math
    import numpy
    side, (a, b, x, y) = change.shape[1], place
    finer = side / (window[2] * math.hypot(a, b))
    parts = min(math.ceil(finer), 8) if finer > 1.25 else 1
    height, width = pixels.shape[:2]
    out = 0
    for k in range(parts * parts):
        px, py = numpy.meshgrid(numpy.arange(width) + (k % parts + .5) / parts - x,
                                numpy.arange(height) + (k // parts + .5) / parts - y)
        u = ((a * px + b * py) / (a * a + b * b) - window[0]) * side / window[2]
        v = ((a * py - b * px) / (a * a + b * b) - window[1]) * side / window[2]
        inside = (u >= 0) & (u <= side) & (v >= 0) & (v <= side)
        out = out + inside * numpy.stack([cubic(plane, u, v) for plane in change]) / parts ** 2
    mixed = numpy.clip(pixels[:, :, :3] + 255 * out.transpose(1, 2, 0), 0, 255) + .5
    return numpy.dstack([mixed.astype("u1"), pixels[:, :, 3]])


def reference(scene, network, kind, fixed, factor):
    """[place, seen by the network, mask, made] of each picture, and the pictures."""
    import math
    import numpy
    window, places, before, last, stages, after = WINDOWS[kind], [], None, 0, [], []
    for pixels, mesh in zip(scene["pictures"], scene["meshes"]):
        places.append(place_of(mesh))
        place = numpy.mean(places[-5:], axis=0)
        length = window[2] * math.hypot(place[0], place[1])
        wanted = min(max(math.ceil(length / 16) * 16, 64), 256)
        last = fixed or (last if wanted <= last <= wanted + 32 else wanted)
        larger = next(k for k in range(1, factor + 1) if factor % k == 0 and last * k >= length)
        side = last * larger
        seen = crop_of(pixels, place, window, side)
        small = means(seen, larger).astype("f4")
        made = network(2 * small - 1) if kind == "restore" else network(small)
        made = numpy.clip((made + 1) / 2 if kind == "restore" else made, 0, 1)
        mask = square_mask(mesh, place, window, side, pixels.shape[1], pixels.shape[0])
        change = match(seen, means(made, factor // larger), mask) - seen
        change = steady(change, seen, before, min(max(round(2 * side / length), 2), 8))
        before = seen, change
        stages.append((place, small, mask, made))
        after.append(add(pixels, change * mask, place, window))
    return stages, after


# --- comparison ---

def scene_of(width, height, eyes, count):
    """A picture that is blurred at each second frame, as a mouth is that moves, under a face that drifts."""
    import numpy
    import scipy.ndimage
    rough = picture(width, height, 1)
    soft = numpy.dstack([scipy.ndimage.gaussian_filter(rough[:, :, c].astype(float), 2) for c in range(3)])
    soft = numpy.dstack([soft.astype("u1"), rough[:, :, 3]])
    pictures = [soft if i % 3 else rough for i in range(count)]
    meshes = [mesh_of(eyes, width * .5 + .7 * i, height * .38 + .4 * i, .02 * i) for i in range(count)]
    data = struct.pack("<3i", width, height, count)
    for pixels, mesh in zip(pictures, meshes):
        data += pixels.tobytes() + mesh.tobytes()
    return {"pictures": pictures, "meshes": meshes, "data": data}


def run(program, kind, folder, scene):
    """[place, small, mask, made] of each picture, and the pictures."""
    import numpy
    (folder / "scene").write_bytes(scene["data"])
    result = subprocess.run([program, kind, folder, folder / "scene"], capture_output=True)
    if result.returncode:
        sys.exit(result.stderr.decode())
    data, stages = result.stdout, []

    def take(count, dtype="<f4"):
        nonlocal data
        size = count * numpy.dtype(dtype).itemsize
        values, data = numpy.frombuffer(data[:size], dtype), data[size:]
        return values
    for _ in scene["pictures"]:
        side, small, made = take(3, "<i4")
        stages.append((take(4, "<f8"), take(3 * small * small).reshape(3, small, small),
                       take(side * side).reshape(side, side), take(3 * made * made).reshape(3, made, made)))
    return stages, numpy.frombuffer(data, "u1").reshape(-1, *scene["pictures"][0].shape)


def compare(program, kind, folder, network, fixed, factor, scene, half=False):
    mine, pictures = run(program, kind, folder, scene)
    theirs, after = reference(scene, network, kind, fixed, factor)
    worst = [max(float(abs(a[k] - b[k]).max()) for a, b in zip(mine, theirs)) for k in range(4)]
    inside = min(psnr(a[k], b[k]) for a, b, c in zip(pictures, after, scene["pictures"]) for k in [(b != c).any(2)])
    changed = max(int(abs(a.astype(int) - b).max()) for a, b in zip(pictures, scene["pictures"]))
    print(f"  place {worst[0]:.1e}, seen {worst[1]:.1e}, mask {worst[2]:.1e}, made {worst[3]:.1e}; inside {inside:.1f} "
          f"dB, changed by {changed}", flush=True)
    return (worst[0] <= PLACE_MAX and worst[1] <= SEEN_MAX and worst[2] <= MASK_MAX and
            worst[3] <= (HALF_MAX if half else MADE_MAX) and inside >= PSNR_MIN and changed > 20)


def check(program):
    networks = {"RRDBNet x4": (lambda: enhance.rrdb(16, 8, 2, 4), 4), "RRDBNet x2": (lambda: enhance.rrdb(16, 8, 2, 2), 2),
                "RRDBNet x1": (lambda: enhance.rrdb(8, 4, 1, 1), 1), "compact x4": (lambda: enhance.compact(16, 3, 4), 4)}
    scenes = {"a small face": scene_of(150, 170, 31, 4), "a face": scene_of(330, 360, 80, 5)}
    wrong = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        for name, (make, factor) in networks.items():
            for half in (False, True) if name == "RRDBNet x2" else (False,):
                network = upscaler(folder, make(), "params" if name == "compact x4" else "params_ema", half)
                for what, scene in scenes.items():
                    print(f"{name}{', float16' if half else ''}: {what}", flush=True)
                    if not compare(program, "upscale", folder, network, 0, factor, scene, half):
                        wrong.append(f"{name}: {what}")
        large = scene_of(620, 640, 150, 3)  # 357 pixels of 256
        print("RRDBNet x4: a large face", flush=True)
        if not compare(program, "upscale", folder, upscaler(folder, enhance.rrdb(8, 4, 1, 4)), 0, 4, large):
            wrong.append("RRDBNet x4: a large face")
        for side in (512, 256):
            network = restorer(folder / "restore.onnx", 1., side, 9, 11)
            for what, scene in list(scenes.items())[:2 if side == 512 else 1]:
                print(f"a restorer of {side} pixels: {what}", flush=True)
                if not compare(program, "restore", folder, network, side, 1, scene):
                    wrong.append(f"restorer of {side}: {what}")
    print("too far: " + "; ".join(wrong) if wrong else "all within bounds")
    return 1 if wrong else 0


def keep(folder, scene, network, kind, fixed, factor):
    stages, after = reference(scene, network, kind, fixed, factor)
    with open(folder / "expected", "wb") as file:
        for place, small, _mask, made in stages:
            file.write(place.astype("<f8").tobytes())
            for values in (small.ravel()[::STRIDE], made.ravel()[::STRIDE]):
                file.write(values.astype("<f4").tobytes())
        for pixels in after:
            file.write(pixels.ravel()[::PICTURE_STRIDE].tobytes())


def golden(folder):
    scene = scene_of(80, 88, 24, 3)
    folder.joinpath("tiny_identity").mkdir(parents=True, exist_ok=True)
    (folder / "tiny_identity" / "scene").write_bytes(scene["data"])
    restorer(folder / "tiny_identity" / "restore.onnx", 0, 512, 1)
    network = restorer(folder / "tiny_restore" / "restore.onnx", 2, 256, 9, 11, ("x", "1288"))
    keep(folder / "tiny_restore", scene, network, "restore", 256, 1)
    (folder / "tiny_upscale").mkdir(parents=True, exist_ok=True)
    network = upscaler(folder / "tiny_upscale", enhance.rrdb(6, 4, 1, 2))
    keep(folder / "tiny_upscale", scene, network, "upscale", 0, 2)
    return 0


def random(folder, network, half):
    folder.mkdir(parents=True, exist_ok=True)
    if network in restorer_nets.NETWORKS:
        restorer_nets.save(network, folder / "restore.onnx")
        return 0
    upscaler(folder, {"x4": enhance.rrdb, "x2": lambda: enhance.rrdb(factor=2), "compact": enhance.compact}[network](),
             half=half)
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=("check", "golden", "random"))
    parser.add_argument("path", type=pathlib.Path)
    parser.add_argument("--network", choices=("x4", "x2", "compact", "gfpgan", "codeformer"), default="x4")
    parser.add_argument("--half", action="store_true")
    arguments = parser.parse_args()
    quality_environment.enter("engines", PACKAGES)
    if arguments.what == "check":
        return check(arguments.path)
    if arguments.what == "random":
        return random(arguments.path, arguments.network, arguments.half)
    return golden(arguments.path)


if __name__ == "__main__":
    sys.exit(main())
