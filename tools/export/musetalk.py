#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the ONNX files that --lipsync musetalk reads from MuseTalk 1.5's checkpoints.

usage: musetalk.py MODELS FOLDER [--half]

MODELS is laid out as MuseTalk's own `models` folder:
  musetalkV15/unet.pth (and musetalk.json beside it), whisper/ and sd-vae/ as Hugging Face keeps them, and optionally
  face-parse-bisent/79999_iter.pth.
--half: weights, inputs and outputs in float16, half as large."""
import argparse
import io
import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import quality_environment  # noqa: E402
from engine_packages import PACKAGES  # noqa: E402

SCALE = 0.18215  # of Stable Diffusion 1's latents
OPSET = 17
LARGE = 1 << 30  # bytes of weights from which on they lie beside the graph: a file of ONNX ends at 2 GB

# musetalk.json; what it does not name is diffusers' usual.
UNET = {"in_channels": 8, "out_channels": 4, "cross_attention_dim": 384, "block_out_channels": (320, 640, 1280, 1280),
        "layers_per_block": 2, "attention_head_dim": 8, "act_fn": "silu", "norm_num_groups": 32, "norm_eps": 1e-5,
        "flip_sin_to_cos": True, "freq_shift": 0, "downsample_padding": 1, "sample_size": 64,
        "down_block_types": ("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
        "up_block_types": ("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3}
# sd-vae-ft-mse's config.json.
VAE = {"block_out_channels": (128, 256, 512, 512), "layers_per_block": 2, "latent_channels": 4, "norm_num_groups": 32,
       "down_block_types": ("DownEncoderBlock2D",) * 4, "up_block_types": ("UpDecoderBlock2D",) * 4,
       "sample_size": 256}
# whisper-tiny's config.json, as far as its encoder goes.
WHISPER = {"d_model": 384, "encoder_layers": 4, "encoder_attention_heads": 6, "encoder_ffn_dim": 1536,
           "num_mel_bins": 80, "max_source_positions": 1500}


# --- what each file computes ---

def modules():
    """Classes of the wrapped networks; torch is imported late, inside of the environment."""
    import torch

    class Whisper(torch.nn.Module):
        """All hidden states, stacked behind the time."""
        def __init__(self, encoder):
            super().__init__()
            self.encoder = encoder

        def forward(self, features):
            return torch.stack(self.encoder(features, output_hidden_states=True).hidden_states, dim=2)

    class Encoder(torch.nn.Module):
        """The mean of the posterior, not a sample of it."""
        def __init__(self, vae):
            super().__init__()
            self.vae = vae

        def forward(self, image):
            return self.vae.encode(image).latent_dist.mean * SCALE

    class Unet(torch.nn.Module):
        def __init__(self, unet):
            super().__init__()
            self.unet = unet

        def forward(self, latents, times, prompts):
            return self.unet(latents, times, encoder_hidden_states=prompts, return_dict=False)[0]

    class Decoder(torch.nn.Module):
        def __init__(self, vae):
            super().__init__()
            self.vae = vae

        def forward(self, latents):
            return self.vae.decode(latents / SCALE, return_dict=False)[0]
    return Whisper, Encoder, Unet, Decoder


def bisenet():
    """The face parser: BiSeNet (Yu et al. 2018) on ResNet-18 with 19 classes, with the names of its checkpoint."""
    import torch
    from torch import nn
    from torch.nn import functional

    class Conv(nn.Module):
        def __init__(self, inputs, outputs, size=3, stride=1):
            super().__init__()
            self.conv = nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False)
            self.bn = nn.BatchNorm2d(outputs)

        def forward(self, x):
            return functional.relu(self.bn(self.conv(x)))

    class Block(nn.Module):
        def __init__(self, inputs, outputs, stride):
            super().__init__()
            self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(outputs)
            self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(outputs)
            self.downsample = None
            if inputs != outputs or stride != 1:
                self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False),
                                                nn.BatchNorm2d(outputs))

        def forward(self, x):
            inner = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x)))))
            return functional.relu(inner + (x if self.downsample is None else self.downsample(x)))

    class Resnet(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
            self.bn1 = nn.BatchNorm2d(64)
            widths = (64, 64, 128, 256, 512)
            for i in range(1, 5):
                first = Block(widths[i - 1], widths[i], 1 if i == 1 else 2)
                layer = nn.Sequential(first, Block(widths[i], widths[i], 1))
                setattr(self, f"layer{i}", layer)

        def forward(self, x):
            x = functional.max_pool2d(functional.relu(self.bn1(self.conv1(x))), 3, 2, 1)
            eighth = self.layer2(self.layer1(x))
            sixteenth = self.layer3(eighth)
            return eighth, sixteenth, self.layer4(sixteenth)

    class Attention(nn.Module):
        def __init__(self, inputs, outputs):
            super().__init__()
            self.conv = Conv(inputs, outputs)
            self.conv_atten = nn.Conv2d(outputs, outputs, 1, bias=False)
            self.bn_atten = nn.BatchNorm2d(outputs)

        def forward(self, x):
            x = self.conv(x)
            weights = self.bn_atten(self.conv_atten(x.mean((2, 3), keepdim=True)))
            return x * torch.sigmoid(weights)

    class Context(nn.Module):
        def __init__(self):
            super().__init__()
            self.resnet = Resnet()
            self.arm16, self.arm32 = Attention(256, 128), Attention(512, 128)
            self.conv_head32, self.conv_head16 = Conv(128, 128), Conv(128, 128)
            self.conv_avg = Conv(512, 128, 1)

        def forward(self, x):
            eighth, sixteenth, last = self.resnet(x)
            up = self.arm32(last) + self.conv_avg(last.mean((2, 3), keepdim=True))
            up = self.conv_head32(functional.interpolate(up, scale_factor=2.0, mode="nearest"))
            up = self.arm16(sixteenth) + up
            return eighth, self.conv_head16(functional.interpolate(up, scale_factor=2.0, mode="nearest"))

    class Fusion(nn.Module):
        def __init__(self):
            super().__init__()
            self.convblk = Conv(256, 256, 1)
            self.conv1, self.conv2 = nn.Conv2d(256, 64, 1, bias=False), nn.Conv2d(64, 256, 1, bias=False)

        def forward(self, spatial, context):
            x = self.convblk(torch.cat((spatial, context), 1))
            weights = self.conv2(functional.relu(self.conv1(x.mean((2, 3), keepdim=True))))
            return x * torch.sigmoid(weights) + x

    class Output(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.conv_out = Conv(256, 256), nn.Conv2d(256, 19, 1, bias=False)

        def forward(self, x):
            return self.conv_out(self.conv(x))

    class Bisenet(nn.Module):
        def __init__(self):
            super().__init__()
            self.cp, self.ffm, self.conv_out = Context(), Fusion(), Output()

        def forward(self, x):
            scores = self.conv_out(self.ffm(*self.cp(x)))
            return functional.interpolate(scores, size=(512, 512), mode="bilinear", align_corners=True)
    return Bisenet()


# --- writing ---

def halve(model):
    """float16 throughout. (A processor would take an hour to trace a network that is in float16 already.)"""
    import numpy
    import onnx
    graph, single, half = model.graph, onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16
    # The only inputs that ONNX wants in float32 whatever the rest is.
    scales = {node.input[2] for node in graph.node if node.op_type == "Resize" and len(node.input) > 2}

    def change(tensor):
        if tensor.data_type == single:
            values = onnx.numpy_helper.to_array(tensor).astype(numpy.float16)
            tensor.CopyFrom(onnx.numpy_helper.from_array(values, tensor.name))
    for tensor in graph.initializer:
        if tensor.name not in scales:
            change(tensor)
    for node in graph.node:
        for attribute in node.attribute:
            assert not attribute.HasField("g")
            if attribute.HasField("t") and not scales.intersection(node.output):
                change(attribute.t)
            if node.op_type == "Cast" and attribute.name == "to" and attribute.i == single:
                attribute.i = half
    for value in [*graph.input, *graph.output]:
        if value.type.tensor_type.elem_type == single:
            value.type.tensor_type.elem_type = half
    del graph.value_info[:]


def save(module, inputs, input_names, output_name, path, free, change=None):
    """`free`: input names whose first length is that of the batch. `change` may rewrite the graph."""
    import onnx
    import torch
    path.parent.mkdir(parents=True, exist_ok=True)
    axes = {name: {0: "batch"} for name in free} | ({output_name: {0: "batch"}} if free else {})
    module = module.eval().requires_grad_(False)
    size = sum(p.numel() * p.element_size() for p in module.parameters())
    arguments = {"input_names": input_names, "output_names": [output_name], "opset_version": OPSET,
                 "dynamic_axes": axes, "do_constant_folding": True, "dynamo": False}
    if size < LARGE:
        file = io.BytesIO()
        with torch.no_grad():
            torch.onnx.export(module, inputs, file, **arguments)
        model = onnx.load_from_string(file.getvalue())
        if change:
            change(model)
        onnx.save_model(model, path)
        return
    # The exporter puts each weight into a file of its own.
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        with torch.no_grad():
            torch.onnx.export(module, inputs, str(pathlib.Path(scratch) / path.name), **arguments)
        model = onnx.load(pathlib.Path(scratch) / path.name)
        if change:
            change(model)
        data = path.with_name(path.name + "_data")
        data.unlink(missing_ok=True)
        onnx.save_model(model, path, save_as_external_data=True, location=data.name, size_threshold=1024)


def write_whisper(encoder, path, change=None):
    import torch
    features = torch.zeros((1, 80, 3000))
    save(modules()[0](encoder), (features,), ["input_features"], "audio_features_all_layers", path, [], change)


def write_vae(vae, folder, change=None):
    import torch
    _, encoder, _, decoder = modules()
    save(encoder(vae), (torch.zeros((2, 3, 256, 256)),), ["image"], "latents", folder / "vae_encoder.onnx", ["image"],
         change)
    save(decoder(vae), (torch.zeros((2, 4, 32, 32)),), ["latents"], "image", folder / "vae_decoder.onnx", ["latents"],
         change)


def write_unet(unet, path, change=None):
    import torch
    width = unet.config.cross_attention_dim
    inputs = (torch.zeros((2, 8, 32, 32)), torch.zeros(2, dtype=torch.int64), torch.zeros((2, 50, width)))
    names = ["input_latents", "timesteps", "audio_prompts"]
    save(modules()[2](unet), inputs, names, "latents", path, names, change)


def write_parser(parser, path, change=None):
    import torch
    save(parser, (torch.zeros((1, 3, 512, 512)),), ["input"], "output", path, [], change)


# --- reading ---

def read_state(path, module, is_partial=False):
    """`is_partial`: the file may have more than the module."""
    import torch
    state = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    missing, unknown = module.load_state_dict(state, strict=False)
    # The counters of batch norms say nothing here.
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or (unknown and not is_partial):
        sys.exit(f"{path} does not fit: {len(missing)} tensors are missing ({', '.join(missing[:3])}), "
                 f"{len(unknown)} unknown ({', '.join(unknown[:3])})")
    return module


def read_unet(folder):
    import diffusers
    config = dict(UNET)
    given = folder / "musetalk.json"
    if given.exists():
        said = json.loads(given.read_text(encoding="utf-8"))
        config.update({key: said[key] for key in config if key in said})
    return read_state(folder / "unet.pth", diffusers.UNet2DConditionModel(**config))


def read_all(models):
    """[(what, how it is read, how it is written)], one after the other: each is gone before the next is read."""
    import diffusers
    import transformers
    steps = [
        ("whisper", lambda: transformers.WhisperModel.from_pretrained(models / "whisper").encoder,
         lambda module, out, change: write_whisper(module, out / "whisper_encoder.onnx", change)),
        ("sd-vae", lambda: diffusers.AutoencoderKL.from_pretrained(models / "sd-vae"), write_vae),
        ("musetalkV15", lambda: read_unet(models / "musetalkV15"),
         lambda module, out, change: write_unet(module, out / "unet.onnx", change)),
    ]
    parser = models / "face-parse-bisent" / "79999_iter.pth"
    if parser.exists():
        # Its two further outputs served training.
        steps.append(("face-parse-bisent", lambda: read_state(parser, bisenet(), True),
                      lambda module, out, change: write_parser(module, out / "face_parsing.onnx", change)))
    return steps


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--half", action="store_true", help="float16")
    arguments = parser.parse_args()
    quality_environment.enter("engines", PACKAGES)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for name, read, write in read_all(arguments.models):
        print(name, flush=True)
        write(read().float(), arguments.folder, halve if arguments.half else None)
    if not (arguments.folder / "face_parsing.onnx").exists():
        print("no face-parse-bisent/79999_iter.pth: masks are made of the mesh")
    size = sum(p.stat().st_size for p in arguments.folder.iterdir())
    print(f"{size / 1e9:.2f} GB in {arguments.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
