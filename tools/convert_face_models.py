#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""TFLite to ONNX for the face models under models/: both BlazeFace detectors and the attention mesh.

    convert_face_models.py FACE_MESH_PACKAGE FACE_DETECTION_PACKAGE OUT_FOLDER

The packages are the unpacked npm packages @mediapipe/face_mesh 0.4.1657299874 and
@mediapipe/face_detection 0.4.1657300184. Needs the PyPI packages tflite, flatbuffers, onnx, numpy.

What changes on the way, and nothing else does:
  - pictures and feature maps are [1, C, H, W] instead of [1, H, W, C];
  - weights stay float16 in the file, with a Cast that the runtime folds when it loads;
  - detectors give `boxes` [1, n, 16] and `scores` [1, n, 1] under those names;
  - the three custom operations of the mesh become plain ones (see `Converter.custom`);
  - the mesh merges its six outputs into `points` [1, 478, 3] as MediaPipe's graph
    tensors_to_face_landmarks_with_attention does, and puts `presence` [1, 1] through a sigmoid.
"""
import hashlib
import os
import sys

import numpy as np
import onnx
import tflite
from flatbuffers import flexbuffers
from onnx import TensorProto, helper, numpy_helper

SOURCES = {  # name: (package, file, first byte, end, SHA-256 of those bytes)
    "face-mesh": ("mesh", "face_mesh_solution_packed_assets.data", 0, 2495952,
                  "883b7411747bac657c30c462d305d312e9dec6adbf8b85e2f5d8d722fca9455d"),
    "face-short": ("detection", "face_detection_short_range.tflite", 0, None,
                   "3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633"),
    # The dense file: the sparse one has the same graph with its weights packed.
    "face-full": ("detection", "face_detection_full_range.tflite", 0, None,
                  "99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3"),
}
OPCODES = {v: k for k, v in vars(tflite.BuiltinOperator).items() if isinstance(v, int)}
DTYPES = {tflite.TensorType.FLOAT32: np.float32, tflite.TensorType.FLOAT16: np.float16,
          tflite.TensorType.INT32: np.int32}
OPSET, IR_VERSION = 17, 8

# Where the refined points go in the mesh (the graph named above; order is the tensors' own).
LIPS = """61 146 91 181 84 17 314 405 321 375 291 185 40 39 37 0 267 269 270 409
 78 95 88 178 87 14 317 402 318 324 308 191 80 81 82 13 312 311 310 415
 76 77 90 180 85 16 315 404 320 307 306 184 74 73 72 11 302 303 304 408
 62 96 89 179 86 15 316 403 319 325 292 183 42 41 38 12 268 271 272 407"""
LEFT_EYE = """33 7 163 144 145 153 154 155 133 246 161 160 159 158 157 173
 130 25 110 24 23 22 26 112 243 247 30 29 27 28 56 190
 226 31 228 229 230 231 232 233 244 113 225 224 223 222 221 189
 35 124 46 53 52 65 143 111 117 118 119 120 121 128 245 156 70 63 105 66 107 55 193"""
RIGHT_EYE = """263 249 390 373 374 380 381 382 362 466 388 387 386 385 384 398
 359 255 339 254 253 252 256 341 463 467 260 259 257 258 286 414
 446 261 448 449 450 451 452 453 464 342 445 444 443 442 441 413
 265 353 276 283 282 295 372 340 346 347 348 349 350 357 465 383 300 293 334 296 336 285 417"""
EYE_CONTOUR = 16  # the first so many of an eye's points: an iris has their mean depth


def indices(text):
    return [int(word) for word in text.split()]


class Converter:
    def __init__(self, data):
        self.model = tflite.Model.GetRootAs(data, 0)
        self.graph = self.model.Subgraphs(0)
        self.nodes, self.constants, self.values = [], {}, {}
        self.shapes, self.names, self.maps = {}, {}, set()
        for i in range(self.graph.TensorsLength()):
            tensor = self.graph.Tensors(i)
            self.shapes[i] = [int(n) for n in tensor.ShapeAsNumpy()] if tensor.ShapeLength() else []
            buffer = self.model.Buffers(tensor.Buffer())
            if buffer.DataLength():
                raw = buffer.DataAsNumpy().tobytes()
                self.values[i] = np.frombuffer(raw, DTYPES[tensor.Type()]).reshape(self.shapes[i])

    # --- building blocks -------------------------------------------------------------------
    def constant(self, array):
        name = f"c{len(self.constants)}"
        array = np.ascontiguousarray(array)
        if array.dtype == np.float16:
            self.constants[name] = numpy_helper.from_array(array, name + "_half")
            self.nodes.append(helper.make_node("Cast", [name + "_half"], [name],
                                               to=TensorProto.FLOAT))
        else:
            self.constants[name] = numpy_helper.from_array(array, name)
        return name

    def add(self, kind, *inputs, **attributes):
        out = f"v{len(self.nodes)}"
        names = [self.constant(x) if isinstance(x, np.ndarray) else x for x in inputs]
        self.nodes.append(helper.make_node(kind, names, [out], **attributes))
        return out

    def name(self, index):
        """The value of a tensor: made by a node before, or a constant of the file."""
        if index not in self.names:
            self.names[index] = self.constant(self.values[index])
        return self.names[index]

    def activate(self, value, kind):
        if kind == tflite.ActivationFunctionType.NONE:
            return value
        if kind == tflite.ActivationFunctionType.RELU:
            return self.add("Relu", value)
        raise ValueError(f"activation {kind}")

    def padding(self, kind, size, kernel, stride):
        """TFLite's SAME puts the odd pixel behind, which ONNX calls SAME_UPPER; spelt out."""
        if kind == tflite.Padding.VALID:
            return [0, 0, 0, 0]
        total = [max((-(-n // s) - 1) * s + k - n, 0) for n, k, s in zip(size, kernel, stride)]
        before = [t // 2 for t in total]
        return before + [t - b for t, b in zip(total, before)]

    def rows(self, index):
        """A tensor with its elements in TFLite's order."""
        value = self.name(index)
        return self.add("Transpose", value, perm=[0, 2, 3, 1]) if index in self.maps else value

    # --- operations ------------------------------------------------------------------------
    def convolution(self, inputs, options, depthwise):
        weights = self.values[inputs[1]]
        weights = weights.transpose(3, 0, 1, 2) if depthwise else weights.transpose(0, 3, 1, 2)
        stride = [options.StrideH(), options.StrideW()]
        pads = self.padding(options.Padding(), self.shapes[inputs[0]][1:3], weights.shape[2:], stride)
        value = self.add("Conv", self.name(inputs[0]), weights, self.values[inputs[2]],
                         strides=stride, pads=pads, group=weights.shape[0] if depthwise else 1)
        return self.activate(value, options.FusedActivationFunction())

    def pool(self, inputs, options):
        kernel = [options.FilterHeight(), options.FilterWidth()]
        stride = [options.StrideH(), options.StrideW()]
        pads = self.padding(options.Padding(), self.shapes[inputs[0]][1:3], kernel, stride)
        return self.add("MaxPool", self.name(inputs[0]), kernel_shape=kernel, strides=stride,
                        pads=pads)

    def resize(self, inputs, output, options):
        if options.AlignCorners():
            raise ValueError("aligned corners")
        how = "half_pixel" if options.HalfPixelCenters() else "asymmetric"
        (_, h, w, c) = self.shapes[output]
        return self.add("Resize", self.name(inputs[0]), "", "", np.array([1, c, h, w], np.int64),
                        mode="linear", coordinate_transformation_mode=how)

    def box_matrix(self, points, options):
        """Landmarks2TransformMatrix 2: the rotated box around a subset of points, as the matrix
        [1, 4, 4] from a cell of the output map to a place in the picture's units."""
        if options["target_rotation_radians"] != 0:
            raise ValueError("rotated target")
        plane = self.add("Slice", points, np.array([0]), np.array([2]), np.array([2]))

        def point(index):
            return self.add("Gather", plane, np.array([options[index]]), axis=1)
        along = self.add("Sub", point("right_rotation_idx"), point("left_rotation_idx"))
        length = self.add("ReduceL2", along, axes=[2], keepdims=1)
        cosine, sine = (self.add("Slice", self.add("Div", along, length), np.array([k]),
                                 np.array([k + 1]), np.array([2])) for k in (0, 1))
        minus = self.add("Neg", sine)
        turn = self.add("Concat", self.add("Concat", cosine, minus, axis=2),
                        self.add("Concat", sine, cosine, axis=2), axis=1)  # [1, 2, 2]
        subset = np.array(options["subset_idxs"], np.int64).ravel()
        level = self.add("MatMul", self.add("Gather", plane, subset, axis=1), turn)
        high = self.add("ReduceMax", level, axes=[1], keepdims=1)
        low = self.add("ReduceMin", level, axes=[1], keepdims=1)
        middle = self.add("Mul", self.add("Add", high, low), np.array(0.5, np.float32))
        cells = np.array([[[options["output_width"], options["output_height"]]]], np.float32)
        scale = np.array([[[options["scale_x"], options["scale_y"]]]], np.float32) / cells
        # turn has the axes of the box in its columns: scale those, then move to its first cell.
        axes = self.add("Mul", turn, self.add("Mul", self.add("Sub", high, low), scale))
        centre = self.add("MatMul", turn, self.add("Transpose", middle, perm=[0, 2, 1]))
        start = self.add("Sub", centre, self.add("MatMul", axes, (cells / 2).transpose(0, 2, 1)))
        top = self.add("Concat", axes, np.zeros((1, 2, 1), np.float32), start, axis=2)
        return self.add("Concat", top, np.eye(4, dtype=np.float32)[None, 2:], axis=1)

    def sampled(self, feature_map, matrix, shape, options):
        """TransformTensorBilinear 2: cell centres go through the matrix; zero outside the centres
        of the border cells."""
        (_, h, w, _), rows, columns = shape, options["output_height"], options["output_width"]
        y, x = np.mgrid[:rows, :columns].astype(np.float32) + np.float32(0.5)
        cells = np.stack([x, y, 0 * x, 0 * x + 1], -1).reshape(1, -1, 4)
        two = self.add("Slice", matrix, np.array([0]), np.array([2]), np.array([1]))
        place = self.add("MatMul", cells, self.add("Transpose", two, perm=[0, 2, 1]))
        low, high = np.float32([0.5, 0.5]), np.float32([w - 0.5, h - 0.5])
        held = self.add("Cast", self.add("Equal", place, self.add("Max", self.add(
            "Min", place, high), low)), to=TensorProto.FLOAT)
        mask = self.add("Reshape", self.add("ReduceMin", held, axes=[2], keepdims=1),
                        np.array([1, 1, rows, columns]))
        grid = self.add("Sub", self.add("Mul", place, np.float32([2 / w, 2 / h])), np.float32([1]))
        grid = self.add("Reshape", grid, np.array([1, rows, columns, 2]))
        return self.add("Mul", mask, self.add("GridSample", feature_map, grid, mode="bilinear",
                                              padding_mode="zeros", align_corners=0))

    def moved(self, points, matrix):
        """TransformLandmarks 2: the upper left 2 x 2 and the last column of the matrix."""
        two = self.add("Slice", matrix, np.array([0]), np.array([2]), np.array([1]))
        linear = self.add("Gather", two, np.array([0, 1]), axis=2)
        shift = self.add("Gather", two, np.array([3]), axis=2)
        turned = self.add("MatMul", points, self.add("Transpose", linear, perm=[0, 2, 1]))
        return self.add("Add", turned, self.add("Transpose", shift, perm=[0, 2, 1]))

    def custom(self, op, kind, inputs):
        options = flexbuffers.Loads(op.CustomOptionsAsNumpy().tobytes()) \
            if op.CustomOptionsLength() else {}
        if kind == "Landmarks2TransformMatrix":
            return self.box_matrix(self.name(inputs[0]), options), False
        if kind == "TransformTensorBilinear":
            return self.sampled(self.name(inputs[0]), self.name(inputs[1]),
                                self.shapes[inputs[0]], options), True
        if kind == "TransformLandmarks":
            return self.moved(self.name(inputs[0]), self.name(inputs[1])), False
        raise ValueError(kind)

    def convert(self, op):
        """One operation. Returns the value and whether it is a feature map (channels first)."""
        opcode = self.model.OperatorCodes(op.OpcodeIndex())
        kind = OPCODES[max(opcode.BuiltinCode(), opcode.DeprecatedBuiltinCode())]
        inputs = [op.Inputs(i) for i in range(op.InputsLength())]
        output = op.Outputs(0)

        def options(table):
            result = table()
            result.Init(op.BuiltinOptions().Bytes, op.BuiltinOptions().Pos)
            return result
        if kind == "CUSTOM":
            if opcode.Version() != 2:
                raise ValueError("version of a custom operation")
            return self.custom(op, opcode.CustomCode().decode(), inputs)
        if kind == "CONV_2D":
            return self.convolution(inputs, options(tflite.Conv2DOptions), False), True
        if kind == "DEPTHWISE_CONV_2D":
            return self.convolution(inputs, options(tflite.DepthwiseConv2DOptions), True), True
        if kind == "PRELU":
            slope = self.values[inputs[1]].reshape(-1, 1, 1)
            return self.add("PRelu", self.name(inputs[0]), slope), True
        if kind == "RELU":
            return self.add("Relu", self.name(inputs[0])), True
        if kind in ("ADD", "MUL"):
            table = tflite.AddOptions if kind == "ADD" else tflite.MulOptions
            value = self.add(kind.capitalize(), *(self.name(i) for i in inputs))
            value = self.activate(value, options(table).FusedActivationFunction())
            return value, inputs[0] in self.maps
        if kind == "MAX_POOL_2D":
            return self.pool(inputs, options(tflite.Pool2DOptions)), True
        if kind == "RESIZE_BILINEAR":
            return self.resize(inputs, output, options(tflite.ResizeBilinearOptions)), True
        if kind == "PAD":
            amount = self.values[inputs[1]][[0, 3, 1, 2]].astype(np.int64).T.ravel()
            return self.add("Pad", self.name(inputs[0]), amount), True
        if kind == "RESHAPE":
            shape = np.array(self.shapes[output], np.int64)
            return self.add("Reshape", self.rows(inputs[0]), shape), False
        if kind == "CONCATENATION":
            return self.add("Concat", *(self.name(i) for i in inputs),
                            axis=options(tflite.ConcatenationOptions).Axis()), False
        if kind == "STRIDED_SLICE":  # only ever used to copy a whole tensor under a new name
            if self.shapes[inputs[0]] != self.shapes[output] or (self.values[inputs[3]] != 1).any():
                raise ValueError("a slice that cuts")
            return self.rows(inputs[0]), False
        raise ValueError(kind)

    def run(self):
        """Converts all operations. Returns the outputs by TFLite name."""
        source = self.graph.Inputs(0)
        self.names[source] = "image"
        self.maps.add(source)
        for k in range(self.graph.OperatorsLength()):
            op = self.graph.Operators(k)
            opcode = self.model.OperatorCodes(op.OpcodeIndex())
            if OPCODES[opcode.DeprecatedBuiltinCode()] == "DEQUANTIZE":
                self.values[op.Outputs(0)] = self.values[op.Inputs(0)]  # the Cast does it
                continue
            value, is_map = self.convert(op)
            self.names[op.Outputs(0)] = value
            if is_map:
                self.maps.add(op.Outputs(0))
        result = {}
        for k in range(self.graph.OutputsLength()):
            index = self.graph.Outputs(k)
            result[self.graph.Tensors(index).Name().decode()] = self.rows(index)
        return result

    def save(self, path, outputs, doc):
        """outputs: name -> (value, shape)."""
        (_, h, w, c) = self.shapes[self.graph.Inputs(0)]
        infos = []
        for name, (value, shape) in outputs.items():
            value = self.add("Reshape", value, np.array(shape))
            self.nodes.append(helper.make_node("Identity", [value], [name]))
            infos.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, c, h, w])
        graph = helper.make_graph(self.nodes, "face", [image], infos,
                                  list(self.constants.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)],
                                  producer_name="convert_face_models.py", doc_string=doc)
        model.ir_version = IR_VERSION
        onnx.checker.check_model(model)
        onnx.save(model, path)
        print(f"{path}: {os.path.getsize(path)} bytes, {len(self.nodes)} nodes")


def merge(conv, out):
    """478 points: x and y from the last part that refines a point, depth from the mesh."""
    mesh = conv.add("Reshape", out["output_mesh_identity"], np.array([1, 468, 3]))
    flat = [conv.add("Reshape", out["output_" + part], np.array([1, -1, 2]))
            for part in ("lips", "left_eye", "right_eye", "left_iris", "right_iris")]
    plane = conv.add("Slice", mesh, np.array([0]), np.array([2]), np.array([2]))
    order, base = list(range(468)) + [0] * 10, 468
    eyes = indices(LEFT_EYE), indices(RIGHT_EYE)
    for part in (indices(LIPS), *eyes, range(468, 473), range(473, 478)):
        for k, target in enumerate(part):
            order[target] = base + k
        base += len(part)
    plane = conv.add("Gather", conv.add("Concat", plane, *flat, axis=1), np.array(order), axis=1)
    depth = conv.add("Slice", mesh, np.array([2]), np.array([3]), np.array([2]))
    irises = [conv.add("Expand", conv.add("ReduceMean", conv.add(
        "Gather", depth, np.array(eye[:EYE_CONTOUR]), axis=1), axes=[1], keepdims=1),
        np.array([1, 5, 1])) for eye in eyes]
    depth = conv.add("Concat", depth, *irises, axis=1)
    return mesh, conv.add("Concat", plane, depth, axis=2)


def build(name, data, path):
    conv = Converter(data)
    out = conv.run()
    doc = f"MediaPipe, Apache-2.0; from TFLite with SHA-256 {SOURCES[name][4]}"
    if name == "face-mesh":
        mesh, points = merge(conv, out)
        presence = conv.add("Sigmoid", out["conv_faceflag"])
        outputs = {"points": (points, [1, 478, 3]), "mesh": (mesh, [1, 468, 3]),
                   "presence": (presence, [1, 1])}
    else:
        boxes, scores = (next(v for k, v in out.items() if word in k) for word in ("regressor", "classif"))
        count = 896 if name == "face-short" else 2304
        outputs = {"boxes": (boxes, [1, count, 16]), "scores": (scores, [1, count, 1])}
    conv.save(path, outputs, doc)


def source_bytes(name, folders):
    package, file, first, end, digest = SOURCES[name]
    with open(os.path.join(folders[package], file), "rb") as stream:
        data = stream.read()[first:end]
    if hashlib.sha256(data).hexdigest() != digest:
        sys.exit(f"{file}: not the file that this was written for")
    return data


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    folders = {"mesh": sys.argv[1], "detection": sys.argv[2]}
    for name in SOURCES:
        build(name, source_bytes(name, folders), os.path.join(sys.argv[3], name + ".onnx"))


if __name__ == "__main__":
    main()
