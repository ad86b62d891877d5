#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turn src/api/openapi.json into what the server is built from: the document itself, minified; the table
of operations; and a table for each schema that a request is checked against (src/api/schema.h).

    generate_api.py SOURCE.json VERSION TABLES.c HANDLERS.c HANDLERS.h   what meson does
    generate_api.py --format SOURCE.json                                 lay the document out anew

The document is the single source: whatever it promises and this program does not understand is an error
here, not a surprise at run time.
"""
import json
import re
import sys

try:
    import re._constants as sre
    import re._parser as sre_parse
except ImportError:  # before Python 3.11
    import sre_constants as sre
    import sre_parse

WIDTH = 100
TYPES = {"object": "OBJECT", "array": "ARRAY", "string": "STRING", "integer": "INTEGER",
         "number": "NUMBER", "boolean": "BOOLEAN", "null": "NULL"}
SCHEMA_KEYS = {"type", "description", "examples", "default", "enum", "minimum", "maximum", "minLength",
               "maxLength", "pattern", "format", "items", "minItems", "maxItems", "properties", "required",
               "additionalProperties", "minProperties", "contentMediaType", "oneOf", "discriminator",
               "allOf", "$ref"}
METHODS = ("get", "post", "put", "patch", "delete")
SCOPES = ("read", "submit", "admin")
STATES_MAX = 255


# ---- layout ----------------------------------------------------------------------------------------

def layout(value, indent=0, before=0):
    """JSON with everything on one line that fits there."""
    flat = json.dumps(value, ensure_ascii=False)
    if indent + before + len(flat) + 1 <= WIDTH or not isinstance(value, (dict, list)) or not value:
        return flat
    pad = " " * (indent + 2)
    if isinstance(value, dict):
        lines = []
        for name, member in value.items():
            name = json.dumps(name, ensure_ascii=False) + ": "
            lines.append(pad + name + layout(member, indent + 2, len(name)))
        return "{\n" + ",\n".join(lines) + "\n" + " " * indent + "}"
    lines = [pad + layout(member, indent + 2) for member in value]
    return "[\n" + ",\n".join(lines) + "\n" + " " * indent + "]"


def c_string(text):
    """A C literal of UTF-8, plain ASCII in the source; NULL for None."""
    if text is None:
        return "NULL"
    out = []
    for byte in text.encode():
        if byte in b'"\\':
            out.append("\\" + chr(byte))
        elif 32 <= byte < 127 and byte != ord("?"):
            out.append(chr(byte))
        else:
            # Always three digits, so that what follows is never taken for a fourth.
            out.append("\\%03o" % byte)
    return '"' + "".join(out) + '"'


# ---- patterns: regular expressions to tables ---------------------------------------------------------

class Pattern:
    """A deterministic automaton over bytes: JSON Schema's search, so unanchored unless it says ^ and $."""

    def __init__(self, pattern):
        self.edges = []  # of the NFA: state -> [(set of bytes or None, state)]
        self.text = pattern
        parsed = list(sre_parse.parse(pattern))
        any_byte = frozenset(range(256))
        start = self._state()
        if parsed and parsed[0] == (sre.AT, sre.AT_BEGINNING):
            parsed = parsed[1:]
        else:
            self.edges[start].append((any_byte, start))
        at_end = bool(parsed) and parsed[-1] == (sre.AT, sre.AT_END)
        if at_end:
            parsed = parsed[:-1]
        end = self._sequence(parsed, start)
        if not at_end:
            self.edges[end].append((any_byte, end))
        self._determine(start, end)

    def _state(self):
        self.edges.append([])
        return len(self.edges) - 1

    def _bytes(self, items):
        chosen, negate = set(), False
        for kind, value in items:
            if kind is sre.NEGATE:
                negate = True
            elif kind is sre.LITERAL:
                chosen.add(value)
            elif kind is sre.RANGE:
                chosen.update(range(value[0], value[1] + 1))
            else:
                raise ValueError("pattern %r: %s is not supported" % (self.text, kind))
        if chosen and max(chosen) > 127:
            raise ValueError("pattern %r: only ASCII is supported" % self.text)
        return frozenset(range(256)) - chosen if negate else frozenset(chosen)

    def _sequence(self, parts, state):
        for kind, value in parts:
            state = self._part(kind, value, state)
        return state

    def _part(self, kind, value, state):
        if kind is sre.LITERAL:
            kind, value = sre.IN, [(sre.LITERAL, value)]
        if kind is sre.IN:
            after = self._state()
            self.edges[state].append((self._bytes(value), after))
            return after
        if kind is sre.SUBPATTERN:
            return self._sequence(value[-1], state)
        if kind is sre.BRANCH:
            after = self._state()
            for branch in value[1]:
                self.edges[self._sequence(branch, state)].append((None, after))
            return after
        if kind is sre.MAX_REPEAT:
            low, high, inner = value
            for _ in range(low):
                state = self._sequence(inner, state)
            if high is sre.MAXREPEAT:
                loop = self._state()
                self.edges[state].append((None, loop))
                self.edges[self._sequence(inner, loop)].append((None, loop))
                return loop
            after = self._state()
            self.edges[state].append((None, after))
            for _ in range(high - low):
                state = self._sequence(inner, state)
                self.edges[state].append((None, after))
            return after
        raise ValueError("pattern %r: %s is not supported" % (self.text, kind))

    def _closure(self, states):
        seen, work = set(states), list(states)
        while work:
            for label, target in self.edges[work.pop()]:
                if label is None and target not in seen:
                    seen.add(target)
                    work.append(target)
        return frozenset(seen)

    def _determine(self, start, end):
        # State 0 is the one from which nothing matches any more.
        states = {frozenset(): 0}
        order = [frozenset(), self._closure([start])]
        states[order[1]] = 1
        rows = []
        for current in order:
            row = []
            for byte in range(256):
                after = self._closure({t for s in current for label, t in self.edges[s]
                                       if label is not None and byte in label})
                if after not in states:
                    states[after] = len(order)
                    order.append(after)
                row.append(states[after])
            rows.append(row)
            if len(order) > STATES_MAX:
                raise ValueError("pattern %r needs too many states" % self.text)
        self.accepts = [int(end in state) for state in order]
        columns = list(zip(*rows))
        kinds = sorted(set(columns))
        self.classes = [kinds.index(column) for column in columns]
        self.class_count = len(kinds)
        self.next = [kind[state] for state in range(len(order)) for kind in kinds]


