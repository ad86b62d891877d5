# SPDX-License-Identifier: Apache-2.0
"""tests/features.tsv names, for every command and option, every route, parameter and type of job, the test
that would fail without it."""
import importlib
import json
import os
import unittest

import harness
from harness import Case, avatar


def table():
    path = os.path.join(os.path.dirname(__file__), "..", "features.tsv")
    with open(path, encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file if line.strip()]
    return rows[1:]


def routes():
    """What openapi.json offers: (method and path, ""), their parameters, and types of job."""
    path = os.path.join(harness.SOURCE, "src", "api", "openapi.json")
    with open(path, encoding="utf-8") as file:
        document = json.load(file)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            name = "%s %s" % (method.upper(), path)
            yield name, ""
            for param in operation.get("parameters", ()):
                if "$ref" in param:
                    param = document["components"]["parameters"][param["$ref"].split("/")[-1]]
                if param["in"] != "path":
                    yield name, ("?" if param["in"] == "query" else "") + param["name"]
    for kind in document["components"]["schemas"]["JobRequest"]["discriminator"]["mapping"]:
        yield "POST /jobs", "type=" + kind


class Features(Case):
    def test_rows_and_options_agree(self):
        offered = set()
        for command in avatar("help", "--json").json["commands"]:
            offered.add((command["name"], ""))
            for option in command["options"]:
                offered.add((command["name"], "--" + option["name"]))
        offered.update(routes())
        listed = [(row[0], row[1]) for row in table()]
        self.assertEqual(len(set(listed)), len(listed), "a row stands twice")
        self.assertEqual(sorted(offered - set(listed)), [], "offered, but without a test")
        self.assertEqual(sorted(set(listed) - offered), [], "tested, but not offered")

    def test_named_tests_exist(self):
        for command, option, test in table():
            with self.subTest(command=command, option=option):
                module, case, function = test.split(".")
                found = getattr(getattr(importlib.import_module(module), case), function)
                self.assertTrue(callable(found))


if __name__ == "__main__":
    harness.main()
