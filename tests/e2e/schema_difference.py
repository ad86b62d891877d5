# SPDX-License-Identifier: Apache-2.0
"""The validator made from openapi.json against the reference: the same bodies, mutated from the document's
examples with a fixed seed, through both. Run by test_api_schema.py.

    schema_difference.py PROGRAM OPENAPI.json COUNT

Prints one line with the numbers; exit 1 and the bodies where the two differ."""
import copy
import json
import random
import subprocess
import sys

import jsonschema

VALUES = [None, True, False, 0, 1, -1, 25.0, 0.5, 1e3, -7.25, 101, 61, 2 ** 53, 2 ** 70, "", " ", "\t\n", "x",
          "low", "mp4", "none", "en-us", "af_heart", "vp-01234567", "source", "1280x720", "64x64",
          "63x64", "3840x3840", "3842x64", "up-0123456789abcdef", "up-0123456789abcdeF", "ap-01234567",
          "job-20260115120000-abc12345", "../../etc/passwd", "2026-01-15T18:00:00Z", "2026-02-30T00:00:00Z",
          "2026-01-15T18:00:00.5+23:59", "https://example.com/x", "http://a", "ftp://x", "ä" * 100,
          "a" * 1001, [], {}, [1], {"x": 1}, [{"p": "b", "start": 0, "end": 1}]]


def mutate(value, names, rng):
    """A copy with one thing changed somewhere."""
    value = copy.deepcopy(value)
    if isinstance(value, dict) and value and rng.random() < 0.7:
        name = rng.choice(sorted(value))
        if rng.random() < 0.2:
            del value[name]
        else:
            value[name] = mutate(value[name], names, rng)
        return value
    if isinstance(value, dict):
        value[rng.choice(names)] = rng.choice(VALUES)
        return value
    if isinstance(value, list) and value and rng.random() < 0.7:
        index = rng.randrange(len(value))
        value[index] = mutate(value[index], names, rng)
        return value
    return rng.choice(VALUES)


def property_names(node, found):
    if isinstance(node, dict):
        found.update(node.get("properties", {}))
        for member in node.values():
            property_names(member, found)
    elif isinstance(node, list):
        for member in node:
            property_names(member, found)
    return found


def examples_of(document, schema):
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].split("/")[-1]]
    found = list(schema.get("examples", ()))
    for variant in schema.get("oneOf", ()):
        found += examples_of(document, variant)
    for variant in schema.get("allOf", ()):
        found += examples_of(document, variant)
    return found


def bad_examples(document):
    """Examples that are no example of their schema; a schema without one."""
    components = document["components"]
    for name, schema in components["schemas"].items():
        validator = jsonschema.Draft202012Validator(dict({"$ref": "#/components/schemas/" + name},
                                                         components=components))
        if not schema.get("examples"):
            yield "%s has no example" % name
        for example in schema.get("examples", ()):
            for error in validator.iter_errors(example):
                yield "example of %s: %s" % (name, error.message[:200])


def main():
    program, path, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    with open(path, encoding="utf-8") as file:
        document = json.load(file)
    wrong = list(bad_examples(document))
    print("".join(line + "\n" for line in wrong), end="")
    names = sorted(property_names(document["components"]["schemas"], set())) + ["", "unknown"]
    rng = random.Random(1)
    checker = jsonschema.FormatChecker(formats=())
    cases = []
    for methods in document["paths"].values():
        for operation in methods.values():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if not content:
                continue
            schema = dict(content["schema"], components=document["components"])
            validator = jsonschema.Draft202012Validator(schema, format_checker=checker)
            examples = examples_of(document, content["schema"])
            types = list(document["components"]["schemas"]["JobRequest"]["discriminator"]["mapping"])
            for _ in range(count):
                body = rng.choice(examples)
                if operation["operationId"] == "submit_job" and rng.random() < 0.7:
                    body = dict(body, type=rng.choice(types))
                for _ in range(rng.randrange(4)):
                    body = mutate(body, names, rng)
                cases.append((operation["operationId"], body, validator))
    lines = "".join("%s\t%s\n" % (name, json.dumps(body)) for name, body, _ in cases)
    run = subprocess.run([program], input=lines.encode(), stdout=subprocess.PIPE, check=True)
    differ = valid = 0
    for (name, body, validator), line in zip(cases, run.stdout.decode().splitlines(), strict=True):
        # Dates are compared by the validator's own unit test: the reference has no strict one.
        faults = [f for f in json.loads(line) if f["type"] != "datetime_parsing"]
        errors = list(validator.iter_errors(body))
        valid += not errors
        if bool(faults) != bool(errors):
            differ += 1
            print(name, json.dumps(body)[:500], faults, [e.message[:200] for e in errors])
    print("%d bodies, %d of them valid, %d differences" % (len(cases), valid, differ))
    return 1 if differ or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
