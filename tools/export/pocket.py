#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make, or look over, the ONNX files that --tts pocket reads.

usage: pocket.py check FOLDER
       pocket.py export CONFIG.yaml FOLDER [--positions 1000]

check: whether FOLDER holds the files of KevinAHM's export (a folder of a language in Hugging Face
KevinAHM/pocket-tts-onnx) under their names, with the inputs and outputs that models/manifest.json says. Its int8 files are to be renamed first
(flow_lm_main_int8.onnx to flow_lm_main.onnx and so on).
export: the same five files from the weights themselves: CONFIG.yaml is one of those in the package pocket-tts (its
"weights_path" may be changed to a file on this disk), of a model whose noise flows in time (type "lsd"). A tokenizer.json is not read by the program:
tokenizer.model, of the same repository, is. Weights without voice cloning give no mimi_encoder.onnx."""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import quality_environment  # noqa: E402
from engine_packages import PACKAGES  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
OPSET = 17
# Without what it asks for beside: a web server, and a torch of its own.
POCKET = ["pocket-tts==4.0.1", "pydantic==2.10.6", "pydantic-core==2.27.2", "annotated-types==0.7.0"]
NAMES = {"text": "text_conditioner.onnx", "main": "flow_lm_main.onnx", "flow": "flow_lm_flow.onnx",
         "decoder": "mimi_decoder.onnx", "encoder": "mimi_encoder.onnx"}


def enter():
    """Into the engines' environment, with pocket-tts beside it."""
    quality_environment.enter("engines", PACKAGES)
    folder = pathlib.Path(os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache"))) / "avatar" / POCKET[0]
    if not (folder / "pocket_tts").is_dir():
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps",
                        "--target", folder, *POCKET], check=True)
    sys.path.insert(0, str(folder))
    os.environ["HF_HUB_OFFLINE"] = os.environ.get("HF_HUB_OFFLINE", "0")


# --- what each file computes: the package's weights, its steps with the states as inputs and outputs ---

