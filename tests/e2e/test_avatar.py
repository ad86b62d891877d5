# SPDX-License-Identifier: Apache-2.0
"""avatar detect."""
import os
import unittest

import harness
from harness import Case, frames, picture, tool


class Detect(Case):
    def detect(self, path, *args):
        return self.good("avatar", "detect", path, "--json", *args).json

    def test_findings(self):
        for name in ("presenter", "astronaut"):
            with self.subTest(name=name):
                result = self.detect(picture(name))
                self.assertEqual(result["width"], 320)
                self.assertEqual(len(result["faces"]), 1)
                face = result["faces"][0]
                x, y, width, height = face["box"]
                self.assertTrue(0 <= x < x + width <= 320)
                right, left = face["keypoints"]["right_eye"], face["keypoints"]["left_eye"]
                # The subject's right eye is on the left of the picture.
                self.assertLess(right[0], left[0])
                self.assertTrue(y < right[1] < face["keypoints"]["mouth"][1] < y + height)
                self.assertEqual(len(face["mesh"]), 478)
                self.assertLess(abs(face["pose"]["yaw"]), 25)
                self.assertGreater(face["score"], 0.5)
                self.assertGreater(face["presence"], 0.5)
                apart = ((left[0] - right[0]) ** 2 + (left[1] - right[1]) ** 2) ** 0.5
                self.assertAlmostEqual(face["eye_distance"] / apart, 1, delta=0.15)

    def test_verdict(self):
        self.assertIs(self.detect(picture("presenter"))["faces"][0]["usable"], True)
        face = self.detect(picture("presenter", 64))["faces"][0]
        self.assertIs(face["usable"], False)
        self.assertIn("40 needed", face["reasons"][0])
        table = self.good("avatar", "detect", picture("presenter", 64)).out
        self.assertIn("no: ", table)

    def test_a_mask_before_the_mouth(self):
        """Cloth with folds over all below the nose."""
        masked = self.path("masked.png")
        box = self.detect(picture("presenter"))["faces"][0]["box"]
        x, y, width, height = (int(v) for v in box)
        cloth = "drawbox=x=%d:y=%d:w=%d:h=%d:c=0x88aabb:t=fill" % (x, y + height // 2, width, height * 2 // 3)
        folds = ["drawbox=x=%d:y=%d:w=%d:h=2:c=0x7799aa:t=fill" % (x, y + height * k // 10, width) for k in (6, 7, 8, 9)]
        tool("ffmpeg", "-v", "error", "-i", picture("presenter"), "-vf", ",".join([cloth, *folds]), masked)
        face = self.detect(masked)["faces"][0]
        self.assertIs(face["usable"], False)
        self.assertIn("mouth covered", face["reasons"][0])
        self.bad(11, "pipeline", "run", "Hi.", "--avatar", masked, "-o", "a.mp4", says="mouth covered")

    def test_annotate(self):
        out = self.path("found.png")
        result = self.detect(picture("presenter"), "--annotate", out)
        self.assertEqual(result["annotated"], out)
        size = tool("ffprobe", "-v", "error", "-show_entries", "stream=codec_name,width",
                    "-of", "csv=p=0", out).decode().strip()
        self.assertEqual(size, "png,320")
        drawn, plain = (frames(p, 320, 320, 1)[0] for p in (out, picture("presenter")))
        changed = sum(abs(a - b) > 30 for a, b in zip(drawn, plain))
        self.assertGreater(changed, 300)
        self.assertEqual(os.listdir(self.folder), ["found.png"])

    def test_face(self):
        faces = self.detect(harness.two_faces())["faces"]
        second = self.detect(harness.two_faces(), "--face", "2")["faces"]
        self.assertEqual(len(faces), 2)
        self.assertEqual([f["box"] for f in second], [faces[1]["box"], faces[0]["box"]])

    def test_verbose(self):
        self.assertIn("left_eye", self.good("avatar", "detect", picture("presenter"), "-v").out)
        self.assertNotIn("left_eye", self.good("avatar", "detect", picture("presenter")).out)

    def test_formats_and_orientation(self):
        base = self.detect(picture("presenter"))["faces"][0]["box"]
        for name in ("a.jpg", "a.webp"):
            path = self.path(name)
            tool("ffmpeg", "-v", "error", "-i", picture("presenter"), "-frames:v", "1", path)
            box = self.detect(path)["faces"][0]["box"]
            for a, b in zip(box, base):
                self.assertAlmostEqual(a, b, delta=6)


if __name__ == "__main__":
    unittest.main(verbosity=2)
