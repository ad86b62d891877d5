#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The converted face mesh against MediaPipe's own TFLite run of the attention mesh.

    check_face_parity.py MODELS_FOLDER PICTURE...

Needs the PyPI packages mediapipe 0.10.14, onnxruntime, opencv-python, numpy. Each picture is cropped to
192 x 192 around its face, straight and with made-up shifts, turns and noise; both get the same
pixels. Prints the largest error of each in pixels of 192 and fails above 0.5.
"""
import os
import sys

import cv2
import mediapipe as mp
import numpy as np
import onnxruntime
from mediapipe.framework.formats import rect_pb2
from mediapipe.python._framework_bindings import resource_util

GRAPH = """
input_stream: "image" input_stream: "roi" output_stream: "landmarks"
node { calculator: "ConstantSidePacketCalculator" output_side_packet: "PACKET:attention"
  options: { [mediapipe.ConstantSidePacketCalculatorOptions.ext] { packet { bool_value: true } } } }
node { calculator: "FaceLandmarkCpu" input_stream: "IMAGE:image" input_stream: "ROI:roi"
  input_side_packet: "WITH_ATTENTION:attention" output_stream: "LANDMARKS:landmarks" }
"""
SIDE, LIMIT, TRIES = 192, 0.5, 12


def reference(crops):
    """[478, 3] in pixels per crop, or None where MediaPipe finds no face."""
    resource_util.set_resource_dir(os.path.dirname(os.path.dirname(mp.__file__)))
    graph, result = mp.CalculatorGraph(graph_config=GRAPH), {}

    def take(_, packet):
        if not packet.is_empty():
            points = mp.packet_getter.get_proto(packet).landmark
            result[packet.timestamp.value] = np.array([[p.x, p.y, p.z] for p in points]) * SIDE
    graph.observe_output_stream("landmarks", take)
    graph.start_run()
    whole = rect_pb2.NormalizedRect(x_center=0.5, y_center=0.5, width=1, height=1, rotation=0)
    for k, crop in enumerate(crops):
        graph.add_packet_to_input_stream("image", mp.packet_creator.create_image_frame(
            image_format=mp.ImageFormat.SRGB, data=crop).at(k))
        graph.add_packet_to_input_stream("roi", mp.packet_creator.create_proto(whole).at(k))
    graph.close_all_packet_sources()
    graph.wait_until_done()
    return [result.get(k) for k in range(len(crops))]


def crops_of(path, models):
    image = cv2.cvtColor(cv2.imread(path), cv2.COLOR_BGR2RGB)
    h, w = image.shape[:2]
    side = max(h, w)
    square = np.zeros((side, side, 3), np.uint8)
    square[:h, :w] = image
    small = cv2.resize(square, (128, 128), interpolation=cv2.INTER_AREA).astype(np.float32)
    session = onnxruntime.InferenceSession(os.path.join(models, "face-short.onnx"))
    boxes, scores = session.run(None, {"image": small.transpose(2, 0, 1)[None] / 127.5 - 1})
    anchors = np.array([[(x + .5) / n, (y + .5) / n] for n, each in ((16, 2), (8, 6))
                        for y in range(n) for x in range(n) for _ in range(each)])
    best = int(scores.argmax())
    centre = (boxes[0, best, :2] / 128 + anchors[best]) * side
    size = 1.5 * boxes[0, best, 2:4].max() / 128 * side
    rng = np.random.default_rng(1)
    for k in range(TRIES):
        turn, zoom, shift = (0, 1, np.zeros(2)) if k == 0 else (
            rng.uniform(-30, 30), rng.uniform(.7, 1.4), rng.uniform(-.15, .15, 2) * size)
        matrix = cv2.getRotationMatrix2D(tuple(map(float, centre + shift)), turn, SIDE / size * zoom)
        matrix[:, 2] += SIDE / 2 - (centre + shift)
        crop = cv2.warpAffine(image, matrix, (SIDE, SIDE), flags=cv2.INTER_AREA).astype(np.float32)
        crop += rng.normal(0, 3 * k, crop.shape)
        yield np.ascontiguousarray(np.clip(crop, 0, 255).astype(np.uint8))


def main():
    models, worst, compared = sys.argv[1], 0.0, 0
    session = onnxruntime.InferenceSession(os.path.join(models, "face-mesh.onnx"))
    for path in sys.argv[2:]:
        crops = list(crops_of(path, models))
        for k, (crop, want) in enumerate(zip(crops, reference(crops))):
            if want is None:
                continue
            image = (crop.astype(np.float32) / 255).transpose(2, 0, 1)[None]
            got = session.run(["points"], {"image": image})[0][0]
            error = np.abs(got - want).max()
            worst, compared = max(worst, error), compared + 1
            print(f"{os.path.basename(path)} try {k}: {error:.4f} px")
    print(f"largest error over {compared} crops: {worst:.4f} px of {SIDE}")
    sys.exit(worst > LIMIT or compared == 0)


if __name__ == "__main__":
    main()
