#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make a film over HTTP: submit a job, follow its events, save the file.

    avatar server start &
    python3 api_example.py http://127.0.0.1:8000 "Hello from Python." hello.mp4

Only `requests` is needed. The key, if the server wants one, is read from AVATAR_KEY.
"""
import json
import os
import sys
import uuid

import requests


def main():
    if len(sys.argv) != 4:
        sys.exit("usage: api_example.py URL TEXT OUTPUT.mp4")
    server, text, output = sys.argv[1:]
    session = requests.Session()
    if os.environ.get("AVATAR_KEY"):
        session.headers["Authorization"] = "Bearer " + os.environ["AVATAR_KEY"]

    # With an Idempotency-Key a request may be sent again when no answer came: the work is done once.
    answer = session.post(server + "/jobs", timeout=60, headers={"Idempotency-Key": str(uuid.uuid4())},
                          json={"text": text, "config": {"video_quality": "low"}})
    if answer.status_code != 202:
        sys.exit("the server answered %d: %s" % (answer.status_code, answer.json()["detail"]))
    job = answer.json()
    print("%s, place %s in the queue" % (job["id"], job["queue_position"]))

    # The stream ends with the job; comments keep it open meanwhile.
    state = job
    with session.get(server + job["links"]["events"], stream=True, timeout=60) as events:
        for line in events.iter_lines(chunk_size=1):
            if line.startswith(b"data: "):
                state = json.loads(line[6:])
                print("%3d %% %s %s" % (state.get("progress", 0), state["status"],
                                       state.get("stage") or ""))
    if state["status"] != "completed":
        sys.exit(state.get("error", {}).get("message", state["status"]))

    with session.get("%s/jobs/%s/result" % (server, job["id"]), stream=True, timeout=60) as film:
        film.raise_for_status()
        with open(output, "wb") as file:
            for chunk in film.iter_content(1 << 16):
                file.write(chunk)
    print(output)


if __name__ == "__main__":
    main()
