# SPDX-License-Identifier: Apache-2.0
"""Works the page /docs in headless Chromium as a person would: authorises, submits a job with "Try it out",
looks at it until it is done. Spoken to over the DevTools protocol; run by test_api_docs.py.

    swagger_page.py URL KEY FOLDER SCREENSHOT.png

Prints one JSON object: the job's id, the last state seen, what the page complained about."""
import base64
import itertools
import json
import os
import re
import subprocess
import sys
import time

from websockets.sync.client import connect

STEP_S = 60
DONE_S = 240


class Page:
    def __init__(self, socket):
        self.socket = socket
        self.ids = itertools.count(1)
        self.session = None
        self.complaints = []

    def call(self, method, **params):
        number = next(self.ids)
        message = {"id": number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        self.socket.send(json.dumps(message))
        while True:
            got = json.loads(self.socket.recv(timeout=STEP_S))
            if got.get("id") == number:
                if "error" in got:
                    raise RuntimeError("%s: %s" % (method, got["error"]))
                return got["result"]
            if got.get("method") == "Log.entryAdded":
                entry = got["params"]["entry"]
                if entry["level"] == "error":
                    self.complaints.append(entry["text"])
            elif got.get("method") == "Runtime.exceptionThrown":
                self.complaints.append(json.dumps(got["params"]["exceptionDetails"])[:500])

    def run(self, script):
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True,
                           awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError("%s: %s" % (script, result["exceptionDetails"]))
        return result["result"].get("value")

    def until(self, script, what, seconds=STEP_S):
        deadline = time.monotonic() + seconds
        while not (value := self.run(script)):
            if time.monotonic() > deadline:
                raise RuntimeError("the page never showed %s" % what)
            time.sleep(0.2)
        return value

    def click(self, selector):
        """A real click in the middle of the first element that matches."""
        find = ("(() => { const e = document.querySelector(%s); if (!e) return null;"
                " e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect();"
                " return [r.x + r.width / 2, r.y + r.height / 2]; })()" % json.dumps(selector))
        x, y = self.until(find, selector)
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def type(self, selector, text):
        """Replaces what is in a field."""
        self.until("!!document.querySelector(%s)" % json.dumps(selector), selector)
        self.run("(() => { const e = document.querySelector(%s); e.focus(); e.select(); })()"
                 % json.dumps(selector))
        self.call("Input.insertText", text=text)


def execute(page, block):
    """Presses Execute; gives the status and the text of the answer that then stands there."""
    clear = block + " .btn-clear"
    if page.run("!!document.querySelector(%s)" % json.dumps(clear)):
        page.click(clear)
        page.until("!document.querySelector(%s)" % json.dumps(block + " .live-responses-table"),
                   "an empty answer")
    page.click(block + " .execute")
    row = block + " .live-responses-table .response"
    page.until("!!document.querySelector(%s)" % json.dumps(row), "an answer")
    status = page.until("document.querySelector(%s).innerText"
                        % json.dumps(row + " .response-col_status"), "a status")
    text = page.until("document.querySelector(%s).innerText"
                      % json.dumps(row + " .highlight-code"), "the answer's text")
    return status.strip(), text


def work(page, url, key, screenshot):
    page.call("Page.enable")
    page.call("Log.enable")
    page.call("Runtime.enable")
    page.call("Page.navigate", url=url + "/docs")
    page.until("document.querySelectorAll('.opblock').length > 30", "the operations")

    page.click(".auth-wrapper .authorize")
    page.type(".auth-container input", key)
    page.click(".auth-container .authorize")
    page.click(".auth-btn-wrapper .btn-done")

    post, get = "#operations-jobs-submit_job", "#operations-jobs-get_job"
    page.click(post + " .opblock-summary-control")
    page.click(post + " .try-out__btn")
    page.type(post + " textarea.body-param__text", json.dumps(
        {"text": "Hello from the page.", "config": {"video_quality": "low"}}))
    status, text = execute(page, post)
    found = re.search(r'"id": "(job-\d{14}-[0-9a-f]{8})"', text)
    if not status.startswith("202") or not found:
        raise RuntimeError("POST /jobs gave %s: %s" % (status, text[:500]))
    job = found[1]

    page.click(get + " .opblock-summary-control")
    page.click(get + " .try-out__btn")
    page.type(get + " .parameters input[type=text]", job)
    deadline = time.monotonic() + DONE_S
    while True:
        _, text = execute(page, get)
        state = re.search(r'"status": "([a-z]+)"', text)
        if state and state[1] in ("completed", "failed", "cancelled"):
            break
        if time.monotonic() > deadline:
            raise RuntimeError("not done in time: " + text[:500])
        time.sleep(0.5)
    page.run("document.querySelector(%s).scrollIntoView()" % json.dumps(get))
    image = page.call("Page.captureScreenshot", format="png")["data"]
    with open(screenshot, "wb") as file:
        file.write(base64.b64decode(image))
    return {"job": job, "status": state[1], "complaints": page.complaints}


def main():
    url, key, folder, screenshot = sys.argv[1:]
    browser = subprocess.Popen(
        ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
         "--no-first-run", "--window-size=1280,1600", "--remote-debugging-port=0",
         "--user-data-dir=" + os.path.join(folder, "browser"), "about:blank"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        address = None
        for line in browser.stderr:
            found = re.search(rb"DevTools listening on (ws://\S+)", line)
            if found:
                address = found[1].decode()
                break
        if not address:
            raise RuntimeError("Chromium did not start")
        with connect(address, max_size=None, open_timeout=STEP_S) as socket:
            page = Page(socket)
            target = page.call("Target.createTarget", url="about:blank")["targetId"]
            page.session = page.call("Target.attachToTarget", targetId=target,
                                     flatten=True)["sessionId"]
            print(json.dumps(work(page, url, key, screenshot)))
    finally:
        browser.terminate()
        browser.wait(30)


if __name__ == "__main__":
    main()