def modules():
    """Classes of the networks; torch is imported late, inside of the environment."""
    import torch
    from torch import nn
    from torch.nn import functional as F

    def rope(x, start, period):
        """Pairs of neighbours turned by their position. x: [1, t, heads, width]"""
        half = x.shape[-1] // 2
        rates = torch.exp(torch.arange(half, dtype=torch.float32) * (-2 * torch.log(torch.tensor(period)) / x.shape[-1]))
        angles = ((torch.arange(x.shape[1]) + start).to(torch.float32)[:, None] * rates)[None, :, None]
        pairs = x.reshape(1, x.shape[1], x.shape[2], half, 2)
        real, imaginary = pairs[..., 0], pairs[..., 1]
        turned = (real * angles.cos() - imaginary * angles.sin(), real * angles.sin() + imaginary * angles.cos())
        return torch.stack(turned, -1).reshape(x.shape)

    def project(attention, x, start):
        """Queries, keys and values of a layer: each [1, t, heads, width], turned."""
        heads, width = attention.num_heads, attention.dim_per_head
        q, k, v = attention.in_proj(x).reshape(1, x.shape[1], 3, heads, width).unbind(2)
        return rope(q, start, attention.rope.max_period), rope(k, start, attention.rope.max_period), v

    def attend(attention, q, k, v, mask):
        scores = q.transpose(1, 2) @ k.permute(0, 2, 3, 1) / attention.dim_per_head ** 0.5
        scores = scores.masked_fill(~mask, float("-inf"))
        heard = scores.softmax(-1) @ v.transpose(1, 2)
        return attention.out_proj(heard.transpose(1, 2).reshape(1, q.shape[1], -1))

    def layer_end(layer, x, heard):
        x = x + layer.layer_scale_1(heard)
        return x + layer.layer_scale_2(layer.linear2(F.gelu(layer.linear1(layer.norm2(x)), approximate="tanh")))

    def conv(module, x):
        """All of a sound at once: what came before is silence, or the first value over and over."""
        before = module._effective_kernel_size - module._stride
        mode = "replicate" if module.pad_mode == "replicate" else "constant"
        return module.conv(F.pad(x, (before, 0), mode=mode) if before else x)

    class Text(nn.Module):
        def __init__(self, flow_lm):
            super().__init__()
            self.table = flow_lm.conditioner.embed

        def forward(self, token_ids):
            return self.table(token_ids)

    class Main(nn.Module):
        """States: of each layer cache [2, 1, positions, heads, width], current_end [0], step [1]."""
        def __init__(self, flow_lm, positions):
            super().__init__()
            self.lm, self.positions = flow_lm, positions

        def start(self):
            states = []
            for layer in self.lm.transformer.layers:
                attention = layer.self_attn
                states += [torch.zeros(2, 1, self.positions, attention.num_heads, attention.dim_per_head),
                           torch.zeros(0), torch.zeros(1, dtype=torch.int64)]
            return states

        def forward(self, sequence, text_embeddings, *states):
            lm = self.lm
            latents = torch.where(torch.isnan(sequence), lm.bos_emb, sequence)
            x = torch.cat([text_embeddings, lm.input_linear(latents)], 1)
            outputs = []
            for i, layer in enumerate(lm.transformer.layers):
                cache, end, step = states[3 * i:3 * i + 3]
                q, k, v = project(layer.self_attn, layer.norm1(x), step)
                now = step + torch.arange(x.shape[1])
                both = torch.stack([k, v])
                cache = cache.scatter(2, now[None, None, :, None, None].expand(both.shape), both)
                past = torch.arange((step + x.shape[1])[0])
                mask = past[None, :] <= now[:, None]
                seen = cache[:, :, :past.shape[0]]
                x = layer_end(layer, x, attend(layer.self_attn, q, seen[0], seen[1], mask))
                outputs += [cache, end + 0, step + both.shape[2]]
            hidden = lm.out_norm(x)[:, -1]
            return hidden, lm.out_eos(hidden), *outputs

    class Flow(nn.Module):
        def __init__(self, flow_lm):
            super().__init__()
            self.net = flow_lm.flow_net

        def time(self, embedder, t):
            angles = t * embedder.freqs
            x = embedder.mlp[:3](torch.cat([angles.cos(), angles.sin()], -1))
            return x * embedder.mlp[3].alpha / (x.var(-1, keepdim=True) + embedder.mlp[3].eps).sqrt()

        def forward(self, c, s, t, x):
            net = self.net
            x = net.input_proj(x)
            y = net.cond_embed(c) + (self.time(net.time_embed[0], s) + self.time(net.time_embed[1], t)) / 2
            for block in net.res_blocks:
                x = block(x, y)
            return net.final_layer(x, y)

    class Encoder(nn.Module):
        def __init__(self, mimi, flow_lm):
            super().__init__()
            self.mimi, self.projection = mimi, flow_lm.speaker_proj_weight

        def seanet(self, x):
            for module in self.mimi.encoder.model:
                if hasattr(module, "block"):
                    y = x
                    for part in module.block:
                        y = conv(part, y) if hasattr(part, "conv") else part(y)
                    x = x + y
                else:
                    x = conv(module, x) if hasattr(module, "conv") else module(x)
            return x

        def forward(self, audio):
            transformer = self.mimi.encoder_transformer
            x = self.seanet(audio).transpose(1, 2)
            x = transformer.input_proj(x) if transformer.input_proj is not None else x
            place = torch.arange(x.shape[1])
            ago = place[:, None] - place[None, :]
            for layer in transformer.transformer.layers:
                mask = (ago >= 0) & (ago < layer.self_attn.context)
                x = layer_end(layer, x, attend(layer.self_attn, *project(layer.self_attn, layer.norm1(x), 0), mask))
            x = conv(self.mimi.downsample.conv, transformer.output_projs[0](x).transpose(1, 2))
            return F.linear(x.transpose(1, 2), self.projection)

    class Decoder(nn.Module):
        """States, in the order of the modules: of convolutions "first" and "previous", of transposed ones "partial", of
        attention the last `context` keys and values, and "offset"."""
        def __init__(self, mimi, flow_lm):
            super().__init__()
            self.mimi, self.mean, self.std = mimi, flow_lm.emb_mean, flow_lm.emb_std

        def start(self):
            self.states, self.made = [], []
            self.is_starting = True
            self(torch.zeros(1, 1, self.mean.shape[0]))
            self.is_starting = False
            return self.states

        def take(self, *shape, dtype=torch.float32):
            """The next state; when starting, zeros of that shape."""
            if self.is_starting:
                self.states.append(torch.zeros(shape, dtype=dtype))
                return self.states[-1]
            self.at += 1
            return self.given[self.at - 1]

        def step_conv(self, module, x):
            first = self.take(1, dtype=torch.bool)
            before = module._effective_kernel_size - module._stride
            previous = self.take(1, x.shape[1], before)
            joined = torch.cat([previous, x], -1)
            self.made += [first.logical_not().logical_not(), joined[..., joined.shape[-1] - before:]]
            return module.conv(joined)

        def step_transposed(self, module, x):
            after = module._kernel_size - module._stride
            y = module.convtr(x)
            partial = self.take(1, y.shape[1], after)
            y = torch.cat([y[..., :after] + partial, y[..., after:]], -1)
            tail = y[..., y.shape[-1] - after:]
            self.made.append(tail - module.convtr.bias[:, None] if module.convtr.bias is not None else tail + 0)
            return y[..., :y.shape[-1] - after]

        def step_attention(self, layer, x):
            attention = layer.self_attn
            context = attention.context
            cache = self.take(2, 1, context, attention.num_heads, attention.dim_per_head)
            offset = self.take(1, dtype=torch.int64)
            q, k, v = project(attention, layer.norm1(x), offset)
            seen = torch.cat([cache, torch.stack([k, v])], 2)
            now = offset + torch.arange(x.shape[1])
            past = offset - context + torch.arange(seen.shape[2])
            ago = now[:, None] - past[None, :]
            mask = (past[None, :] >= 0) & (ago >= 0) & (ago < context)
            self.made += [seen[:, :, seen.shape[2] - context:], offset + x.shape[1]]
            return layer_end(layer, x, attend(attention, q, seen[0], seen[1], mask))

        def forward(self, latent, *states):
            self.given, self.at, self.made = states, 0, []
            mimi = self.mimi
            x = mimi.quantizer.output_proj((latent * self.std + self.mean).transpose(1, 2))
            x = self.step_transposed(mimi.upsample.convtr, x).transpose(1, 2)
            transformer = mimi.decoder_transformer
            x = transformer.input_proj(x) if transformer.input_proj is not None else x
            for layer in transformer.transformer.layers:
                x = self.step_attention(layer, x)
            x = transformer.output_projs[0](x).transpose(1, 2)
            for module in mimi.decoder.model:
                if hasattr(module, "block"):
                    y = x
                    for part in module.block:
                        y = self.step_conv(part, y) if hasattr(part, "conv") else part(y)
                    x = x + y
                elif hasattr(module, "convtr"):
                    x = self.step_transposed(module, x)
                else:
                    x = self.step_conv(module, x) if hasattr(module, "conv") else module(x)
            return x, *self.made

    return Text, Main, Flow, Encoder, Decoder