# ---- schemas: tables ---------------------------------------------------------------------------------

class Tables:
    def __init__(self, document):
        self.document = document
        self.lines = []
        self.by_ref = {}
        self.by_pattern = {}
        self.count = 0

    def resolve(self, node):
        while "$ref" in node:
            target = self.document
            for part in node["$ref"].lstrip("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = target
        return node

    def array(self, kind, name, values):
        self.lines.append("static const %s %s[] = {" % (kind, name))
        line = "   "
        for value in values:
            if len(line) + len(value) + 2 > WIDTH:
                self.lines.append(line)
                line = "   "
            line += " " + value + ","
        self.lines += [line, "};"]

    def pattern(self, text):
        if text not in self.by_pattern:
            name = "pattern_%d" % len(self.by_pattern)
            made = Pattern(text)
            self.array("uint8_t", name + "_class", [str(v) for v in made.classes])
            self.array("uint8_t", name + "_next", [str(v) for v in made.next])
            self.array("uint8_t", name + "_accepts", [str(v) for v in made.accepts])
            self.lines.append("static const struct avt_pattern %s = {%s, %s_class, %s_next, %s_accepts, %d};"
                              % (name, c_string(text), name, name, name, made.class_count))
            self.by_pattern[text] = name
        return "&" + self.by_pattern[text]

    def schema(self, node, extra_required=()):
        """The C name of the table of a schema."""
        ref = node.get("$ref")
        if ref and not extra_required:
            if ref not in self.by_ref:
                self.by_ref[ref] = self.table(self.resolve(node), ())
            return self.by_ref[ref]
        return self.table(self.resolve(node), extra_required)

    def table(self, node, extra_required):
        unknown = set(node) - SCHEMA_KEYS
        if unknown:
            raise ValueError("a request schema uses %s, which is not supported" % sorted(unknown))
        if "allOf" in node:
            base, addition = node["allOf"]
            if set(addition) - {"type", "required"}:
                raise ValueError("allOf may only add `required`")
            return self.schema(base, addition["required"])
        if "oneOf" in node:
            return self.union(node)
        types = node.get("type", [])
        types = [types] if isinstance(types, str) else types
        name = "schema_%d" % self.count
        self.count += 1
        members = [".types = " + (" | ".join("AVT_SCHEMA_" + TYPES[t] for t in types) or "0")]
        self.numbers(node, members)
        if "enum" in node:
            self.array("char *const", name + "_choices", [c_string(v) for v in node["enum"]] + ["NULL"])
            members.append(".choices = %s_choices" % name)
        if "pattern" in node:
            members.append(".pattern = " + self.pattern(node["pattern"]))
        if "format" in node and node["format"] != "uri":
            if node["format"] != "date-time":
                raise ValueError("format %s is not supported" % node["format"])
            members.append(".format = AVT_SCHEMA_DATE_TIME")
        if node.get("contentMediaType"):
            members.append(".file = true")
        if "items" in node:
            members.append(".items = &" + self.schema(node["items"]))
        if "properties" in node:
            self.fields(name, node, set(node.get("required", ())) | set(extra_required), members)
        if node.get("additionalProperties", True) is False:
            members.append(".closed = true")
        self.emit(name, members)
        return name

    def numbers(self, node, members):
        low = {k: node[k] for k in ("minLength", "minItems", "minProperties") if k in node}
        high = {k: node[k] for k in ("maxLength", "maxItems") if k in node}
        if low:
            members.append(".length_min = %d" % list(low.values())[0])
        members.append(".length_max = %s" % (list(high.values())[0] if high else "SIZE_MAX"))
        members.append(".minimum = %s" % (repr(float(node["minimum"])) if "minimum" in node else "-INFINITY"))
        members.append(".maximum = %s" % (repr(float(node["maximum"])) if "maximum" in node else "INFINITY"))

    def fields(self, name, node, required, members):
        rows = []
        for field, value in node["properties"].items():
            rows.append("{%s, &%s, %s}" % (c_string(field), self.schema(value),
                                           "true" if field in required else "false"))
        missing = required - set(node["properties"])
        if missing:
            raise ValueError("required, but no property: %s" % sorted(missing))
        self.array("struct avt_schema_field", name + "_fields", rows)
        members += [".fields = %s_fields" % name, ".field_count = %d" % len(rows)]

    def union(self, node):
        name = "schema_%d" % self.count
        self.count += 1
        rows, plain = [], []
        for variant in node["oneOf"]:
            tag = [t for t, r in node["discriminator"]["mapping"].items() if r == variant["$ref"]]
            table = self.schema(variant)
            rows.append("{%s, &%s}" % (c_string(tag[0]), table))
            if "allOf" not in self.resolve(variant):
                plain.append(table)
        if len(plain) != 1:
            raise ValueError("exactly one of a union may do without its tag")
        self.array("struct avt_schema_variant", name + "_variants", rows)
        self.emit(name, [".types = AVT_SCHEMA_OBJECT", ".length_max = SIZE_MAX",
                         ".minimum = -INFINITY", ".maximum = INFINITY",
                         ".tag = " + c_string(node["discriminator"]["propertyName"]),
                         ".variants = %s_variants" % name, ".variant_count = %d" % len(rows),
                         ".untagged = &" + plain[0]])
        return name

    def emit(self, name, members):
        self.lines.append("static const struct avt_schema %s = {" % name)
        line = "   "
        for member in members:
            if len(line) + len(member) + 2 > WIDTH:
                self.lines.append(line)
                line = "   "
            line += " " + member + ","
        self.lines += [line, "};"]


# ---- operations ----------------------------------------------------------------------------------------

def scope_of(operation, document):
    security = operation.get("security", document["security"])
    if not security:
        return "AVT_NEEDS_NOTHING"
    scopes = {scope for choice in security for names in choice.values() for scope in names}
    if len(scopes) != 1 or not scopes <= set(SCOPES):
        raise ValueError("%s: one scope, please" % operation["operationId"])
    return "AVT_NEEDS_" + scopes.pop().upper()


def body_of(operation, tables):
    """Kind of body, C names of the tables for JSON and form."""
    content = operation.get("requestBody", {}).get("content", {})
    json_table = form_table = "NULL"
    if "application/json" in content:
        json_table = "&" + tables.schema(content["application/json"]["schema"])
    if "multipart/form-data" in content:
        form_table = "&" + tables.schema(content["multipart/form-data"]["schema"])
    if not content:
        return "AVT_HTTP_BODY_NONE", json_table, form_table
    if set(content) == {"application/json"}:
        return "AVT_HTTP_BODY_JSON", json_table, form_table
    if set(content) == {"multipart/form-data"}:
        return "AVT_HTTP_BODY_MULTIPART", json_table, form_table
    return "AVT_HTTP_BODY_UPLOAD", json_table, form_table


def params_of(operation, tables):
    rows = []
    for node in operation.get("parameters", ()):
        param = tables.resolve(node)
        rows.append("{%s, AVT_PARAM_%s, &%s, %s}" % (
            c_string(param["name"]), param["in"].upper(), tables.schema(param["schema"]),
            "true" if param.get("required") else "false"))
    return rows


def operation_rows(document, tables):
    rows, handlers = [], []
    for path, methods in document["paths"].items():
        for method in METHODS:
            operation = methods.get(method)
            if not operation:
                continue
            name = operation["operationId"]
            params = params_of(operation, tables)
            if params:
                tables.array("struct avt_api_param", "params_" + name, params)
            kind, json_table, form_table = body_of(operation, tables)
            required = operation.get("requestBody", {}).get("required", False)
            rows.append(
                "    {.id = %s, .method = AVT_HTTP_%s, .path = %s,\n"
                "     .needs = %s, .body = %s, .body_required = %s,\n"
                "     .json = %s, .form = %s, .params = %s, .param_count = %d}," % (
                    c_string(name), method.upper(), c_string(path), scope_of(operation, document), kind,
                    "true" if required else "false", json_table, form_table,
                    "params_" + name if params else "NULL", len(params)))
            handlers.append(name)
    return rows, handlers


NOTE = "/* Made from src/api/openapi.json by tools/generate_api.py. */"


def generate(source, version, out_tables, out_handlers, out_header):
    with open(source, encoding="utf-8") as file:
        document = json.load(file)
    document["info"]["version"] = version
    tables = Tables(document)
    rows, handlers = operation_rows(document, tables)
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    chunks = re.findall(r"(?s).{1,90}", text)
    out = [NOTE, '#include "api/operations.h"', "", "#include <math.h>", ""]
    out += tables.lines
    out += ["", "const struct avt_api_operation avt_api_operations[] = {"] + rows + ["};",
            "const size_t avt_api_operation_count = %d;" % len(rows), "",
            "const char avt_api_document[] ="]
    out += ["    " + c_string(chunk) for chunk in chunks]
    out[-1] += ";"
    out += ["const size_t avt_api_document_size = sizeof(avt_api_document) - 1;"]
    write(out_tables, out)
    names = ["avt_route_" + handler for handler in handlers]
    write(out_handlers, [NOTE, '#include "api/operations.h"', '#include "api_handlers.h"', "",
                         "const avt_http_handler avt_api_handlers[] = {"]
          + ["    %s," % name for name in names] + ["};"])
    write(out_header, [NOTE, "#pragma once", '#include "api/http.h"', ""]
          + ["void %s(struct avt_http_request *request, void *user);" % name for name in names])


def write(path, lines):
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def main():
    if sys.argv[1] == "--format":
        with open(sys.argv[2], encoding="utf-8") as file:
            text = layout(json.load(file)) + "\n"
        with open(sys.argv[2], "w", encoding="utf-8") as file:
            file.write(text)
    else:
        generate(*sys.argv[1:6])


if __name__ == "__main__":
    main()
