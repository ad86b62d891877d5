# SPDX-License-Identifier: Apache-2.0
"""What is put around a talking head: music under the speech, the cut of the picture, a watermark."""
import math
import os
import struct
import tempfile
import unittest
import wave

import harness
from api_harness import ApiCase, Server
from harness import Case, avatar, picture, probe, tool

# A pause in the middle, long enough for the music to rise in it.
TEXT = "Hi. [pause:4s] Bye."
SMALL = ("--size", "128x128", "--fps", "10", "--quality", "low")
CONFIG = {"size": "128x128", "fps": 10, "video_quality": "low"}


def level(path, start, length):
    """RMS of a stretch of the sound in dB below full scale."""
    raw = tool("ffmpeg", "-v", "error", "-i", path, "-ac", "1", "-ar", "48000", "-f", "f32le", "-")
    samples = struct.unpack("<%df" % (len(raw) // 4), raw)[int(start * 48000):int((start + length) * 48000)]
    return 10 * math.log10(sum(s * s for s in samples) / len(samples) + 1e-12)


def loudness(path):
    """Integrated loudness and true peak, as ffmpeg measures them."""
    process = harness.subprocess.run(["ffmpeg", "-nostats", "-i", path, "-af", "ebur128=peak=true", "-f",
                                      "null", "-"], stderr=harness.subprocess.PIPE, check=True)
    words = process.stderr.decode().split("Summary:")[-1].split()
    return float(words[words.index("I:") + 1]), float(words[words.index("Peak:") + 1])


def music(folder, seconds=3, name="music.mp3"):
    """A chord, loud, and far longer or shorter than the film."""
    path = os.path.join(folder, name)
    tool("ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "sine=f=330:d=%g" % seconds, "-f", "lavfi",
         "-i", "sine=f=440:d=%g" % seconds, "-filter_complex", "amix,volume=8dB", "-ac", "2", "-ar",
         "44100", path)
    return path


def pixels(path, width, height, number=0):
    """A decoded frame, [y][x] of (r, g, b)."""
    raw = tool("ffmpeg", "-v", "error", "-i", path, "-vf", "select=eq(n\\,%d)" % number, "-frames:v", "1",
               "-pix_fmt", "rgb24", "-f", "rawvideo", "-")
    rows = [raw[3 * width * y:3 * width * (y + 1)] for y in range(height)]
    return [[tuple(row[3 * x:3 * x + 3]) for x in range(width)] for row in rows]


def mean(image, x0, y0, x1, y1):
    """The average colour of a rectangle."""
    found = [image[y][x] for y in range(y0, y1) for x in range(x0, x1)]
    return [sum(p[c] for p in found) / len(found) for c in range(3)]


def marked(folder):
    """The astronaut, 512 x 512, with coloured corners, which show what was cut off."""
    path = os.path.join(folder, "marked.png")
    boxes = ",".join("drawbox=%s:%s:64:64:%s:fill" % (x, y, c) for x, y, c in (
        (0, 0, "red"), (448, 0, "lime"), (0, 448, "blue"), (448, 448, "yellow")))
    tool("ffmpeg", "-v", "error", "-y", "-i", harness.photograph("astronaut"), "-vf",
         "format=rgb24," + boxes, "-frames:v", "1", path)
    return path


def logo(folder, name="logo.png"):
    """300 x 150, half of it half transparent magenta, the other not there at all."""
    path = os.path.join(folder, name)
    tool("ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "color=white@0.0:s=300x150,format=rgba", "-vf",
         "geq=r=255:g='if(lt(X,150),0,255)':b=255:a='if(lt(X,150),128,0)'", "-frames:v", "1", path)
    return path


class Film(Case):
    """A film without anything, and its speech, that the classes share."""

    @classmethod
    def setUpClass(cls):
        cls.base_folder = tempfile.mkdtemp(dir=harness._shared)
        cls.plain = os.path.join(cls.base_folder, "plain.mp4")
        outcome = avatar("pipeline", "run", TEXT, "--avatar", picture("presenter"), *SMALL, "-o",
                         cls.plain, "--json")
        if outcome.status != 0:
            raise AssertionError(str(outcome))
        cls.result = outcome.json
        cls.music = music(cls.base_folder)

    def run_film(self, name, *args, text=TEXT):
        path = self.path(name)
        self.good("pipeline", "run", text, "--avatar", picture("presenter"), *SMALL, "-o", path, *args)
        return path

    def check_contain(self, path):
        """320 x 160: the whole picture, 160 x 160, in the middle, and dark, soft bars beside it."""
        first = pixels(path, 320, 160)
        for x, y, colour in ((82, 2, (255, 0, 0)), (224, 2, (0, 255, 0)), (82, 144, (0, 0, 255)),
                             (224, 144, (255, 255, 0))):
            for seen, drawn in zip(mean(first, x + 4, y + 4, x + 10, y + 10), colour):
                self.assertAlmostEqual(seen, drawn, delta=40)
        last = pixels(path, 320, 160, 5)
        for x in (0, 240):
            bar = mean(first, x, 0, x + 80, 160)
            self.assertTrue(10 < sum(bar) / 3 < 130, bar)
            steps = [abs(first[y][i][1] - first[y][i + 1][1]) for y in range(160) for i in range(x + 2, x + 77)]
            self.assertLess(max(steps), 12, "a bar is not blurred")
            for before, after in zip(bar, mean(last, x, 0, x + 80, 160)):
                self.assertAlmostEqual(before, after, delta=1)

    def check_face(self, path, width, height):
        """Head and shoulders: none of the corners is seen, and the face is larger."""
        video = probe(path)["video"]
        self.assertEqual((video["width"], video["height"]), (width, height))
        first = self.path("first.png")
        tool("ffmpeg", "-v", "error", "-y", "-i", path, "-frames:v", "1", first)
        box = self.good("avatar", "detect", first, "--json").json["faces"][0]["box"]
        self.assertGreater(box[3], height / 4)
        self.assertLess(box[3], height / 2)

    def check_watermark(self, path, plain, width=320, height=320):
        """48 x 24 at 10 from the right and from below, of which the left half is half magenta, in all frames."""
        x, y = width - 10 - 48, height - 10 - 24
        for number in (0, 5):
            with_it, without = pixels(path, width, height, number), pixels(plain, width, height, number)
            under, over = (mean(i, x + 4, y + 4, x + 20, y + 20) for i in (without, with_it))
            for seen, ground, drawn in zip(over, under, (255, 0, 255)):
                self.assertAlmostEqual(seen, (ground + drawn) / 2, delta=12)
            for box in ((x + 28, y + 4, x + 44, y + 20), (0, 0, width, y - 8), (x - 30, y, x - 8, height)):
                for seen, ground in zip(mean(with_it, *box), mean(without, *box)):
                    self.assertAlmostEqual(seen, ground, delta=4)

    def check_music(self, path):
        """Nothing but music in the pause, 14 dB below the speech, at both ends nothing."""
        length = self.result["duration_s"]
        self.assertAlmostEqual(float(probe(path)["format"]["duration"]), length, delta=0.15)
        self.assertLess(level(self.plain, 3.5, 1), -70, "there is a pause to look into")
        # By loudness it is 14; a chord of 330 and 440 Hz counts for some dB less than its RMS.
        self.assertAlmostEqual(level(path, 3.5, 1), -16 - 14, delta=3)
        self.assertLess(level(path, length - 0.06, 0.06), -50, "no fade")
        self.assertLess(level(path, 0, 0.02), -50, "no fade")
        # The speech stays what it was.
        self.assertAlmostEqual(level(path, 0.3, 0.4), level(self.plain, 0.3, 0.4), delta=0.5)
        self.assertLess(loudness(path)[1], -0.3)


class Run(Film):
    def test_music(self):
        film = self.run_film("a.mp4", "--music", self.music)
        self.check_music(film)
        self.assertEqual(harness.frame_hashes(film), harness.frame_hashes(self.plain))
        # Music that is longer than the film is the same music.
        self.check_music(self.run_film("b.mp4", "--music", music(self.folder, 60, "long.wav")))

    def test_music_is_lower_under_the_speech(self):
        film = self.run_film("a.mp4", "--music", self.music, "--keep-intermediates")
        with wave.open(film + ".parts/speech.wav") as file:
            count = file.getnframes()
            speech = struct.unpack("<%dh" % count, file.readframes(count))
        raw = tool("ffmpeg", "-v", "error", "-i", film, "-ac", "1", "-ar", "24000", "-f", "s16le", "-")
        mixed = struct.unpack("<%dh" % (len(raw) // 2), raw)
        only = [m - s for m, s in zip(mixed, speech)]

        def rms(start, end):
            part = only[int(start * 24000):int(end * 24000)]
            return 10 * math.log10(sum(v * v for v in part) / len(part) + 1e-9)
        # What AAC does to the speech is in the difference, too.
        self.assertLess(rms(0.7, 1.0), rms(3, 4) - 3)

    def test_the_film_is_as_loud_as_before(self):
        said = "Good morning, and welcome to this short film about next to nothing at all."
        plain, mixed = self.run_film("a.mp4", text=said), self.run_film("b.mp4", "--music", self.music, text=said)
        self.assertAlmostEqual(loudness(mixed)[0], loudness(plain)[0], delta=0.5)
        self.assertAlmostEqual(loudness(mixed)[0], -16, delta=1)

    def test_music_with_speech_first(self):
        """Burnt captions and low memory keep the speech on disk first, and hand it over in other pieces."""
        self.check_music(self.run_film("a.mp4", "--music", self.music, "--low-memory"))

    def test_music_webm(self):
        self.check_music(self.run_film("a.webm", "--music", self.music))

    def test_music_that_is_none(self):
        text = self.write("notes.mp3", "no sound at all")
        silent = self.path("mute.mp4")
        tool("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=64x64:rate=10:duration=2", "-c:v",
             "mpeg4", silent)
        for status, path, says in ((7, text, "notes.mp3"), (4, "none.mp3", "none.mp3"),
                                   (7, silent, "has no sound"),
                                   (6, music(self.folder, 0.3, "blip.wav"), "at least 1 s"),
                                   (7, self.folder, "not a file")):
            with self.subTest(path=path):
                self.bad(status, "pipeline", "run", "Hi.", "--avatar", picture("presenter"), "-o", "a.mp4",
                         "--music", path, says=says)
        self.bad(2, "pipeline", "run", "Hi.", "-o", "a.GIF", "--music", self.music, says="no sound")


    def test_fit(self):
        given = marked(self.folder)

        def film(name, *args):
            path = self.path(name)
            self.good("pipeline", "run", "Hi.", "--avatar", given, "--fps", "10", "-o", path, *args)
            return path
        self.check_contain(film("a.mp4", "--fit", "contain", "--size", "320x160"))
        self.check_face(film("b.mp4", "--fit", "face", "--size", "320x180"), 320, 180)
        self.check_face(film("c.mp4", "--fit", "face", "--size", "240x240"), 240, 240)
        # The source's own pixels, and no more of them than it takes.
        size = probe(film("d.mp4", "--fit", "face"))["video"]["width"]
        self.assertTrue(280 < size < 330, size)
        self.check_face(self.path("d.mp4"), size, size)
        # Cover is what there is without it.
        plain = harness.frame_hashes(film("e.mp4", "--size", "320x180"))
        self.assertEqual(harness.frame_hashes(film("f.mp4", "--size", "320x180", "--fit", "cover")), plain)
        # Of the source's size all of the picture is seen anyway.
        plain = harness.frame_hashes(film("g.mp4"))
        self.assertEqual(harness.frame_hashes(film("h.mp4", "--fit", "contain")), plain)

    def test_fit_of_an_estimate(self):
        whole, face = (self.good("pipeline", "estimate", "Hi.", "--avatar", marked(self.folder), "--json",
                                 *args).json["width"] for args in ([], ["--fit", "face"]))
        self.assertEqual(whole, 512)
        self.assertTrue(280 < face < 330, face)

    def test_captions_reach_into_the_bars(self):
        film = self.path("a.mp4")
        self.good("pipeline", "run", "Good morning to everybody here.", "--avatar", marked(self.folder), "--fit",
                  "contain", "--size", "160x320", "--captions", "burn", "-o", film)
        low = [p for row in pixels(film, 160, 320, 20)[240:] for p in row]
        self.assertGreater(max(min(p) for p in low), 200, "no caption in the lower bar")


    def test_watermark(self):
        for args, width, height in ((["--size", "320x320"], 320, 320),
                                    (["--size", "320x160", "--fit", "contain"], 320, 160)):
            with self.subTest(args=args):
                films = []
                for more in ([], ["--watermark", logo(self.folder)]):
                    films.append(self.path("%d.mp4" % len(films)))
                    self.good("pipeline", "run", "Hi.", "--avatar", picture("presenter"), "--fps", "10", "-o",
                              films[-1], *args, *more)
                self.check_watermark(films[1], films[0], width, height)

    def test_watermark_of_every_kind(self):
        for name, codec in (("logo.jpg", "mjpeg"), ("logo.webp", "libwebp")):
            path = self.path(name)
            tool("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=magenta:s=200x200", "-frames:v", "1", "-c:v",
                 codec, path)
            film = self.run_film("a.mp4", "--watermark", path, text="Hi.")
            red, green, blue = mean(pixels(film, 128, 128), 128 - 4 - 14, 128 - 4 - 14, 128 - 4 - 5, 128 - 4 - 5)
            self.assertTrue(red > 200 and green < 60 and blue > 200, (name, red, green, blue))

    def test_captions_leave_room_for_the_watermark(self):
        text = "Good morning to everybody who is here with us today."
        films = []
        for more in ([], ["--watermark", logo(self.folder)]):
            films.append(self.path("%d.mp4" % len(films)))
            self.good("pipeline", "run", text, "--avatar", picture("presenter"), "--size", "320x320", "--fps", "10",
                      "--captions", "burn", "-o", films[-1], *more)
        without, beside = (max(x for number in (5, 10, 15, 20) for row in pixels(film, 320, 320, number)[250:]
                               for x, p in enumerate(row) if min(p) > 225) for film in films)
        self.assertGreater(without, 320 - 58, "the captions are too short to say anything")
        self.assertLess(beside, 320 - 58 + 1)

    def test_watermark_that_is_none(self):
        text = self.write("logo.png", "no picture at all")
        empty = self.write("empty.png", b"")
        clear = self.path("clear.png")
        tool("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=white@0.0:s=64x64,format=rgba", "-frames:v", "1",
             clear)
        with open(logo(self.folder, "whole.png"), "rb") as file:
            cut = self.write("cut.png", file.read()[:200])
        for status, path, says in ((7, text, "logo.png"), (7, empty, "empty.png"), (4, "none.png", "none.png"),
                                   (7, cut, "cut.png"), (2, clear, "transparent")):
            with self.subTest(path=path):
                self.bad(status, "pipeline", "run", "Hi.", "--avatar", picture("presenter"), "-o", "a.mp4",
                         "--watermark", path, says=says)


class Lipsync(Film):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.speech = os.path.join(cls.base_folder, "speech.wav")
        cls.timeline = os.path.join(cls.base_folder, "speech.json")
        tool(harness.BINARY, "voice", "synthesize", TEXT, "-q", "-o", cls.speech, "--timeline",
             cls.timeline)

    def lipsync(self, name, speech, *args):
        path = self.path(name)
        self.good("video", "lipsync", speech, "--timeline", self.timeline, "--avatar",
                  picture("presenter"), *SMALL, "-o", path, *args)
        return path

    def test_music(self):
        self.check_music(self.lipsync("a.mp4", self.speech, "--music", self.music))

    def test_music_follows_the_loudness_of_the_recording(self):
        quiet = self.path("quiet.wav")
        tool("ffmpeg", "-v", "error", "-i", self.speech, "-af", "volume=-14dB", quiet)
        film = self.lipsync("a.mp4", quiet, "--music", self.music)
        self.assertAlmostEqual(level(film, 3.5, 1), -16 - 14 - 14, delta=3)


    def test_fit(self):
        film = self.path("a.mp4")
        self.good("video", "lipsync", self.speech, "--timeline", self.timeline, "--avatar",
                  marked(self.folder), "--fit", "contain", "--size", "320x160", "-o", film)
        self.check_contain(film)


    def test_watermark(self):
        films = []
        for more in ([], ["--watermark", logo(self.folder)]):
            films.append(self.path("%d.mp4" % len(films)))
            self.good("video", "lipsync", self.speech, "--timeline", self.timeline, "--avatar",
                      picture("presenter"), "--size", "320x320", "--fps", "5", "-o", films[-1], *more)
        self.check_watermark(films[1], films[0])


class Jobs(Film):
    """A job of the storage, done by a worker, and the same over HTTP."""

    def submit(self, *args):
        env = harness.environment(AVATAR_STORAGE=self.path("storage"))
        outcome = self.good("jobs", "submit", TEXT, "--json", "--fps", "10", *args, env=env)
        self.good("worker", "--once", env=env)
        job = outcome.json["jobs"][0]
        self.good("jobs", "result", job["id"], "-o", "a.mp4", env=env)
        return job["params"], self.path("a.mp4")

    def test_music(self):
        params, film = self.submit("--music", self.music, "--avatar", picture("presenter"), "--size", "128x128")
        self.assertRegex(params["music"], r"^up-[0-9a-f]{16}$")
        self.check_music(film)
        self.bad(4, "jobs", "submit", "Hi.", "--music", "none.mp3", says="none.mp3")

    def test_fit(self):
        params, film = self.submit("--fit", "contain", "--avatar", marked(self.folder), "--size", "320x160")
        self.assertEqual(params["config"]["fit"], "contain")
        self.check_contain(film)


    def test_watermark(self):
        args = ("--avatar", picture("presenter"), "--size", "320x320")
        _, plain = self.submit(*args)
        os.rename(plain, self.path("plain.mp4"))
        params, film = self.submit("--watermark", logo(self.folder), *args)
        self.assertRegex(params["watermark"], r"^up-[0-9a-f]{16}$")
        self.check_watermark(film, self.path("plain.mp4"))


class Api(ApiCase):
    WORKERS = 1

    @classmethod
    def setUpClass(cls):
        cls.server = Server(workers=1).start()
        cls.addClassCleanup(cls.server.close)

    def upload(self, path):
        with open(path, "rb") as file:
            return self.expect(201, self.server.post("/uploads", file.read())).json["id"]

    def film(self, **body):
        body = dict({"text": TEXT, "avatar": self.upload(picture("presenter")), "config": CONFIG}, **body)
        job = self.expect(202, self.server.post("/jobs", body)).json["id"]
        done = self.server.wait(job)
        self.assertEqual(done["status"], "completed", done)
        path = os.path.join(self.server.folder, "film.mp4")
        with open(path, "wb") as file:
            file.write(self.expect(200, self.server.get("/jobs/%s/result" % job)).body)
        return path

    def test_music(self):
        film = self.film(music=self.upload(music(self.server.folder)))
        self.assertAlmostEqual(level(film, 3.5, 1), -16 - 14, delta=3)

    def test_fit(self):
        film = self.film(avatar=self.upload(marked(self.server.folder)),
                         config=dict(CONFIG, size="320x160", fit="contain"))
        for seen, drawn in zip(mean(pixels(film, 320, 160), 86, 6, 92, 12), (255, 0, 0)):
            self.assertAlmostEqual(seen, drawn, delta=40)

    def test_music_that_is_none(self):
        broken = self.expect(201, self.server.post("/uploads", b"ID3\x04\0\0\0\0\0\0" + b"x" * 500)).json["id"]
        job = self.expect(202, self.server.post("/jobs", {"text": "Hi.", "music": broken})).json["id"]
        error = self.server.wait(job)["error"]
        self.assertEqual(error["code"], "bad_format")
        self.assertIn(broken, error["message"])
        sound = self.upload(music(self.server.folder))
        refused = self.server.post("/jobs", {"text": "Hi.", "music": sound, "config": {"format": "gif"}})
        self.assertEqual(refused.status, 422, refused.body)

    def test_watermark(self):
        film = self.film(watermark=self.upload(logo(self.server.folder)))
        first = pixels(film, 128, 128)
        red, green, blue = mean(first, 128 - 4 - 18, 128 - 4 - 8, 128 - 4 - 11, 128 - 4 - 1)
        self.assertGreater(min(red, blue), green + 60)
        broken = self.expect(201, self.server.post(
            "/uploads", b"\x89PNG\r\n\x1a\n" + b"\0" * 100)).json["id"]
        job = self.expect(202, self.server.post("/jobs", {"text": "Hi.", "watermark": broken})).json["id"]
        error = self.server.wait(job)["error"]
        self.assertEqual(error["code"], "bad_format")
        self.assertIn(broken, error["message"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
