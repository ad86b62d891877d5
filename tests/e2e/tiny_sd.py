# SPDX-License-Identifier: Apache-2.0
"""Folders of a tiny Stable Diffusion for the tests: random weights (tests/golden/tiny_sd), and if a picture is wanted a
decoder that gives that one, whatever it is asked."""
import os
import struct

from harness import SOURCE, tool

GOLDEN = os.path.join(SOURCE, "tests", "golden", "tiny_sd")
PARTS = ("text_encoder", "unet", "vae_decoder", "tokenizer", "scheduler", "taesd_decoder")


def make_folder(path, kind="turbo", picture=None, side=320):
    """The parts of `kind`, the rest from "sd15", as links. `picture`: a file that the decoder gives, cut to a square of
    `side` pixels; the pipeline must then be asked for that size."""
    os.makedirs(path)
    for part in PARTS:
        for source in (kind, "sd15"):
            target = os.path.join(GOLDEN, source, part)
            if os.path.exists(target) and not os.path.lexists(os.path.join(path, part)):
                os.symlink(target, os.path.join(path, part))
    if picture:
        decoder = os.path.join(path, "taesd_decoder")
        if os.path.lexists(decoder):
            os.unlink(decoder)
        os.mkdir(decoder)
        with open(os.path.join(decoder, "model.onnx"), "wb") as file:
            file.write(_decoder(_planes(picture, side), side))
    return path


def _planes(picture, side):
    """float32 [3, side, side], 0 to 1, as TAESD's own export gives them."""
    fit = "scale=%d:%d:force_original_aspect_ratio=increase,crop=%d:%d" % (side, side, side, side)
    raw = tool("ffmpeg", "-v", "error", "-i", picture, "-vf", fit, "-frames:v", "1", "-f", "rawvideo",
               "-pix_fmt", "gbrp", "-")
    green, blue, red = (raw[k * side * side:(k + 1) * side * side] for k in range(3))
    return struct.pack("<%df" % (3 * side * side), *(level / 255 for level in red + green + blue))


# ---- ONNX, as far as it takes: protobuf by hand --------------------------------------------------

def _varint(value):
    data = b""
    while value > 127:
        data += bytes([value & 127 | 128])
        value >>= 7
    return data + bytes([value])


def _field(number, value):
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    value = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _node(kind, inputs, output):
    return b"".join(_field(1, name) for name in inputs) + _field(2, output) + _field(3, output) + _field(4, kind)


def _tensor(name, dims, data):
    return b"".join(_field(1, size) for size in dims) + _field(2, 1) + _field(8, name) + _field(9, data)


def _value(name, dims):
    shape = b"".join(_field(1, _field(1 if isinstance(size, int) else 2, size)) for size in dims)
    return _field(1, name) + _field(2, _field(1, _field(1, 1) + _field(2, shape)))


def _decoder(planes, side):
    """sample = picture + 0 * mean(latents)"""
    graph = b"".join(_field(1, node) for node in (
        _node("ReduceMean", ["latent_sample"], "mean"), _node("Mul", ["mean", "zero"], "nothing"),
        _node("Add", ["picture", "nothing"], "sample")))
    graph += _field(2, "picture")
    graph += _field(5, _tensor("zero", [1], struct.pack("<f", 0)))
    graph += _field(5, _tensor("picture", [1, 3, side, side], planes))
    graph += _field(11, _value("latent_sample", [1, 4, "h", "w"]))
    graph += _field(12, _value("sample", [1, 3, side, side]))
    return _field(1, 8) + _field(8, _field(1, "") + _field(2, 13)) + _field(7, graph)
