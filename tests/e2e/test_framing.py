# SPDX-License-Identifier: Apache-2.0
"""What is put around a talking head: music under the speech, the cut of the picture, a watermark, another
background."""
import json
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
    """RMS of a stretch of the sound in dB below full scale, the power of its channels added."""
    channels = probe(path)["audio"]["channels"]
    raw = tool("ffmpeg", "-v", "error", "-i", path, "-ar", "48000", "-f", "f32le", "-")
    samples = struct.unpack("<%df" % (len(raw) // 4), raw)
    samples = samples[channels * int(start * 48000):channels * int((start + length) * 48000)]
    return 10 * math.log10(channels * sum(s * s for s in samples) / len(samples) + 1e-12)


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


def clear_pixels(path, width, height, number=0):
    """A decoded frame of a film with transparency, [y][x] of (r, g, b, alpha)."""
    decoder = ["-c:v", "libvpx-vp9"] if path.endswith(".webm") else []
    raw = tool("ffmpeg", "-v", "error", *decoder, "-i", path, "-vf", "select=eq(n\\,%d)" % number, "-frames:v", "1",
               "-pix_fmt", "rgba", "-f", "rawvideo", "-")
    rows = [raw[4 * width * y:4 * width * (y + 1)] for y in range(height)]
    return [[tuple(row[4 * x:4 * x + 4]) for x in range(width)] for row in rows]


def office(folder):
    """600 x 200, red to the left and blue to the right; of a square film the outer thirds are cut off."""
    path = os.path.join(folder, "office.png")
    tool("ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "color=blue:s=600x200", "-vf",
         "format=rgb24,drawbox=0:0:300:200:red:fill,drawbox=0:0:150:200:lime:fill", "-frames:v", "1", path)
    return path


def still(folder, colour):
    """300 x 150 of one colour, but for white sides, which a square film does not show."""
    path = os.path.join(folder, colour + ".png")
    tool("ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "color=white:s=300x150", "-vf",
         "format=rgb24,drawbox=75:0:150:150:%s:fill" % colour, "-frames:v", "1", path)
    return path


def moving(folder):
    """400 x 200 with sound, half a second red, then half a second blue, in few pictures of variable rate; to the right
    and left, which a square film cuts off, it is lime."""
    path = os.path.join(folder, "moving.mkv")
    tool("ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "color=red:s=400x200:r=20:d=1", "-f", "lavfi", "-i",
         "sine=f=440:d=1", "-vf", "drawbox=c=blue:t=fill:enable='gte(t,.5)',drawbox=0:0:90:200:lime:fill,"
         "drawbox=310:0:90:200:lime:fill,select='not(mod(n,5))+gt(n,17)'", "-fps_mode", "vfr", "-c:v", "libx264", "-qp",
         "4", "-c:a", "libvorbis", path)
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

    def stills(self, folder=None):
        return ["--intro", still(folder or self.folder, "red"), "--outro", still(folder or self.folder, "blue")]

    def check_stills(self, path, side=128):
        """25 frames of red, the film, 25 of blue, and in 4 of each the face as well; the speech 2.5 s later."""
        count, plain = int(probe(path)["video"]["nb_read_frames"]), self.result["frames"]
        self.assertEqual(count, plain + 50)
        for number, colour in ((0, (254, 0, 0)), (20, (254, 0, 0)), (25 + plain + 4, (0, 0, 254)),
                               (count - 1, (0, 0, 254))):
            for box in ((0, 0, side, 8), (0, side - 8, side, side)):
                self.assert_colour(mean(pixels(path, side, side, number), *box), colour, 12, number)
        for number, still_red, is_mixed in ((22, 1, True), (25, 0, False), (25 + plain - 1, 0, False),
                                            (25 + plain + 1, 0, True)):
            seen, own = (mean(pixels(p, side, side, max(0, min(n, plain - 1))), 0, 0, side, 8)
                         for p, n in ((path, number), (self.plain, number - 25)))
            seen = mean(pixels(path, side, side, number), 0, 0, side, 8)
            off = max(abs(a - b) for a, b in zip(seen, own))
            self.assertEqual(off > 30, is_mixed, (number, seen, own))
            if is_mixed:
                self.assertLess(seen[0 if still_red else 2], 250, "no fade")
        self.assert_shifted_speech(path)

    def assert_shifted_speech(self, path):
        self.assertLess(abs(float(probe(path)["video"]["duration"]) - float(probe(path)["audio"]["duration"])), 0.1)
        self.assertLess(level(path, 0, 2.45), -70, "sound under the intro")
        self.assertLess(level(path, self.result["duration_s"] + 2.6, 2.3), -70, "sound under the outro")
        for start in (0.2, 0.3, 0.4):
            self.assertAlmostEqual(level(path, 2.5 + start, 0.1), level(self.plain, start, 0.1), delta=0.7)

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

    def assert_colour(self, seen, want, delta, where=""):
        for a, b in zip(seen, want):
            self.assertAlmostEqual(a, b, delta=delta, msg=str((where, seen, want)))

    def check_cut_out(self, path, plain, left, right, side=320):
        """The presenter as in `plain`, with another background: a colour to the left and one to the right."""
        for number in (0, 5):
            seen, before = pixels(path, side, side, number), pixels(plain, side, side, number)

            def box(image, x0, y0, x1, y1):
                return mean(image, *(int(v * side / 320) for v in (x0, y0, x1, y1)))
            for y0, y1 in ((2, 60), (100, 200)):
                self.assert_colour(box(seen, 2, y0, 50, y1), left, 10, "left")
                self.assert_colour(box(seen, 270, y0, 318, y1), right, 10, "right")
            # Face, hair, clothes.
            for x0, y0, x1, y1 in ((120, 100, 200, 190), (155, 42, 190, 58), (80, 280, 240, 318)):
                self.assert_colour(box(seen, x0, y0, x1, y1), box(before, x0, y0, x1, y1), 6, "person")

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
        # In the middle of two channels, with the power of one.
        mixed = [math.sqrt(2) * v for v in struct.unpack("<%dh" % (len(raw) // 2), raw)]
        only = [m - s for m, s in zip(mixed, speech)]

        def rms(start, end):
            part = only[int(start * 24000):int(end * 24000)]
            return 10 * math.log10(sum(v * v for v in part) / len(part) + 1e-9)
        # What AAC does to the speech is in the difference, too.
        self.assertLess(rms(0.7, 1.0), rms(3, 4) - 3)

    def test_music_keeps_its_sides_and_its_treble(self):
        """330 Hz to the left and 15 kHz to the right; the speech is in the middle."""
        path = self.path("wide.flac")
        tool("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=f=330:d=3:r=48000", "-f", "lavfi", "-i",
             "sine=f=15000:d=3:r=48000", "-filter_complex", "amerge,volume=12dB", path)
        film = self.run_film("a.mp4", "--music", path, "--quality", "high")
        sound = probe(film)["audio"]
        self.assertEqual((sound["channels"], sound["sample_rate"]), (2, "48000"))
        raw = tool("ffmpeg", "-v", "error", "-i", film, "-f", "f32le", "-")
        samples = struct.unpack("<%df" % (len(raw) // 4), raw)

        def tone(channel, hertz):
            part = samples[2 * 168000 + channel:2 * 216000:2]
            turns = [2 * math.pi * hertz * i / 48000 for i in range(len(part))]
            return math.hypot(sum(s * math.cos(t) for s, t in zip(part, turns)),
                              sum(s * math.sin(t) for s, t in zip(part, turns))) / len(part)
        self.assertGreater(tone(0, 330), 30 * tone(1, 330))
        self.assertGreater(tone(1, 15000), 30 * tone(0, 15000))
        self.assertGreater(tone(1, 15000), tone(0, 330) / 4)

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

    def test_extras_of_an_estimate(self):
        def estimate(*args):
            return self.good("pipeline", "estimate", TEXT, "--avatar", picture("presenter"), "--size", "640x640",
                             "--json", *args).json
        plain = estimate()
        self.assertGreater(plain["size_bytes"], 1e4)
        for args, longer in ((self.stills()[:2], 2.5), (self.stills()[2:], 2.5), (self.stills(), 5)):
            more = estimate(*args)
            self.assertAlmostEqual(more["duration_s"] - plain["duration_s"], longer, delta=0.05)
            for name in ("total_s", "memory_mb", "size_bytes", "frames"):
                self.assertGreater(more[name], plain[name], name)
        for args in (["--music", self.music], ["--background", "blur"]):
            self.assertGreater(estimate(*args)["total_s"], plain["total_s"])
        self.assertGreater(estimate("--music", self.music)["size_bytes"], plain["size_bytes"])
        self.assertGreater(estimate("--background", "blur")["memory_mb"], plain["memory_mb"])
        self.assertGreater(estimate("--watermark", logo(self.folder))["memory_mb"], plain["memory_mb"])
        self.assertLess(estimate("--background", "transparent")["size_bytes"], plain["size_bytes"], "that is a .webm")
        text = self.write("notes.png", "no picture at all")
        for option in ("--intro", "--outro", "--watermark", "--background", "--music"):
            self.bad(7, "pipeline", "estimate", "Hi.", option, text, says="notes.png")

    def test_captions_reach_into_the_bars(self):
        film = self.path("a.mp4")
        self.good("pipeline", "run", "Good morning to everybody here.", "--avatar", marked(self.folder), "--fit",
                  "contain", "--size", "160x320", "--captions", "burn", "-o", film)
        low = [p for row in pixels(film, 160, 320, 20)[240:] for p in row]
        self.assertGreater(max(min(p) for p in low), 200, "no caption in the lower bar")


    def test_intro(self):
        timeline, plain = self.path("a.json"), self.path("b.json")
        film = self.run_film("a.mp4", *self.stills(), "--captions", "vtt", "--timeline", timeline,
                             "--keep-intermediates")
        self.check_stills(film)
        self.run_film("b.mp4", "--captions", "vtt", "--timeline", plain)
        parsed = []
        for path in (timeline, plain):
            with open(path, encoding="utf-8") as file:
                parsed.append(json.load(file))
        shifted, before = parsed
        self.assertAlmostEqual(shifted["duration"], int(probe(film)["video"]["nb_read_frames"]) / 10, delta=1e-3)
        self.assertEqual(len(shifted["words"]), len(before["words"]))
        for a, b in zip(shifted["words"], before["words"]):
            self.assertAlmostEqual(a["start"] - b["start"], 2.5, delta=1e-3)
            self.assertAlmostEqual(a["end"] - b["end"], 2.5, delta=1e-3)
        self.assertEqual((shifted["phonemes"][0]["p"], shifted["phonemes"][0]["start"]), ("", 0))

        def times(path):
            with open(path, encoding="utf-8") as file:
                return [sum(float(v) * 60 ** i for i, v in enumerate(reversed(t.split(":"))))
                        for line in file if "-->" in line for t in line.split(" --> ")]
        for a, b in zip(times(self.path("a.vtt")), times(self.path("b.vtt")), strict=True):
            self.assertAlmostEqual(a - b, 2.5, delta=2e-3)
        with wave.open(film + ".parts/speech.wav") as file:
            self.assertAlmostEqual(file.getnframes() / 24000, shifted["duration"], delta=1e-3)

    def test_intro_with_speech_first(self):
        """With music, which is as loud as in pauses, a watermark, bars and burned captions."""
        film = self.run_film("a.mp4", *self.stills(), "--low-memory", "--captions", "burn", "--music", self.music,
                             "--fit", "contain", "--watermark", logo(self.folder))
        length = float(probe(film)["format"]["duration"])
        pause = level(film, 2.5 + 3.5, 1)
        self.assertAlmostEqual(pause, -16 - 14, delta=3)
        self.assertAlmostEqual(level(film, 0.8, 0.8), pause, delta=1)
        # It rises slowly after the last word, and fades soon after.
        self.assertAlmostEqual(level(film, length - 1.9, 0.4), pause, delta=3.5)
        self.assertLess(level(film, 0, 0.02), -50, "no fade")
        self.assertLess(level(film, length - 0.06, 0.06), -50, "no fade")
        self.assertAlmostEqual(level(film, 2.8, 0.3), level(self.plain, 0.3, 0.3), delta=0.7)
        first = pixels(film, 128, 128)
        # All of the picture, 128 x 64 in the middle, white at its sides, and dark bars.
        self.assert_colour(mean(first, 2, 40, 24, 80), (255, 255, 255), 15, "white side")
        self.assert_colour(mean(first, 40, 40, 90, 80), (254, 0, 0), 12, "middle")
        self.assertLess(max(mean(first, 40, 0, 90, 16)), 190, "bar")
        green = mean(first, 128 - 4 - 18, 128 - 4 - 8, 128 - 4 - 11, 128 - 4 - 1)
        self.assertGreater(min(green[0], green[2]), green[1] + 60, "no watermark")

        def white(image):
            return sum(min(p) > 150 for row in image[100:] for p in row[30:98])
        self.assertEqual(white(first), 0, "captions before anybody speaks")
        self.assertGreater(white(pixels(film, 128, 128, 29)), 5, "no captions")

    def test_intro_of_every_film(self):
        """A GIF has colours for all of it; without an intro there may be an outro."""
        film = self.run_film("a.gif", *self.stills(), text="Hi.")
        for number, colour in ((0, (254, 0, 0)), (-1, (0, 0, 254))):
            if number < 0:
                number += int(probe(film)["video"]["nb_read_frames"])
            self.assert_colour(mean(pixels(film, 128, 128, number), 0, 0, 128, 128), colour, 30, number)
        film = self.run_film("b.webm", *self.stills()[2:], text="Hi.")
        self.assertGreater(min(mean(pixels(film, 128, 128), 0, 0, 128, 8)), 100)
        self.assertLess(level(film, float(probe(film)["format"]["duration"]) - 2, 1.5), -70)

    def test_intro_that_is_none(self):
        text = self.write("notes.png", "no picture at all")
        good = still(self.folder, "red")
        for status, args, says in ((7, ["--intro", text], "the intro"), (7, ["--outro", text], "the outro"),
                                   (4, ["--intro", good, "--outro", "none.png"], "none.png"),
                                   (2, ["--outro", good, "--background", "transparent"], "no outro")):
            with self.subTest(args=args):
                self.bad(status, "pipeline", "run", "Hi.", "--avatar", picture("presenter"), "-o", "a.webm", *args,
                         says=says)
        self.assertFalse(os.path.exists(self.path("a.webm")))

    def test_a_wall_with_lines_stands_still(self):
        """Right beside a head that moves. On the presenter's own wall nobody could tell."""
        lines, face = self.path("lines.png"), self.path("face.png")
        tool("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=0xd8d0c0:s=320x320", "-vf",
             "drawgrid=w=16:h=16:t=2:c=0x302010", "-frames:v", "1", lines)
        self.good("pipeline", "run", "Hi.", "--avatar", picture("presenter"), "--background", lines, "--size", "320x320",
                  "--quality", "high", "--head-motion", "0", "-o", "a.mp4")
        tool("ffmpeg", "-v", "error", "-i", self.path("a.mp4"), "-frames:v", "1", face)
        self.good("pipeline", "run", "Good morning to everybody here, and welcome.", "--avatar", face, "--quality",
                  "high", "--head-motion", "1", "--seed", "3", "--fps", "10", "-o", "b.mp4")

        def moved(x, y, width, height):
            size = width * height
            raw = tool("ffmpeg", "-v", "error", "-i", self.path("b.mp4"), "-vf",
                       "crop=%d:%d:%d:%d" % (width, height, x, y), "-pix_fmt", "gray", "-f", "rawvideo", "-")
            return max(sum(abs(a - b) for a, b in zip(raw[i:i + size], raw)) / size
                       for i in range(size, len(raw), size))
        self.assertGreater(moved(120, 90, 80, 60), 2, "the head does not move")
        self.assertLess(moved(52, 80, 16, 120), 1.5, "left of the hair")
        self.assertLess(moved(258, 80, 16, 120), 1.5, "right of the hair")

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


    def background(self, name, what, *args, size="320x320", text="Hi."):
        path = self.path(name)
        self.good("pipeline", "run", text, "--avatar", picture("presenter"), "--size", size, "--fps", "10", "-o",
                  path, *(["--background", what] if what else []), *args)
        return path

    def test_background(self):
        plain = self.background("plain.mp4", None)
        kept = self.background("keep.mp4", "keep")
        self.assertEqual(harness.frame_hashes(kept), harness.frame_hashes(plain))
        for what, colour in (("#1ac83c", (26, 200, 60)), ("White", (255, 255, 255)), ("black", (0, 0, 0))):
            self.check_cut_out(self.background("a.mp4", what), plain, colour, colour)
        self.check_cut_out(self.background("a.mp4", office(self.folder)), plain, (255, 0, 0), (0, 0, 255))
        self.check_cut_out(self.background("a.webm", "navy", "--low-memory"), plain, (0, 0, 128), (0, 0, 128))

    def test_background_blurred(self):
        given = self.path("striped.png")
        # Stripes in the picture's upper corners, which a blur makes grey.
        tool("ffmpeg", "-v", "error", "-y", "-i", picture("presenter"), "-vf",
             "format=rgb24,geq=r='if(lt(Y,60)*(lt(X,60)+gt(X,259)),255*mod(floor(X/4),2),r(X,Y))':"
             "g='if(lt(Y,60)*(lt(X,60)+gt(X,259)),255*mod(floor(X/4),2),g(X,Y))':"
             "b='if(lt(Y,60)*(lt(X,60)+gt(X,259)),255*mod(floor(X/4),2),b(X,Y))'", "-frames:v", "1", given)
        films = []
        for what in ("keep", "blur"):
            films.append(self.path(what + ".mp4"))
            self.good("pipeline", "run", "Hi.", "--avatar", given, "--fps", "10", "--background", what, "-o", films[-1])
        kept, blurred = (pixels(film, 320, 320, 3) for film in films)

        def steps(image):
            return max(abs(image[y][x][1] - image[y][x + 4][1]) for y in range(4, 30) for x in range(4, 40))
        self.assertGreater(steps(kept), 150)
        self.assertLess(steps(blurred), 30)
        self.assert_colour(mean(blurred, 0, 0, 40, 40), mean(kept, 0, 0, 40, 40), 25)
        # The hair does not run into it, and the face is as sharp as before.
        self.assert_colour(mean(blurred, 30, 120, 60, 160), mean(kept, 30, 120, 60, 160), 12)
        self.assert_colour(mean(blurred, 120, 100, 200, 190), mean(kept, 120, 100, 200, 190), 4)

    def test_background_fills_the_bars(self):
        """The person is as high as the film, or stands on its lower border."""
        film = self.background("a.mp4", "#1ac83c", "--fit", "contain", size="480x320")
        for number in (0, 5):
            seen = pixels(film, 480, 320, number)
            for box in ((2, 2, 100, 200), (380, 2, 478, 200), (2, 260, 60, 318)):
                self.assert_colour(mean(seen, *box), (26, 200, 60), 10, box)
            self.assertGreater(mean(seen, 200, 100, 280, 190)[0], 120)
        seen = pixels(self.background("b.mp4", "#1ac83c", "--fit", "contain", size="320x480"), 320, 480, 3)
        self.assert_colour(mean(seen, 2, 2, 318, 150), (26, 200, 60), 10)
        self.assertLess(mean(seen, 80, 450, 240, 478)[1], 140)

    def test_background_transparent(self):
        for name, codec in (("a.webm", "vp9"), ("a.mov", "prores")):
            with self.subTest(name=name):
                film = self.background(name, "transparent", "--watermark", logo(self.folder), "--captions", "burn",
                                       "--fit", "contain", size="480x320",
                                       text="Good morning to everybody who is here.")
                video = probe(film)["video"]
                self.assertEqual(video["codec_name"], codec)
                if codec == "vp9":
                    self.assertEqual({k.lower(): v for k, v in video["tags"].items()}["alpha_mode"], "1")
                for number in (0, 8):
                    seen = clear_pixels(film, 480, 320, number)

                    def alpha(x0, y0, x1, y1):
                        return [seen[y][x][3] for y in range(y0, y1) for x in range(x0, x1)]
                    for box in ((0, 0, 100, 100), (380, 0, 480, 200), (84, 100, 130, 180)):
                        self.assertLess(max(alpha(*box)), 8, box)
                    for box in ((200, 100, 280, 190), (200, 290, 280, 318)):
                        self.assertGreater(min(alpha(*box)), 247, box)
                    # The watermark, 72 x 36 of which the left half is half magenta, 14 from the right and below.
                    mark = mean([[p for p in row] for row in seen], 400, 276, 424, 300)
                    self.assertGreater(min(mark[0], mark[2]), 200)
                    self.assertLess(mark[1], 60)
                    self.assertAlmostEqual(sum(alpha(400, 276, 424, 300)) / 24 / 24, 128, delta=12)
                text = [p for row in clear_pixels(film, 480, 320, 8)[250:] for p in row if min(p[:3]) > 215]
                self.assertGreater(len([p for p in text if p[3] > 230]), 100, "no captions")

    def test_background_video(self):
        """There and back again at the film's own rate, cut to its shape, without its sound; of a still picture alike."""
        path = self.background("a.mp4", moving(self.folder), text="[pause:2.2s] Hi.")
        red, blue = (255, 0, 0), (0, 0, 255)
        for number, colour in ((0, red), (3, red), (6, blue), (12, blue), (15, red), (20, red)):
            seen = pixels(path, 320, 320, number)
            for box in ((2, 2, 50, 60), (270, 2, 318, 200)):
                self.assert_colour(mean(seen, *box), colour, 12, (number, box))
            self.assertGreater(mean(seen, 120, 100, 200, 190)[0], 120, "the face")
        self.assertLess(level(path, .2, 1.5), -70, "the video's sound")

    def test_background_that_is_none(self):
        text = self.write("notes.png", "no picture at all")
        sound = music(self.folder, 1)
        for status, what, output, says in ((2, "foggy", "a.mp4", "keep, blur, transparent"),
                                           (4, "none.png", "a.mp4", "none.png"),
                                           (7, text, "a.mp4", "notes.png"),
                                           (7, sound, "a.mp4", "neither a picture nor a video"),
                                           (2, "#12345g", "a.mp4", "#rrggbb"),
                                           (2, "transparent", "a.mp4", ".webm"), (2, "transparent", "a.gif", ".mov")):
            with self.subTest(what=what, output=output):
                self.bad(status, "pipeline", "run", "Hi.", "--avatar", picture("presenter"), "-o", output,
                         "--background", what, says=says)


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

    def test_intro(self):
        self.check_stills(self.lipsync("a.mp4", self.speech, *self.stills()))

    def test_music_follows_the_loudness_of_the_recording(self):
        quiet = self.path("quiet.wav")
        tool("ffmpeg", "-v", "error", "-i", self.speech, "-af", "volume=-14dB", quiet)
        film = self.lipsync("a.mp4", quiet, "--music", self.music, *self.stills())
        # Before it is heard, too.
        for start in (0.8, 2.5 + 3.5):
            self.assertAlmostEqual(level(film, start, 1), -16 - 14 - 14, delta=3)


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


    def test_background(self):
        films = []
        for what in ("keep", "#1ac83c"):
            films.append(self.path("%d.mp4" % len(films)))
            self.good("video", "lipsync", self.speech, "--timeline", self.timeline, "--avatar",
                      picture("presenter"), "--size", "320x320", "--fps", "5", "-o", films[-1], "--background", what)
        self.check_cut_out(films[1], films[0], (26, 200, 60), (26, 200, 60))


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


    def test_intro(self):
        params, film = self.submit(*self.stills(), "--avatar", picture("presenter"), "--size", "128x128")
        for name in ("intro", "outro"):
            self.assertRegex(params[name], r"^up-[0-9a-f]{16}$")
        self.check_stills(film)
        self.bad(4, "jobs", "submit", "Hi.", "--outro", "none.png", says="none.png")

    def test_watermark(self):
        args = ("--avatar", picture("presenter"), "--size", "320x320")
        _, plain = self.submit(*args)
        os.rename(plain, self.path("plain.mp4"))
        params, film = self.submit("--watermark", logo(self.folder), *args)
        self.assertRegex(params["watermark"], r"^up-[0-9a-f]{16}$")
        self.check_watermark(film, self.path("plain.mp4"))


    def test_background(self):
        args = ("--avatar", picture("presenter"), "--size", "320x320")
        _, plain = self.submit(*args)
        os.rename(plain, self.path("plain.mp4"))
        params, film = self.submit("--background", "#1ac83c", *args)
        self.assertEqual(params["background"], "#1ac83c")
        self.check_cut_out(film, self.path("plain.mp4"), (26, 200, 60), (26, 200, 60))
        params, film = self.submit("--background", office(self.folder), *args)
        self.assertRegex(params["background"], r"^up-[0-9a-f]{16}$")
        self.check_cut_out(film, self.path("plain.mp4"), (255, 0, 0), (0, 0, 255))
        self.bad(4, "jobs", "submit", "Hi.", "--background", "none.png", says="none.png")
        self.bad(2, "jobs", "submit", "Hi.", "--background", "transparent", says="webm")


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


    def test_intro(self):
        red, blue = (self.upload(still(self.server.folder, colour)) for colour in ("red", "blue"))
        film = self.film(text="Hi.", intro=red, outro=blue)
        last = int(probe(film)["video"]["nb_read_frames"]) - 1
        for number, strong in ((0, 0), (last, 2)):
            seen = mean(pixels(film, 128, 128, number), 0, 0, 128, 128)
            self.assertGreater(seen[strong], 235)
            self.assertLess(sorted(seen)[1], 20)
        refused = self.server.post("/jobs", {"text": "Hi.", "intro": red, "background": "transparent",
                                             "config": {"format": "webm"}})
        self.assertEqual(refused.status, 422, refused.body)

    def test_background(self):
        film = self.film(background="#1ac83c")
        red, green, blue = mean(pixels(film, 128, 128), 2, 2, 20, 80)
        self.assertTrue(abs(red - 26) < 15 and abs(green - 200) < 15 and abs(blue - 60) < 15, (red, green, blue))
        film = self.film(background=self.upload(moving(self.server.folder)))
        for number, channel in ((0, 0), (6, 2), (12, 2), (16, 0)):
            seen = pixels(film, 128, 128, number)
            self.assertGreater(min(mean(seen, 2, 2, 20, 80)[channel], mean(seen, 108, 2, 126, 80)[channel]), 220)
        for body in ({"background": "transparent"}, {"background": "office.png"}, {"background": "up-0123456789abcdef"},
                     {"background": "ap-01234567"}):
            refused = self.server.post("/jobs", dict({"text": "Hi."}, **body))
            self.assertIn(refused.status, (404, 422), refused.body)
        clear = self.expect(202, self.server.post("/jobs", {
            "text": "Hi.", "background": "transparent", "config": dict(CONFIG, format="webm")})).json["id"]
        self.assertEqual(self.server.wait(clear)["status"], "completed")


if __name__ == "__main__":
    unittest.main(verbosity=2)
