#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Check models/manifest.json against the committed models; with --write, correct it."""
import hashlib
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MANIFEST = ROOT / "models" / "manifest.json"


def main():
    manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
    problems = []
    for asset in manifest["assets"]:
        if not asset.get("committed"):
            continue
        data = (ROOT / "models" / asset["file"]).read_bytes()
        found = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
        if any(asset.get(key) != value for key, value in found.items()):
            problems.append(f"models/{asset['file']} is not the file that the manifest describes")
            asset.update(found)
    notice = (ROOT / "models" / "NOTICE.md").read_text(encoding="utf-8")
    problems += [f"models/NOTICE.md does not name {asset['file']}" for asset in manifest["assets"]
                 if asset.get("committed") and asset["file"] not in notice]
    if "--write" in sys.argv[1:]:
        MANIFEST.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems and "--write" not in sys.argv[1:] else 0


if __name__ == "__main__":
    sys.exit(main())
