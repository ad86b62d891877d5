# SPDX-License-Identifier: Apache-2.0
"""Virtual environments of the tools that judge the program: one each, in the user's cache folder."""
import os
import subprocess
import sys
import venv


def enter(name, packages, alone=()):
    """Run the script again inside the environment `name` that has these packages, and `alone` without what
    they ask for. Returns inside of it."""
    home = os.path.join(os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")), "avatar", name)
    python = os.path.join(home, "bin", "python")
    if os.path.realpath(sys.prefix) == os.path.realpath(home):
        return
    stamp, wanted = os.path.join(home, "packages"), "\n".join([*packages, *alone])
    if not os.path.exists(stamp) or open(stamp, encoding="utf-8").read() != wanted:
        print("installing what the comparison needs", flush=True)
        venv.create(home, with_pip=True, clear=True)
        pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*pip, *packages], check=True)
        for package in alone:
            subprocess.run([*pip, "--no-deps", package], check=True)
        with open(stamp, "w", encoding="utf-8") as file:
            file.write(wanted)
    os.execv(python, [python, *sys.argv])
