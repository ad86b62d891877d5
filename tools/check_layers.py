#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Check what each module includes and calls (docs/architecture.md): modules see only those below them,
each foreign library has one owner, functions that invite mistakes are not used, and what belongs to the
whole process is left to programs. Exit 1 if not."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Which modules' headers a module may include, beside its own.
BELOW = {
    "base": set(),
    "os": {"base"},
    "profile": {"base", "os"},
    "dsp": {"base", "os"},
    "media": {"base", "os", "dsp"},
    "nn": {"base", "os", "dsp"},
    "voice": {"base", "os", "profile", "dsp", "nn"},
    "face": {"base", "os", "dsp", "media", "nn"},
    "lipsync": {"base", "os", "dsp", "nn"},
    "portrait": {"base", "os", "dsp", "nn"},
    "pipeline": {"base", "os", "profile", "dsp", "media", "nn", "voice", "face", "lipsync", "portrait"},
    "lib": {"base", "os", "profile", "dsp", "media", "nn", "voice", "face", "lipsync", "portrait", "pipeline"},
    "store": {"base", "os"},
    "net": {"base", "os"},
    "jobs": {"base", "os", "store", "net"},
    "api": {"base", "os", "profile", "store", "jobs", "net"},
    # The commands are users of <avatar/avatar.h> like anybody else.
    "cli": {"base", "os", "store", "jobs", "net"},
}

# Foreign headers and the places that may include them: modules, or single files.
OWNERS = [
    (r"jansson\.h", {"base"}),
    (r"ini\.h", {"base/config_ini.c"}),
    (r"openssl/", {"base"}),
    (r"sqlite3", {"store"}),
    (r"soxr\.h|ebur128\.h|lcms2", {"dsp"}),
    (r"libav\w+/|libsw\w+/", {"media"}),
    (r"onnxruntime|archive(_entry)?\.h", {"nn"}),
    (r"curl/", {"nn", "net"}),
    (r"microhttpd|wslay", {"api"}),
    (r"espeak", {"voice/phonemize_main.c"}),
    (r"immintrin\.h|arm_neon\.h", None),
]

BANNED = re.compile(
    r"(?<![\w.>])(strcpy|strcat|strncpy|sprintf|vsprintf|strtok|atoi|atol|atof|gets|strtod|localtime|"
    r"gmtime|system|popen|alloca|setlocale|tmpnam|mktemp)\s*\(")

# Signal handlers, the working folder and the standard streams are those of the program that uses a library.
PROCESS = re.compile(
    r"(?<![\w.>])(?:(signal|sigaction|sigprocmask|chdir|fchdir|printf|vprintf|puts|putchar|"
    r"perror)\s*\(|(stdout|stderr)\b)")
# Modules that are programs; beside them the helper process, and the last words of a broken assumption.
PROGRAMS = {"cli", "api"}
PROCESS_ALLOWED = {"voice/phonemize_main.c", "base/error.c"}

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')
COMMENT_OR_STRING = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', re.S)


def check_include(path, module, quote, name):
    top = name.split("/")[0]
    if quote == '"' and top in BELOW and top != module and top not in BELOW[module]:
        return f"{module} must not include {name}"
    for pattern, owners in OWNERS:
        if owners and quote == "<" and re.match(pattern, name):
            here = str(path.relative_to(ROOT / "src"))
            if not owners & {module, here}:
                return f"only {' and '.join(sorted(owners))} may include <{name}>"
    return None


def check_file(path):
    module = path.relative_to(ROOT / "src").parts[0]
    text = path.read_text(encoding="utf-8")
    problems = []
    if not text.startswith("/* SPDX-License-Identifier: Apache-2.0 */"):
        problems.append((1, "no SPDX line on top"))
    for number, line in enumerate(text.splitlines(), 1):
        found = INCLUDE.match(line)
        if found and module in BELOW:
            problem = check_include(path, module, found[1], found[2])
            if problem:
                problems.append((number, problem))
    code = COMMENT_OR_STRING.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)
    for number, line in enumerate(code.splitlines(), 1):
        for call in BANNED.finditer(line):
            # The helpers of base/str.h are built on one of them.
            if not (module == "base" and call[1] == "strtod"):
                problems.append((number, f"{call[1]}() is not used here"))
        owner = module in PROGRAMS or str(path.relative_to(ROOT / "src")) in PROCESS_ALLOWED
        for use in () if owner else PROCESS.finditer(line):
            problems.append((number, f"{use[1] or use[2]} is for programs, not for a library"))
    return problems


def main():
    count = 0
    for path in sorted((ROOT / "src").rglob("*.[ch]")):
        for number, problem in check_file(path):
            print(f"{path.relative_to(ROOT)}:{number}: {problem}")
            count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
