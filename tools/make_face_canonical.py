#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The canonical face of MediaPipe as a C table: src/face/canonical.c.

    make_face_canonical.py FACE_MESH_PACKAGE > src/face/canonical.c

The package is the unpacked npm package @mediapipe/face_mesh 0.4.1657299874; its data file holds a
GeometryPipelineMetadata message. Of it are read field 1 (canonical_mesh: field 3 is the vertices,
five floats each: x y z in cm, y up, z towards the viewer, then texture; field 4 the triangles) and field 2
(procrustes_landmark_basis: field 1 the vertex, field 2 its weight).
"""
import hashlib
import os
import struct
import sys

FIRST, END = 3737848, 3757224
SHA256 = "bdbcda96dfcb7da883da124aaa2c55dee49770d934f0fcc71747f8c21bdc75b4"
VERTICES = 468


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 128:
            return value, at


def fields(data):
    """(number, value) of a protobuf message; value is bytes, or an int."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        elif key & 7 == 5:
            value, at = data[at:at + 4], at + 4
        else:
            size, at = varint(data, at)
            value, at = data[at:at + size], at + size
        yield key >> 3, value


def numbers(value):
    """A repeated integer, packed or one of them."""
    if isinstance(value, int):
        return [value]
    out, at = [], 0
    while at < len(value):
        number, at = varint(value, at)
        out.append(number)
    return out


def geometry(package):
    """Vertices (five numbers each), weights by vertex, corners of the triangles (three each)."""
    with open(os.path.join(package, "face_mesh_solution_packed_assets.data"), "rb") as stream:
        data = stream.read()[FIRST:END]
    if hashlib.sha256(data).hexdigest() != SHA256:
        sys.exit("not the data file that this was written for")
    vertices, weights, corners = [], {}, []
    for number, value in fields(data):
        if number == 1:
            for inner, item in fields(value):
                if inner == 3:
                    vertices += struct.unpack(f"<{len(item) // 4}f", item)
                elif inner == 4:
                    corners += numbers(item)
        elif number == 2:
            point = dict(fields(value))
            weights[point[1]] = struct.unpack("<f", point[2])[0]
    if len(vertices) != 5 * VERTICES:
        sys.exit(f"{len(vertices)} numbers for the vertices")
    return vertices, weights, corners


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    vertices, weights, _ = geometry(sys.argv[1])
    print("/* SPDX-License-Identifier: Apache-2.0 */")
    print("/* Made by tools/make_face_canonical.py from MediaPipe's face geometry (Apache-2.0,")
    print(" * Copyright The MediaPipe Authors). Do not edit. */")
    print('#include "face/canonical.h"\n')
    print("const struct avt_point3 avt_face_canonical[AVT_FACE_CANONICAL_POINTS] = {")
    for k in range(VERTICES):
        print("    {%.6ff, %.6ff, %.6ff}," % tuple(vertices[5 * k:5 * k + 3]))
    print("};\n")
    print("const struct avt_face_basis avt_face_basis[AVT_FACE_BASIS_POINTS] = {")
    for point in sorted(weights):
        print("    {%d, %.6ff}," % (point, weights[point]))
    print("};")


if __name__ == "__main__":
    main()
