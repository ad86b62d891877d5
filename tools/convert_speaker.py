#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The GE2E speaker encoder of Resemblyzer as ONNX: models/speaker-ge2e.onnx.

    convert_speaker.py PRETRAINED_PT OUT_ONNX

PRETRAINED_PT is resemblyzer/pretrained.pt of the PyPI wheel Resemblyzer 0.1.4. Needs the PyPI packages onnx
and numpy; PyTorch is not needed, its old file format is read here.

The graph: `mels` [n, 160, 40] (power of 40 mel bands, no logarithm) -> three LSTM layers of 256 -> the last
hidden state of the third -> Linear -> ReLU -> unit length: `embeddings` [n, 256]. Weights are unchanged
(float32); the optimiser's state and the scalars of the training loss are left out.
"""
import hashlib
import pickle
import sys
from collections import OrderedDict

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SHA256 = "39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e"
HIDDEN, LAYERS, BANDS, FRAMES = 256, 3, 40, 160
OPSET, IR_VERSION = 17, 8
TORCH_MAGIC = 0x1950A86A20F9469CFC6C


class Storage:
    """What a tensor of the file points into; filled in at the end, where the bytes stand."""

    def __init__(self, dtype):
        self.dtype, self.data = dtype, None


class Tensor:
    def __init__(self, storage, offset, size, stride):
        self.storage, self.offset, self.size, self.stride = storage, offset, size, stride

    def array(self):
        item = self.storage.data.itemsize
        view = np.lib.stride_tricks.as_strided(self.storage.data[self.offset:], self.size,
                                               [step * item for step in self.stride])
        return np.array(view)


class OldTorchFile(pickle.Unpickler):
    """The format before PyTorch 1.6: pickles for head, objects and keys, then each storage's bytes. Only the
    few names that such a file needs are let in, so that a foreign file cannot run code."""

    dtypes = {"FloatStorage": np.float32, "LongStorage": np.int64}

    def __init__(self, file):
        super().__init__(file)
        self.storages = {}

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, size, stride, *_: Tensor(storage, offset, size, stride)
        if (module, name) == ("torch._utils", "_rebuild_parameter"):
            return lambda tensor, *_: tensor
        if module == "torch" and name in self.dtypes:
            return name
        raise pickle.UnpicklingError(f"{module}.{name} has no place in this file")

    def persistent_load(self, pid):
        kind, dtype, key = pid[0], pid[1], pid[2]
        if kind != "storage":
            raise pickle.UnpicklingError(f"unknown reference {kind}")
        return self.storages.setdefault(key, Storage(self.dtypes[dtype]))


def read_weights(path):
    with open(path, "rb") as file:
        if pickle.load(file) != TORCH_MAGIC:
            sys.exit(f"{path}: not a file of PyTorch's old format")
        for _ in range(2):  # protocol, machine
            pickle.load(file)
        reader = OldTorchFile(file)
        checkpoint = reader.load()
        for key in pickle.load(file):
            count = int(np.frombuffer(file.read(8), "<i8")[0])
            storage = reader.storages[key]
            storage.data = np.frombuffer(file.read(count * np.dtype(storage.dtype).itemsize),
                                         storage.dtype)
    return {name: tensor.array() for name, tensor in checkpoint["model_state"].items()}


def onnx_gates(rows):
    """PyTorch keeps the gates in the order input, forget, cell, output; ONNX input, output, forget, cell."""
    i, f, c, o = np.split(rows, 4)
    return np.concatenate([i, o, f, c])


def build(weights):
    nodes, constants = [], []

    def constant(name, array):
        constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    nodes.append(helper.make_node("Transpose", ["mels"], ["steps"], perm=[1, 0, 2]))
    value = "steps"
    squeeze = constant("direction", np.array([1], np.int64))
    for layer in range(LAYERS):
        names = [constant(f"{short}{layer}", array[None]) for short, array in (
            ("W", onnx_gates(weights[f"lstm.weight_ih_l{layer}"])),
            ("R", onnx_gates(weights[f"lstm.weight_hh_l{layer}"])),
            ("B", np.concatenate([onnx_gates(weights[f"lstm.bias_{side}_l{layer}"])
                                  for side in ("ih", "hh")])))]
        last = layer == LAYERS - 1
        outputs = ["", "hidden"] if last else [f"sequence{layer}"]
        nodes.append(helper.make_node("LSTM", [value] + names, outputs, hidden_size=HIDDEN))
        if not last:
            value = f"value{layer}"
            nodes.append(helper.make_node("Squeeze", [f"sequence{layer}", squeeze], [value]))
    first = constant("first", np.array([0], np.int64))
    nodes += [
        helper.make_node("Squeeze", ["hidden", first], ["state"]),
        helper.make_node("Gemm", ["state", constant("linear", weights["linear.weight"]),
                                  constant("bias", weights["linear.bias"])], ["raw"], transB=1),
        helper.make_node("Relu", ["raw"], ["positive"]),
        helper.make_node("ReduceL2", ["positive"], ["length"], axes=[1], keepdims=1),
        helper.make_node("Add", ["length", constant("tiny", np.float32(1e-12))], ["safe"]),
        helper.make_node("Div", ["positive", "safe"], ["embeddings"]),
    ]
    mels = helper.make_tensor_value_info("mels", TensorProto.FLOAT, ["n", FRAMES, BANDS])
    out = helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, ["n", HIDDEN])
    graph = helper.make_graph(nodes, "speaker-ge2e", [mels], [out], constants)
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION,
        producer_name="convert_speaker.py",
        doc_string="GE2E speaker encoder of Resemblyzer 0.1.4, Apache-2.0")
    onnx.checker.check_model(model, full_check=True)
    return model


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    if digest != SHA256:
        sys.exit(f"{sys.argv[1]} has SHA-256 {digest}, not {SHA256}: another version?")
    onnx.save(build(read_weights(sys.argv[1])), sys.argv[2])


if __name__ == "__main__":
    main()
