# SPDX-License-Identifier: Apache-2.0
"""docs/quality-voice.md, of which each tool that measures voices writes the part between its marks."""
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TITLE = "# How good voices are\n"


def write(part, heading, text, path=os.path.join(ROOT, "docs", "quality-voice.md")):
    """Put `text` (Markdown) under `heading` if there is one, in place of what the part held before or at the end."""
    marks = ("<!-- %s -->" % part, "<!-- end of %s -->" % part)
    old = TITLE
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            old = file.read()
    title = "## %s\n\n" % heading if heading else ""
    block = "%s\n\n%s%s\n\n%s" % (marks[0], title, text.strip(), marks[1])
    pattern = re.compile(re.escape(marks[0]) + ".*?" + re.escape(marks[1]), re.S)
    new = pattern.sub(lambda _: block, old) if pattern.search(old) else old.rstrip() + "\n\n" + block + "\n"
    with open(path, "w", encoding="utf-8") as file:
        file.write(new)
