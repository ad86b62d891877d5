# SPDX-License-Identifier: Apache-2.0
"""A clip as the face: its pictures pass through but for the mouth, there and back again, at its own rate."""
import math
import os
import tempfile
import unittest

import harness
from api_harness import ApiCase, form
from harness import Case, avatar, frames, picture, probe, tool

SIDE = 320
TEXT = "Maybe my baby poppy plants will bloom by the big blue pump."


def psnr(a, b):
    error = sum((x - y) ** 2 for x, y in zip(a, b)) / len(a)
    return 10 * math.log10(255 * 255 / max(error, 1e-9))


def rows(frame, first, end):
    return frame[first * SIDE:end * SIDE]


def mouth(frame):
    """The presenter's mouth, of a film of SIDE x SIDE."""
    return b"".join(frame[y * SIDE + SIDE * 3 // 8:y * SIDE + SIDE * 5 // 8] for y in range(SIDE // 2, SIDE * 5 // 8))


class Clip(Case):
    @classmethod
    def setUpClass(cls):
        cls.base_folder = tempfile.mkdtemp(dir=harness._shared)
        cls.clip = os.path.join(cls.base_folder, "clip.mp4")
        # It talks, nods and blinks, and is shorter than what it will say.
        outcome = avatar("pipeline", "run", "Oh, what a lovely day.", "--avatar", picture("presenter"), "--size",
                         "%dx%d" % (SIDE, SIDE), "--fps", "30000/1001", "--quality", "high", "--head-motion", "1",
                         "-o", cls.clip, "--json")
        if outcome.status != 0:
            raise AssertionError(str(outcome))
        cls.count = outcome.json["frames"]
        cls.source = frames(cls.clip, SIDE, SIDE)

    def film(self, *args, clip=None, text=TEXT, name="film.mp4"):
        outcome = self.good("pipeline", "run", text, "--avatar", clip or self.clip, "--quality", "high", "-o",
                            self.path(name), "--json", *args)
        return outcome.json, self.path(name)

    def played(self, frame):
        """The picture of the clip that a frame of the film is of."""
        at = frame % (2 * (self.count - 1))
        return self.source[min(at, 2 * (self.count - 1) - at)]


class Run(Clip):
    def test_the_clip_goes_on_but_for_the_mouth(self):
        result, path = self.film()
        self.assertEqual(result["engines"]["lipsync"], "clip 1")
        video = probe(path)["video"]
        self.assertEqual((video["width"], video["height"], video["avg_frame_rate"]), (SIDE, SIDE, "30000/1001"))
        made = frames(path, SIDE, SIDE)
        self.assertGreater(len(made), self.count, "the clip is not longer than the film: nothing turns back")
        for i, frame in enumerate(made):
            above, below = (psnr(rows(frame, *r), rows(self.played(i), *r)) for r in ((0, SIDE * 3 // 8),
                                                                                      (SIDE * 7 // 8, SIDE)))
            self.assertGreater(above, 38, "eyes and brows of frame %d are not the clip's" % i)
            self.assertGreater(below, 38, "shoulders of frame %d are not the clip's" % i)
        differing = sum(psnr(mouth(frame), mouth(self.played(i))) < 30 for i, frame in enumerate(made))
        self.assertGreater(differing, len(made) / 3, "the mouth is still the clip's")

    def test_its_own_speech_goes(self):
        """With nothing to say the mouth is shut, whatever the clip says meanwhile."""
        _, path = self.film(text="[pause:3s] Oh.")
        film = frames(path, SIDE, SIDE)[:self.count]

        def dark(all_frames):
            """A tenth of the mouth is darker: where it opens it shows a dark gap."""
            return [sorted(mouth(f))[len(mouth(f)) // 10] for f in all_frames]
        own, ours = dark(self.source), dark(film)
        self.assertGreater(max(own) - min(own), 25, "the clip does not talk")
        self.assertGreater(min(ours), max(own) - 8, "the clip's mouth is still open")

    def test_rates(self):
        for args, rate in ((["--fps", "25"], "25/1"), (["--fps", "60"], "60/1")):
            result, path = self.film(*args, text="Hi.")
            self.assertEqual(probe(path)["video"]["avg_frame_rate"], rate)
            self.assertAlmostEqual(result["duration_s"], float(probe(path)["format"]["duration"]), delta=.06)

    def test_what_was_found_is_kept(self):
        env = harness.environment(AVATAR_STORAGE=self.path("storage"))
        tracks = self.path("storage/cache/tracks")
        films = []
        for name in ("a.mp4", "b.mp4"):
            self.good("pipeline", "run", "Hi.", "--avatar", self.clip, "-o", name, env=env)
            films.append(harness.frame_hashes(self.path(name)))
            kept = os.listdir(tracks)
            self.assertEqual(len(kept), 1, kept)
            if name == "a.mp4":
                before = os.stat(os.path.join(tracks, kept[0])).st_mtime_ns
        self.assertEqual(os.stat(os.path.join(tracks, kept[0])).st_mtime_ns, before, "it was found out again")
        self.assertEqual(films[0], films[1])

    def test_turned_and_variable(self):
        lying, turned, variable = self.path("lying.mov"), self.path("turned.mov"), self.path("variable.mkv")
        tool("ffmpeg", "-v", "error", "-i", self.clip, "-vf", "transpose=clock", "-an", "-q:v", "2", "-c:v", "mpeg4",
             lying)
        tool("ffmpeg", "-v", "error", "-i", lying, "-c", "copy", "-metadata:s:v", "rotate=90", turned)
        _, path = self.film(clip=turned, text="Hi.")
        first = frames(path, SIDE, SIDE, 1)[0]
        self.assertGreater(psnr(rows(first, 0, SIDE // 3), rows(self.source[0], 0, SIDE // 3)), 25)
        # Every third picture is missing; what is left keeps its time.
        tool("ffmpeg", "-v", "error", "-i", self.clip, "-vf", "select='mod(n,3)'", "-fps_mode", "vfr", "-an", "-c:v",
             "libx264", "-qp", "0", variable)
        result, path = self.film("--fps", "30000/1001", clip=variable, text="Hi.")
        made = frames(path, SIDE, SIDE)
        for i in range(3, min(result["frames"], self.count - 3)):
            near = max(psnr(rows(made[i], 0, SIDE // 3), rows(self.source[k], 0, SIDE // 3)) for k in (i - 1, i, i + 1))
            self.assertGreater(near, 38, "frame %d is of another time" % i)

    def test_without_a_face_it_passes_through(self):
        """The face goes for a second, and comes back."""
        clip = self.path("gone.mp4")
        tool("ffmpeg", "-v", "error", "-i", self.clip, "-vf",
             "drawbox=c=gray:t=fill:enable='between(n,12,24)'", "-an", "-c:v", "libx264", "-qp", "0", clip)
        _, path = self.film(clip=clip)
        made, source = frames(path, SIDE, SIDE), frames(clip, SIDE, SIDE)
        for i in range(12, 25):
            self.assertGreater(psnr(made[i], source[i]), 38)

    def test_sizes_fits_and_captions(self):
        _, path = self.film("--size", "240x320", "--captions", "burn", text="Hi.")
        self.assertEqual(probe(path)["video"]["width"], 240)
        _, path = self.film("--size", "480x320", "--fit", "contain", "--low-memory", text="Hi.")
        first = frames(path, 480, 320, 1)[0]
        inner = b"".join(first[y * 480 + 80:y * 480 + 400] for y in range(120))
        self.assertGreater(psnr(inner, self.source[0][:120 * SIDE]), 36)
        self.good("avatar", "detect", self.clip)

    def test_refused(self):
        blank, sound = self.path("blank.mp4"), self.path("sound.mp4")
        tool("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=10:duration=2", "-c:v", "mpeg4",
             blank)
        tool("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac", sound)
        small = self.path("small.mp4")
        tool("ffmpeg", "-v", "error", "-i", self.clip, "-vf", "scale=96:96", "-an", "-c:v", "mpeg4", small)
        for status, path, says in ((10, blank, "no face"), (7, sound, "sound.mp4"), (11, small, "too small"),
                                   (7, self.write("text.mp4", "no film"), "text.mp4")):
            with self.subTest(path=path):
                self.bad(status, "pipeline", "run", "Hi.", "--avatar", path, "-o", "a.mp4", says=says)

    def test_background(self):
        """The person is cut out of every picture, into the bars as well; the clip's own film stays what it was."""
        _, path = self.film("--background", "#000000", "--size", "480x320", "--fit", "contain", text="Hi.")
        for i, frame in enumerate(frames(path, 480, 320)):
            left, right, top = (max(frame[y * 480 + x] for y in rows for x in columns) for rows, columns in (
                (range(2, 200), range(2, 130)), (range(2, 200), range(350, 478)), (range(2, 12), range(2, 478))))
            self.assertLess(max(left, right, top), 24, "frame %d shows something of the old background" % i)
            face = b"".join(frame[y * 480 + 200:y * 480 + 280] for y in range(90, 150))
            own = b"".join(self.played(i)[y * SIDE + 120:y * SIDE + 200] for y in range(90, 150))
            self.assertGreater(psnr(face, own), 34, "the face of frame %d is not the clip's" % i)

    def test_background_transparent(self):
        _, path = self.film("--background", "transparent", text="Hi.", name="film.webm")
        raw = tool("ffmpeg", "-v", "error", "-c:v", "libvpx-vp9", "-i", path, "-vf", "alphaextract", "-pix_fmt", "gray",
                   "-f", "rawvideo", "-")
        alpha = [raw[i:i + SIDE * SIDE] for i in range(0, len(raw), SIDE * SIDE)]
        for a in alpha:
            self.assertLess(max(a[y * SIDE + x] for y in range(150) for x in range(40)), 8)
            self.assertGreater(min(a[y * SIDE + x] for y in range(120, 150) for x in range(140, 180)), 247)
        # Nothing boils: from frame to frame the edges go with the head, by a small part of the picture.
        for a, b in zip(alpha, alpha[1:]):
            self.assertLess(sum(abs(p - q) for p, q in zip(a, b)) / SIDE / SIDE, 2.5)

    def test_lipsync_and_estimate(self):
        speech = self.path("speech.wav")
        tool(harness.BINARY, "voice", "synthesize", "Good morning.", "-q", "-o", speech)
        self.good("video", "lipsync", speech, "--avatar", self.clip, "-o", "a.mp4")
        self.assertEqual(probe(self.path("a.mp4"))["video"]["avg_frame_rate"], "30000/1001")
        estimate = self.good("pipeline", "estimate", TEXT, "--avatar", self.clip, "--json").json
        self.assertEqual(estimate["width"], SIDE)
        self.assertAlmostEqual(estimate["frames"] / estimate["duration_s"], 29.97, delta=.5)


class Http(ApiCase):
    WORKERS = 1

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Clip.setUpClass()

    def finished(self, face):
        answer = self.expect(202, self.server.post("/jobs", {"type": "full_pipeline", "text": "Hi.", "avatar": face,
                                                             "config": {"video_quality": "low"}}))
        job = self.server.wait(answer.json["id"])
        self.assertEqual(job["status"], "completed", job)
        self.assertAlmostEqual(job["result"]["fps"], 30000 / 1001, places=3)
        return job

    def test_upload_profile_and_job(self):
        with open(Clip.clip, "rb") as file:
            upload = self.expect(201, self.server.post("/uploads", file.read())).json["id"]
        kind, body = form(("name", "Ada"), ("rights", "Made by us."), ("upload_id", upload))
        profile = self.expect(201, self.server.post("/avatar/profiles", body, kind=kind)).json
        self.assertEqual(profile["media_type"], "video/mp4")
        self.finished(upload)
        job = self.finished(profile["id"])
        # A film of a job is a face as well.
        self.finished(job["id"])
        thumbnail = self.expect(200, self.server.get("/avatar/profiles/%s/thumbnail" % profile["id"]))
        self.assertEqual(thumbnail.headers["Content-Type"], "image/png")


if __name__ == "__main__":
    unittest.main()