# --- writing ---

def save(module, arguments, path, inputs, outputs, lengths, state_count=0):
    import torch
    states = [f"state_{i}" for i in range(state_count)]
    torch.onnx.export(module.eval(), tuple(arguments), str(path), opset_version=OPSET, dynamo=False,
                      input_names=[*inputs, *states], output_names=[*outputs, *("out_" + s for s in states)],
                      dynamic_axes=lengths)
    fix_shapes(path, state_count)


def fix_shapes(path, state_count):
    """Outputs of states have the shapes of the inputs: the exporter does not see it, as lengths come and go inside."""
    import onnx
    model = onnx.load(path)
    inputs = {i.name: i for i in model.graph.input}
    for output in model.graph.output:
        if output.name.startswith("out_state_"):
            output.type.CopyFrom(inputs[output.name.removeprefix("out_")].type)
    onnx.save(model, path)


def write_bundle(model, folder):
    """What KevinAHM's bundle.json says, as far as the program reads it, and the vector."""
    import numpy as np
    has_bos = model.flow_lm.insert_bos_before_voice
    flags = {"insert_bos_before_voice": has_bos, "remove_semicolons": model.remove_semicolons,
             "pad_with_spaces_for_short_inputs": model.pad_with_spaces_for_short_inputs}
    (folder / "bundle.json").write_text(json.dumps(flags, indent=1) + "\n", "utf-8")
    if has_bos:
        np.save(folder / "bos_before_voice.npy", model.flow_lm.bos_before_voice.numpy())


