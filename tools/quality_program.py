# SPDX-License-Identifier: Apache-2.0
"""The program as the tools that judge it run it."""
import json
import subprocess


def ask(program, *args, cwd=None):
    """(exit status, what --json says)"""
    done = subprocess.run([program, *args, "--json", "--quiet"], cwd=cwd, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    return done.returncode, json.loads(done.stdout.decode().splitlines()[-1])
