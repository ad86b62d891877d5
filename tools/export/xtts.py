#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the folder that --tts xtts reads from the checkpoint of a Coqui XTTS v2.

usage: xtts.py MODEL FOLDER [--half | --int8]

MODEL holds config.json, model.pth and vocab.json, as Hugging Face coqui/XTTS-v2 has them, or as a fine-tuning leaves
them. FOLDER gets xtts_gpt.onnx, xtts_decoder.onnx, xtts_conditioning.onnx, xtts_speaker.onnx, xtts.json and vocab.json.
--half: weights of the first two in float16, half as large; what goes in and out stays float32, save the caches. --int8:
matrices of the first in 8 bits, a quarter as large and twice as fast on a processor, and less exact."""
import argparse
import io
import json
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import quality_environment  # noqa: E402
from coqui_packages import PACKAGES  # noqa: E402

GPT, DECODER = "xtts_gpt.onnx", "xtts_decoder.onnx"
CONDITIONING, SPEAKER = "xtts_conditioning.onnx", "xtts_speaker.onnx"
CONFIG, VOCABULARY = "xtts.json", "vocab.json"
OPSET = 20  # the first with Gelu's tanh form
LARGE = 1 << 30  # bytes of weights from which on they lie beside the graph: a file of ONNX ends at 2 GB
HIDDEN = {"float32": -1e9, "float16": -6e4}  # what a score gets whose key is not to be seen


def load(folder):
    """The model and its configuration."""
    from TTS.tts.configs.xtts_config import XttsConfig
    from TTS.tts.models.xtts import Xtts
    config = XttsConfig()
    config.load_json(str(folder / "config.json"))
    model = Xtts.init_from_config(config)
    model.load_checkpoint(config, checkpoint_dir=str(folder), eval=True)
    if not model.args.gpt_use_perceiver_resampler:
        sys.exit(f"{folder}: this is XTTS v1, which has no perceiver")
    return model, config


# --- the networks that torch exports ---

def modules():
    """Classes of the wrapped networks; torch is imported late, inside of the environment."""
    import torch

    class Conditioning(torch.nn.Module):
        """Log mel [1, 80, T], not yet divided by the norms, to latents [1, 32, D]."""
        def __init__(self, model):
            super().__init__()
            self.gpt, self.norms = model.gpt, model.mel_stats.reshape(1, -1, 1).clone()

        def forward(self, mel):
            return self.gpt.get_style_emb(mel / self.norms).transpose(1, 2)

    class Speaker(torch.nn.Module):
        """Power mel [1, 64, T] to an embedding [1, 512] of length 1."""
        def __init__(self, encoder):
            super().__init__()
            self.encoder = encoder

        def forward(self, mel):
            return self.encoder(mel, l2_norm=True)

    class Decoder(torch.nn.Module):
        """Latents [1, D, T], stretched to rows of 256 samples, to sound [1, 1, 256 T]."""
        def __init__(self, decoder):
            super().__init__()
            self.generator = decoder.waveform_decoder

        def forward(self, latents, speaker):
            return self.generator(latents, g=speaker.unsqueeze(-1))
    return Conditioning, Speaker, Decoder


def trace(module, inputs, names, output, axes):
    """The graph of a module. axes: of which axis of each tensor any length will do."""
    import onnx
    import torch
    file = io.BytesIO()
    with torch.no_grad():
        torch.onnx.export(module.eval(), inputs, file, input_names=names, output_names=[output], opset_version=OPSET,
                          dynamic_axes={name: {axis: f"{name}_{axis}"} for name, axis in axes.items()},
                          do_constant_folding=True, dynamo=False)
    return onnx.load_from_string(file.getvalue())


def plain(module):
    """Weight norm worked out, wherever there is one still."""
    from torch.nn.utils import parametrize
    for part in module.modules():
        for name in list(getattr(part, "parametrizations", {})):
            parametrize.remove_parametrizations(part, name)


def halve(model):
    """float16 inside; inputs and outputs stay."""
    import numpy
    import onnx
    graph, single, half = model.graph, onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16

    def change(tensor):
        if tensor.data_type == single:
            tensor.CopyFrom(onnx.numpy_helper.from_array(
                onnx.numpy_helper.to_array(tensor).astype(numpy.float16), tensor.name))
    for tensor in graph.initializer:
        change(tensor)
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                change(attribute.t)
            if node.op_type == "Cast" and attribute.name == "to" and attribute.i == single:
                attribute.i = half
        node.input[:] = [name + "_half" if name in {value.name for value in graph.input} else name
                         for name in node.input]
        node.output[:] = [name + "_half" if name in {value.name for value in graph.output} else name
                          for name in node.output]
    for value in graph.input:
        graph.node.insert(0, onnx.helper.make_node("Cast", [value.name], [value.name + "_half"], to=half))
    for value in graph.output:
        graph.node.append(onnx.helper.make_node("Cast", [value.name + "_half"], [value.name], to=single))
    del graph.value_info[:]
    return model


# --- the language model, node by node: its caches must be updated in place ---

class Graph:
    """Nodes and weights of an ONNX graph under construction."""
    def __init__(self, dtype):
        self.dtype, self.nodes, self.weights, self.count, self.known = dtype, [], [], 0, {}

    def node(self, kind, *inputs, outputs=1, **attributes):
        import onnx
        names = outputs if isinstance(outputs, list) else [self.name() for _ in range(outputs)]
        self.nodes.append(onnx.helper.make_node(kind, list(inputs), names, **attributes))
        return names[0] if len(names) == 1 else names

    def name(self):
        self.count += 1
        return f"t{self.count}"

    def weight(self, tensor):
        """Of torch."""
        import onnx
        name = self.name()
        array = tensor.detach().cpu().contiguous().numpy().astype(self.dtype)
        self.weights.append(onnx.numpy_helper.from_array(array, name))
        return name

    def constant(self, values, dtype="int64"):
        import numpy
        import onnx
        key = (str(values), dtype)
        if key not in self.known:
            self.known[key] = self.name()
            self.weights.append(onnx.numpy_helper.from_array(numpy.asarray(values, dtype), self.known[key]))
        return self.known[key]

    def length(self, tensor, axis):
        """[1]"""
        return self.node("Shape", tensor, start=axis, end=axis + 1)

    def scalar(self, tensor):
        return self.node("Squeeze", tensor, self.constant([0]))

    def linear(self, x, weight, bias):
        """weight: [in, out]"""
        return self.node("Add", self.node("MatMul", x, self.weight(weight)), self.weight(bias))

    def norm(self, x, layer):
        return self.node("LayerNormalization", x, self.weight(layer.weight), self.weight(layer.bias), axis=-1,
                         epsilon=layer.eps)

    def cast(self, x, dtype):
        import numpy
        import onnx
        return self.node("Cast", x, to=onnx.helper.np_dtype_to_tensor_dtype(numpy.dtype(dtype)))


def embed(graph, gpt, conditioning, text, code, position):
    """What it hears: the voice, then text, then codes, each with its place among its own."""
    zero, one = graph.constant(0), graph.constant(1)
    said = graph.node("Gather", graph.weight(gpt.text_embedding.weight), text)
    places = graph.node("Slice", graph.weight(gpt.text_pos_embedding.emb.weight), graph.constant([0]),
                        graph.length(text, 1), graph.constant([0]))
    said = graph.node("Add", said, places)
    first = graph.scalar(position)
    count = graph.scalar(graph.length(code, 1))
    steps = graph.node("Add", graph.node("Range", zero, count, one), first)
    made = graph.node("Add", graph.node("Gather", graph.weight(gpt.mel_embedding.weight), code),
                      graph.node("Gather", graph.weight(gpt.mel_pos_embedding.emb.weight), steps))
    return graph.node("Concat", graph.cast(conditioning, graph.dtype), said, made, axis=1)


def places(graph, x, past, heads):
    """Where the new rows go: their numbers [n, 1], and their places in a cache [heads, n, 2]."""
    count = graph.length(x, 1)
    new = graph.node("Add", graph.node("Range", graph.constant(0), graph.scalar(count), graph.constant(1)),
                     graph.scalar(past))
    column = graph.node("Unsqueeze", new, graph.constant([1]))
    shape = graph.node("Concat", graph.constant([heads]), count, graph.constant([1]), axis=0)
    return column, graph.node("Concat", graph.node("Expand", graph.constant([[[i]] for i in range(heads)]), shape),
                              graph.node("Expand", column, shape), axis=2)


def hide(graph, keys, column):
    """What each new row must not hear, to be added to its scores [n, rows]."""
    rows = graph.node("Range", graph.constant(0), graph.scalar(graph.length(keys, 1)), graph.constant(1))
    return graph.node("Where", graph.node("LessOrEqual", rows, column), graph.constant(0., graph.dtype),
                      graph.constant(HIDDEN[graph.dtype], graph.dtype))


def update(graph, block, x, caches, index, heads):
    """One layer's questions, and its caches [heads, rows, D / heads] with the new rows: named as the old ones, with
    "out_" before. Nothing else may read the old ones, so that it can be done in place."""
    width = block.attn.c_attn.weight.shape[0]
    three = graph.linear(graph.norm(x, block.ln_1), block.attn.c_attn.weight, block.attn.c_attn.bias)
    split = graph.node("Split", three, graph.constant([width] * 3), outputs=3, axis=2)
    shape = graph.constant([-1, heads, width // heads])
    query, key, value = (graph.node("Transpose", graph.node("Reshape", part, shape), perm=[1, 0, 2]) for part in split)
    return query, *(graph.node("ScatterND", cache, index, new, outputs=["out_" + cache])
                    for cache, new in zip(caches, (key, value)))


def attend(graph, block, query, keys, values, hidden):
    width, heads = block.attn.c_attn.weight.shape[0], block.attn.num_heads
    query = graph.node("Mul", query, graph.constant((width // heads) ** -.5, graph.dtype))
    scores = graph.node("MatMul", query, graph.node("Transpose", keys, perm=[0, 2, 1]))
    heard = graph.node("MatMul", graph.node("Softmax", graph.node("Add", scores, hidden), axis=-1), values)
    joined = graph.node("Reshape", graph.node("Transpose", heard, perm=[1, 0, 2]), graph.constant([1, -1, width]))
    return graph.linear(joined, block.attn.c_proj.weight, block.attn.c_proj.bias)


def build_gpt(gpt, dtype):
    import onnx
    graph, width = Graph(dtype), gpt.model_dim
    names = [f"cache_{i}" for i in range(2 * gpt.layers)]
    x = embed(graph, gpt, "conditioning", "text", "code", "position")
    column, index = places(graph, x, "past", gpt.heads)
    hidden = None
    for number, block in enumerate(gpt.gpt.h):
        query, keys, values = update(graph, block, x, names[2 * number:2 * number + 2], index, gpt.heads)
        hidden = hidden or hide(graph, keys, column)
        x = graph.node("Add", x, attend(graph, block, query, keys, values, hidden))
        inner = graph.linear(graph.norm(x, block.ln_2), block.mlp.c_fc.weight, block.mlp.c_fc.bias)
        inner = graph.node("Gelu", inner, approximate="tanh")
        x = graph.node("Add", x, graph.linear(inner, block.mlp.c_proj.weight, block.mlp.c_proj.bias))
    # Only the codes' positions go on.
    start = graph.node("Sub", graph.length(x, 1), graph.length("code", 1))
    x = graph.node("Slice", x, start, graph.constant([1 << 40]), graph.constant([1]))
    latent = graph.norm(graph.norm(x, gpt.gpt.ln_f), gpt.final_norm)
    last = graph.node("Squeeze", graph.node("Slice", latent, graph.constant([-1]), graph.constant([1 << 40]),
                                            graph.constant([1])), graph.constant([1]))
    logits = graph.linear(last, gpt.mel_head.weight.t(), gpt.mel_head.bias)
    single = onnx.TensorProto.FLOAT
    graph.node("Cast", latent, outputs=["latent"], to=single)
    graph.node("Cast", logits, outputs=["logits"], to=single)
    value, whole = onnx.helper.make_tensor_value_info, onnx.TensorProto.INT64
    kind = onnx.helper.np_dtype_to_tensor_dtype(onnx.numpy_helper.np.dtype(dtype))
    shape = [gpt.heads, "rows", width // gpt.heads]
    inputs = [value("conditioning", single, [1, "latents", width]), value("text", whole, [1, "ids"]),
              value("code", whole, [1, "codes"]), value("position", whole, [1]), value("past", whole, [1]),
              *[value(name, kind, shape) for name in names]]
    outputs = [value("logits", single, [1, gpt.num_audio_tokens]), value("latent", single, [1, "codes", width]),
               *[value("out_" + name, kind, shape) for name in names]]
    made = onnx.helper.make_graph(graph.nodes, "xtts_gpt", inputs, outputs, graph.weights)
    return onnx.helper.make_model(made, opset_imports=[onnx.helper.make_opsetid("", OPSET)], ir_version=8)


# --- files ---

def save(model, path):
    import onnx
    data = path.with_name(path.name + "_data")
    data.unlink(missing_ok=True)
    if sum(len(tensor.raw_data) for tensor in model.graph.initializer) < LARGE:
        onnx.save_model(model, path)
    else:
        onnx.save_model(model, path, save_as_external_data=True, location=data.name, size_threshold=1024)


def save_int8(model, path):
    """With the matrices in 8 bits, a scale for each column; what they are multiplied with gets one as it comes."""
    import tempfile
    from onnxruntime.quantization import QuantType, quantize_dynamic
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        whole = pathlib.Path(scratch) / path.name
        save(model, whole)
        quantize_dynamic(whole, path, op_types_to_quantize=["MatMul"], per_channel=True, weight_type=QuantType.QInt8,
                         extra_options={"MatMulConstBOnly": True})
    path.with_name(path.name + "_data").unlink(missing_ok=True)


def describe(model, config):
    """What xtts.json says; src/voice/xtts_config.h has it."""
    gpt, arguments = model.gpt, model.args
    return {"model": "xtts", "rate": arguments.output_sample_rate, "latent_rate": arguments.input_sample_rate,
            "stride": gpt.code_stride_len, "hop": arguments.output_hop_length, "width": gpt.model_dim,
            "latents": gpt.conditioning_perceiver.latents.shape[0],
            "speaker": model.hifigan_decoder.speaker_encoder.proj_dim, "text_tokens": gpt.number_text_tokens,
            "text_start": gpt.start_text_token, "text_stop": gpt.stop_text_token,
            "text_max": arguments.gpt_max_text_tokens, "codes": gpt.num_audio_tokens,
            "code_start": gpt.start_audio_token, "code_stop": gpt.stop_audio_token,
            "codes_max": gpt.max_gen_mel_tokens, "temperature": config.temperature, "top_k": config.top_k,
            "top_p": config.top_p, "repetition_penalty": config.repetition_penalty,
            "gpt_cond_len": config.gpt_cond_len, "gpt_cond_chunk_len": config.gpt_cond_chunk_len,
            "max_ref_len": config.max_ref_len, "languages": list(config.languages)}


def export(model, config, folder, precision="float32"):
    """All files of the folder but vocab.json. precision: or "float16", "int8"."""
    import torch
    folder.mkdir(parents=True, exist_ok=True)
    conditioning, speaker, decoder = modules()
    width, encoder = model.gpt.model_dim, model.hifigan_decoder.speaker_encoder
    save(trace(conditioning(model), (torch.randn(1, 80, 90),), ["mel"], "latents", {"mel": 2}), folder / CONDITIONING)
    spectra, encoder.use_torch_spec = encoder.use_torch_spec, False
    save(trace(speaker(encoder), (torch.rand(1, 64, 90),), ["mel"], "embedding", {"mel": 2}), folder / SPEAKER)
    encoder.use_torch_spec = spectra
    plain(model.hifigan_decoder.waveform_decoder)
    made = trace(decoder(model.hifigan_decoder), (torch.randn(1, width, 40), torch.randn(1, encoder.proj_dim)),
                 ["latents", "speaker"], "sound", {"latents": 2, "sound": 2})
    save(halve(made) if precision == "float16" else made, folder / DECODER)
    if precision == "int8":
        save_int8(build_gpt(model.gpt, "float32"), folder / GPT)
    else:
        save(build_gpt(model.gpt, precision), folder / GPT)
    (folder / CONFIG).write_text(json.dumps(describe(model, config), indent=1) + "\n", encoding="utf-8")


def add_precision(parser):
    one = parser.add_mutually_exclusive_group()
    for option, precision in (("--half", "float16"), ("--int8", "int8")):
        one.add_argument(option, dest="precision", action="store_const", const=precision)
    parser.set_defaults(precision="float32")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    add_precision(parser)
    arguments = parser.parse_args()
    quality_environment.enter("coqui", PACKAGES)
    model, config = load(arguments.model)
    export(model, config, arguments.folder, arguments.precision)
    shutil.copyfile(arguments.model / VOCABULARY, arguments.folder / VOCABULARY)
    print(f"{arguments.folder}: {len(config.languages)} languages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
