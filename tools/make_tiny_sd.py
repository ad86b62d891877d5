#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make Stable Diffusion pipelines with random weights, and compare the program with diffusers on them.

usage: make_tiny_sd.py check build/tests/unit/portrait/print_sd_stages [--keep FOLDER]
       make_tiny_sd.py golden tests/golden/tiny_sd

check: the networks have the real shapes and names, context widths and vocabulary, but few channels; diffusers runs its
own pipelines from the same noise. Largest difference of each stage at most 1e-3, or exit 1. A network in float16 is
compared with its twin in float32, and may be 5e-2 away.
golden: the same, much smaller, with what diffusers gave: for the unit test."""
import argparse
import io
import json
import math
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

import check_sd_tokenizer
import quality_environment
from sd_packages import PACKAGES

PROMPT = "a friendly doctor in her fifties, round glasses"
NEGATIVE = "blurry, open mouth"
SEED = 11
ERROR_MAX = 1e-3
HALF_ERROR_MAX = 5e-2
GOLDEN_IMAGE_STRIDE = 7  # every so manieth value of the picture is kept
IMAGE_SIZE = 128
MASK = 2 ** 64 - 1


class Noise:
    """base/rng.c: PCG32 (O'Neill 2014) and Box-Muller."""

    def __init__(self, seed):
        self.state, self.inc = 0, (seed << 1 | 1) & MASK
        self.next()
        self.state = (self.state + (0x853c49e6748fea9b ^ seed)) & MASK
        self.next()

    def next(self):
        old = self.state
        self.state = (old * 6364136223846793005 + self.inc) & MASK
        shifted, turn = ((old >> 18 ^ old) >> 27) & 0xffffffff, old >> 59
        return (shifted >> turn | shifted << (-turn & 31)) & 0xffffffff

    def normal(self, shape):
        import torch
        values = []
        for _ in range(math.prod(shape)):
            u, v = 1 - self.next() / 2 ** 32, self.next() / 2 ** 32
            values.append(math.sqrt(-2 * math.log(u)) * math.cos(6.283185307179586 * v))
        return torch.tensor(values, dtype=torch.float64).reshape(shape).float()


# Blocks of Stable Diffusion 1 and 2.
DOWN, UP = ("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",), ("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3
BETAS = {"beta_start": .00085, "beta_end": .012, "beta_schedule": "scaled_linear"}
EULER, LCM = "EulerAncestralDiscreteScheduler", "LCMScheduler"
CLIP, OPENCLIP = {"width": 768, "pad": "<|endoftext|>"}, {"width": 1024, "pad": "!"}
TRAILING = {"timestep_spacing": "trailing"}
LEADING = {"timestep_spacing": "leading", "steps_offset": 1}
GUIDED = {"time_cond_proj_dim": 256}
# SDXS has three levels, one layer in each, and nothing in the middle.
SDXS = {"block_out_channels": (32, 64, 128), "layers_per_block": 1, "mid_block_type": None,
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D")}
CASES = {
    "sd15": {**CLIP, "steps": 4, "guidance": 7.5, "scheduler": EULER, "config": LEADING},
    "sd15-linspace": {**CLIP, "steps": 3, "guidance": 1, "scheduler": EULER, "config": {}, "ids": "int32"},
    "sd2-v": {**OPENCLIP, "steps": 3, "guidance": 5, "scheduler": EULER,
              "config": {**LEADING, "prediction_type": "v_prediction"}},
    "turbo": {**OPENCLIP, "steps": 1, "guidance": 1, "scheduler": EULER, "config": TRAILING},
    "turbo-4": {**OPENCLIP, "steps": 4, "guidance": 1, "scheduler": EULER, "config": TRAILING, "time": "float32",
                "taesd": "diffusers"},
    "sdxs": {**CLIP, "steps": 1, "guidance": 1, "scheduler": EULER, "config": TRAILING, "unet": SDXS, "taesd": "own"},
    "lcm": {**CLIP, "steps": 4, "guidance": 8, "scheduler": LCM, "config": {}, "unet": GUIDED},
    "lcm-half": {**CLIP, "steps": 3, "guidance": 8, "scheduler": LCM, "config": {}, "unet": GUIDED, "half": True},
}


def real_parts(case):
    """Configurations of text encoder, UNet, decoder, TAESD."""
    wide = case["width"] == 1024
    text = {"vocab_size": 49408, "hidden_size": case["width"], "intermediate_size": 512, "num_hidden_layers": 2,
            "num_attention_heads": 16 if wide else 12, "hidden_act": "gelu" if wide else "quick_gelu",
            "bos_token_id": 49406, "eos_token_id": 49407}
    unet = {"sample_size": IMAGE_SIZE // 8, "block_out_channels": (32, 64, 128, 128),
            "cross_attention_dim": case["width"], "down_block_types": DOWN, "up_block_types": UP,
            "attention_head_dim": (2, 4, 8, 8) if wide else 8, "use_linear_projection": wide,
            **case.get("unet", {})}
    vae = {"block_out_channels": (32, 32, 64, 64), "layers_per_block": 2, "latent_channels": 4,
           "down_block_types": ("DownEncoderBlock2D",) * 4, "up_block_types": ("UpDecoderBlock2D",) * 4}
    return text, unet, vae, {}


def golden_parts(case):
    text = {"vocab_size": 514, "hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 1,
            "num_attention_heads": 2, "bos_token_id": 512, "eos_token_id": 513}
    unet = {"sample_size": 8, "block_out_channels": (4, 4), "cross_attention_dim": 8, "layers_per_block": 1,
            "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
            "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
            "attention_head_dim": 2, "norm_num_groups": 2, **case.get("unet", {})}
    vae = {"block_out_channels": (4, 4, 4, 4), "layers_per_block": 1, "latent_channels": 4, "norm_num_groups": 2,
           "down_block_types": ("DownEncoderBlock2D",) * 4, "up_block_types": ("UpDecoderBlock2D",) * 4}
    taesd = {"encoder_block_out_channels": (4,) * 4, "decoder_block_out_channels": (4,) * 4,
             "num_encoder_blocks": (1,) * 4, "num_decoder_blocks": (1,) * 4}
    return text, unet, vae, taesd


def build(case, parts):
    import diffusers
    import torch
    import transformers
    text, unet, vae, taesd = parts(case)

    def random(kind, config):
        torch.manual_seed(5)  # each for itself: one that differs leaves the others as they are
        return kind(**config)
    made = {
        "text_encoder": random(lambda **c: transformers.CLIPTextModel(transformers.CLIPTextConfig(**c)), text),
        "unet": random(diffusers.UNet2DConditionModel, unet),
        "vae": random(diffusers.AutoencoderTiny, taesd) if case.get("taesd") else random(diffusers.AutoencoderKL, vae),
        "scheduler": getattr(diffusers, case["scheduler"])(**BETAS, **case["config"]),
    }
    for module in (made["text_encoder"], made["unet"], made["vae"]):
        module.eval().requires_grad_(False)
    if case.get("half"):
        for parameter in made["unet"].parameters():
            parameter.data = parameter.data.half().float()
    return made


# --- export ---

def export(module, inputs, names, output, path, free, small):
    import onnx
    import torch
    path.parent.mkdir(parents=True, exist_ok=True)
    file = io.BytesIO()
    with torch.no_grad():
        torch.onnx.export(module, inputs, file, input_names=names, output_names=[output], opset_version=17,
                          dynamic_axes=free, do_constant_folding=True)
    model = onnx.load_from_string(file.getvalue())
    if small:
        shorten(model)
    return model


def shorten(model):
    """Names of inner tensors and nodes are half of a graph this small."""
    graph = model.graph
    kept = {t.name for t in [*graph.input, *graph.output]}
    names = {}

    def short(name):
        if not name or name in kept:
            return name
        return names.setdefault(name, f"{len(names):x}")
    for tensor in graph.initializer:
        tensor.name = short(tensor.name)
    for node in graph.node:
        node.name = node.doc_string = ""
        node.input[:] = [short(n) for n in node.input]
        node.output[:] = [short(n) for n in node.output]
        for attribute in node.attribute:
            assert not attribute.HasField("g")
    del graph.value_info[:], model.metadata_props[:]


def save(model, path, external=False):
    import onnx
    if external:
        onnx.save_model(model, path, save_as_external_data=True, location="model.onnx_data", size_threshold=64)
    else:
        onnx.save_model(model, path)


def wrap(call):
    import torch

    class Wrapped(torch.nn.Module):
        def __init__(self, module):
            super().__init__()
            self.module = module

        def forward(self, *inputs):
            return call(self.module, *inputs)
    return Wrapped


def export_text(made, case, folder, small):
    import torch
    dtype = getattr(torch, case.get("ids", "int64"))
    module = wrap(lambda m, ids: m(ids, return_dict=False)[0])(made["text_encoder"])
    path = folder / "text_encoder" / "model.onnx"
    save(export(module, (torch.zeros((1, 77), dtype=dtype),), ["input_ids"], "last_hidden_state", path,
                {"input_ids": {0: "batch_size", 1: "sequence_length"}}, small), path)


def export_unet(made, case, folder, small, name="unet"):
    import copy
    import torch
    unet, half = copy.deepcopy(made["unet"]), case.get("half", False)
    dtype = torch.float16 if half else torch.float32
    size, width = unet.config.sample_size, unet.config.cross_attention_dim
    inputs = [torch.zeros((1, 4, size, size), dtype=dtype),
              torch.tensor([9]).to(getattr(torch, case.get("time", "int64"))), torch.zeros((1, 77, width), dtype=dtype)]
    names = ["sample", "timestep", "encoder_hidden_states"]
    if unet.config.time_cond_proj_dim:
        inputs.append(torch.zeros((1, unet.config.time_cond_proj_dim), dtype=dtype))
        names.append("timestep_cond")
    module = wrap(lambda m, x, t, c, w=None: m(x, t, c, timestep_cond=w, return_dict=False)[0])(unet.to(dtype))
    path = folder / name / "model.onnx"
    free = {"sample": {0: "batch_size", 2: "height", 3: "width"}, "encoder_hidden_states": {0: "batch_size"}}
    if case.get("fixed"):
        free = {}
    save(export(module, tuple(inputs), names, "out_sample", path, free, small), path, external=half)
    (path.parent / "config.json").write_text(json.dumps({
        "_class_name": "UNet2DConditionModel", "sample_size": size,
        "mid_block_type": unet.config.mid_block_type}) + "\n")


def export_decoder(made, case, folder, small):
    import torch
    taesd, vae = case.get("taesd"), made["vae"]
    path = folder / ("taesd_decoder" if taesd else "vae_decoder") / "model.onnx"
    calls = {None: lambda m, z: m.decode(z, return_dict=False)[0],
             "diffusers": lambda m, z: m.decode(z, return_dict=False)[0],
             "own": lambda m, z: m.decoder(z) / 2 + .5}
    size = made["unet"].config.sample_size
    free = {"latent_sample": {0: "batch_size", 2: "height", 3: "width"}}
    module, latents = wrap(calls[taesd])(vae), torch.zeros((1, 4, size, size))
    save(export(module, (latents,), ["latent_sample"], "sample", path, free, small), path)
    if taesd != "own":
        (path.parent / "config.json").write_text(json.dumps({
            "_class_name": type(vae).__name__, "scaling_factor": vae.config.scaling_factor}) + "\n")


def write_rest(made, case, folder, merges):
    (folder / "scheduler").mkdir(parents=True, exist_ok=True)
    config = {"_class_name": case["scheduler"], "num_train_timesteps": 1000, **BETAS, **case["config"]}
    (folder / "scheduler" / "scheduler_config.json").write_text(json.dumps(config, indent=1) + "\n")
    check_sd_tokenizer.write_folder(folder / "tokenizer", merges, case["pad"])


# --- what diffusers makes of it ---

def reference(made, case, folder):
    """[(stage, tensor)] in the order in which the program tells them."""
    import diffusers
    import torch
    import transformers
    lcm = case["scheduler"] == "LCMScheduler"
    kind = diffusers.LatentConsistencyModelPipeline if lcm else diffusers.StableDiffusionPipeline
    pipe = kind(**made, tokenizer=transformers.CLIPTokenizer.from_pretrained(folder / "tokenizer"), safety_checker=None,
                feature_extractor=None, requires_safety_checker=False)
    pipe.set_progress_bar_config(disable=True)
    noise, size = Noise(SEED), made["unet"].config.sample_size
    module = sys.modules[type(made["scheduler"]).__module__]
    module.randn_tensor = lambda shape, **_: noise.normal(shape)
    start = noise.normal((1, 4, size, size))
    stages = []
    text, negative = pipe.encode_prompt(PROMPT, "cpu", 1, True, NEGATIVE)
    stages += [("negative", negative), ("text", text)]
    steps = []

    def keep(_pipe, _step, _time, tensors):
        steps.append(tensors["latents"].clone())
        return tensors
    extra = {} if lcm else {"negative_prompt": NEGATIVE}
    pipe(PROMPT, height=8 * size, width=8 * size, num_inference_steps=case["steps"], guidance_scale=case["guidance"],
         latents=start.clone(), output_type="latent", callback_on_step_end=keep, **extra)
    stages.append(("latents 0", start * made["scheduler"].init_noise_sigma))
    stages += [(f"latents {i + 1}", s) for i, s in enumerate(steps)]
    with torch.no_grad():
        image = made["vae"].decode(steps[-1] / made["vae"].config.scaling_factor, return_dict=False)[0]
    stages.append(("image", image / 2 + .5 if case.get("taesd") == "own" else image))
    return stages


def write_all(case, folder, parts, merges, small):
    made = build(case, parts)
    export_text(made, case, folder, small)
    export_unet(made, case, folder, small)
    export_decoder(made, case, folder, small)
    write_rest(made, case, folder, merges)
    return made


def compare(program, case, folder, stages):
    """Prints the largest difference of each stage; whether all are small."""
    import numpy
    result = subprocess.run([program, folder, PROMPT, NEGATIVE, str(SEED), str(case["steps"]), str(case["guidance"])],
                            capture_output=True)
    print("  " + result.stderr.decode().strip())
    if result.returncode:
        return False
    values = numpy.frombuffer(result.stdout, "<f4")
    good, at = True, 0
    for name, tensor in stages:
        theirs = tensor.numpy().ravel()
        mine = values[at:at + theirs.size]
        at += theirs.size
        error = float(abs(mine - theirs).max())
        print(f"  {name:10} {error:.1e} of {abs(theirs).max():.2f}")
        good &= error <= (HALF_ERROR_MAX if case.get("half") else ERROR_MAX)
    return good and at == values.size


def check(program, keep):
    merges, wrong = check_sd_tokenizer.clip_merges(), []
    with tempfile.TemporaryDirectory() as scratch:
        for name, case in CASES.items():
            print(name, flush=True)
            folder = pathlib.Path(keep or scratch) / name
            made = write_all(case, folder, real_parts, merges, False)
            if not compare(program, case, folder, reference(made, case, folder)):
                wrong.append(name)
    print("too far: " + ", ".join(wrong) if wrong else f"all within {ERROR_MAX}")
    return 1 if wrong else 0


# --- the committed one: the first has all parts, the others what they have otherwise ---

SMALL = {"pad": "<|endoftext|>", "steps": 2}
GOLDEN = {
    "sd15": {**CASES["sd15"], **SMALL},
    "turbo": {**CASES["turbo"], **SMALL, "taesd": "own"},
    "lcm": {**CASES["lcm-half"], **SMALL, "time": "float32", "fixed": True},
}


def golden(folder):
    for name, case in GOLDEN.items():
        place = folder / name
        made = build(case, golden_parts)
        if name == "sd15":
            export_text(made, case, place, True)
        if name != "turbo":
            export_unet(made, case, place, True)
        if name != "lcm":
            export_decoder(made, case, place, True)
        write_rest(made, case, place, [])
        with open(folder / f"{name}.f32", "wb") as file:
            for stage, tensor in reference(made, case, place):
                values = tensor.numpy().ravel()
                if stage == "image":
                    values = values[::GOLDEN_IMAGE_STRIDE]
                file.write(struct.pack(f"<{values.size}f", *values))
        if name != "sd15":
            shutil.rmtree(place / "tokenizer")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=("check", "golden"))
    parser.add_argument("path")
    parser.add_argument("--keep")
    arguments = parser.parse_args()
    quality_environment.enter("sd", PACKAGES)
    if arguments.what == "check":
        return check(arguments.path, arguments.keep)
    return golden(pathlib.Path(arguments.path))


if __name__ == "__main__":
    sys.exit(main())