def write(model, folder, positions, has_encoder=True):
    """The files of a pocket_tts TTSModel."""
    import torch
    Text, Main, Flow, Encoder, Decoder = modules()
    folder.mkdir(parents=True, exist_ok=True)
    lm, mimi = model.flow_lm, model.mimi
    width, latents = lm.dim, lm.ldim
    with torch.no_grad():
        save(Text(lm), [torch.zeros(1, 3, dtype=torch.int64)], folder / NAMES["text"], ["token_ids"], ["embeddings"],
             {"token_ids": {1: "n"}, "embeddings": {1: "n"}})
        main = Main(lm, positions)
        save(main, [torch.full((1, 2, latents), float("nan")), torch.zeros(1, 3, width), *main.start()],
             folder / NAMES["main"], ["sequence", "text_embeddings"], ["conditioning", "eos_logit"],
             {"sequence": {1: "s"}, "text_embeddings": {1: "t"}}, 3 * len(lm.transformer.layers))
        save(Flow(lm), [torch.zeros(1, width), torch.zeros(1, 1), torch.ones(1, 1), torch.zeros(1, latents)],
             folder / NAMES["flow"], ["c", "s", "t", "x"], ["flow_dir"], {})
        decoder = Decoder(mimi, lm)
        states = decoder.start()
        save(decoder, [torch.zeros(1, 2, latents), *states], folder / NAMES["decoder"], ["latent"], ["audio_frame"],
             {"latent": {1: "n"}, "audio_frame": {2: "samples"}}, len(states))
        write_bundle(model, folder)
        if has_encoder:
            save(Encoder(mimi, lm), [torch.zeros(1, 1, 3 * mimi.frame_size)], folder / NAMES["encoder"], ["audio"],
                 ["latents"], {"audio": {2: "samples"}, "latents": {1: "n"}})


def export(arguments):
    enter()
    from pocket_tts import TTSModel
    model = TTSModel.load_model(config=str(arguments.config)).eval()
    config = model.config
    if config.flow_lm.flow.type != "lsd":
        sys.exit(f"{arguments.config}: the program knows models of type lsd only")
    write(model, arguments.folder, arguments.positions, model.has_voice_cloning)
    tokenizer = config.flow_lm.lookup_table.tokenizer_path
    if tokenizer.endswith(".model"):
        shutil.copyfile(tokenizer, arguments.folder / "tokenizer.model")
    else:
        print(f"now put the repository's tokenizer.model into {arguments.folder}")
    return 0


# --- looking over ---

def fits(wanted, found):
    types = {"float32": ("tensor(float)",), "int64": ("tensor(int64)",), "any": (found.type,)}[wanted["type"]]
    if found.type not in types:
        return False
    shape = wanted.get("shape")
    return shape is None or len(shape) == len(found.shape) and all(
        w < 0 or not isinstance(f, int) or w == f for w, f in zip(shape, found.shape))


def check(folder):
    """What is wrong with it."""
    import onnxruntime
    manifest = json.loads((ROOT / "models" / "manifest.json").read_text("utf-8"))
    engine = next(e for e in manifest["engines"] if e["engine"] == "pocket")
    problems = []
    for file in engine["files"]:
        path = folder / file["file"]
        if not path.exists():
            if file["required"]:
                problems.append(f"{path} is missing")
            continue
        if "inputs" not in file:
            continue
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        for side, found in (("inputs", session.get_inputs()), ("outputs", session.get_outputs())):
            for wanted in file[side]:
                named = [f for f in found if f.name == wanted["name"] or
                         wanted["name"].endswith("*") and f.name.startswith(wanted["name"][:-1])]
                if not named or not all(fits(wanted, f) for f in named):
                    shown = [f"{f.name} {f.type} {f.shape}" for f in named or found]
                    problems.append(f"{path}: {side[:-1]} {wanted} is {', '.join(shown)}")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("check")
    command.add_argument("folder", type=pathlib.Path)
    command = commands.add_parser("export")
    command.add_argument("config", type=pathlib.Path)
    command.add_argument("folder", type=pathlib.Path)
    command.add_argument("--positions", type=int, default=1000)
    arguments = parser.parse_args()
    if arguments.command == "export":
        return export(arguments)
    enter()
    problems = check(arguments.folder)
    print("\n".join(problems) or f"{arguments.folder} is as it should be")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
