# SPDX-License-Identifier: Apache-2.0
"""Compiles every header alone: check_headers.py SOURCE BUILD ORT_INCLUDE COMPILER..."""
import concurrent.futures
import os
import subprocess
import sys

SOURCE, BUILD, ORT, COMPILER = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
INNER = ["-x", "c", "-std=gnu17", "-D_GNU_SOURCE", "-I" + os.path.join(SOURCE, "src"),
         "-I" + os.path.join(SOURCE, "include"), "-I" + BUILD, "-isystem", ORT, "-Wall", "-Wextra", "-Wshadow",
         "-Wundef", "-Wstrict-prototypes", "-Werror"]
PUBLIC = {
    "C99": ["-x", "c", "-std=c99"],
    "C17": ["-x", "c", "-std=c17"],
    "C++11": ["-x", "c++", "-std=c++11"],
}
STRICT = ["-I" + os.path.join(SOURCE, "include"), "-Wall", "-Wextra", "-Wpedantic", "-Werror"]


def package_flags():
    names = ["jansson", "soxr", "libebur128", "lcms2", "libavformat", "libarchive",
             "libcurl", "sqlite3"]
    flags = subprocess.run(["pkg-config", "--cflags", *names], stdout=subprocess.PIPE, check=False)
    return flags.stdout.decode().split()


def headers(folder):
    return sorted(os.path.relpath(os.path.join(top, name), folder)
                  for top, _, names in os.walk(folder) for name in names if name.endswith(".h"))


def compile_alone(job):
    include, flags, label = job
    # Twice: a header without a guard fails.
    text = '#include %s\n#include %s\nint unit_is_not_empty;\n' % (include, include)
    process = subprocess.run([*COMPILER, *flags, "-fsyntax-only", "-"], input=text.encode(),
                             stderr=subprocess.PIPE, check=False)
    return include, label, process


def main():
    jobs = []
    for name in headers(os.path.join(SOURCE, "include")):
        jobs += [("<%s>" % name, flags + STRICT, label) for label, flags in PUBLIC.items()]
    inner = INNER + package_flags()
    jobs += [('"%s"' % name, inner, "gnu17") for name in headers(os.path.join(SOURCE, "src"))]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for include, label, process in pool.map(compile_alone, jobs):
            if process.returncode != 0:
                failed += 1
                print("%s as %s:\n%s" % (include, label, process.stderr.decode()))
    print("%d headers compiled, %d failed" % (len(jobs), failed))
    return 1 if failed or not jobs else 0


sys.exit(main())
