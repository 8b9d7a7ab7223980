#!/usr/bin/env python3
"""Check the rule data in rules/: area tree, units, aliases, population, roles, plan layers.

Usage: tools/check_rules.py [rules-folder]        exit 0: no errors, 4: errors found
Only the standard library. YAML is read by the small subset reader below; the binary reads it with a full
parser and also checks events and fields.
"""
import csv
import os
import re
import sys

LEVELS = ["province", "prefecture", "county", "dev_zone", "township", "community"]
RANK = {"province": 0, "prefecture": 1, "county": 2, "dev_zone": 2, "township": 3, "community": 4}
KINDS = {"province", "prefecture", "county", "dev_zone", "reporting_unit"}
POPULATION_KINDS = {"census", "rounded", "derived", "estimate"}
ROLE_LEVELS = {"national", "province", "city", "county", "township", "institution", "none"}
POWERS = {"operations", "system", "security", "audit"}
PLAN_KINDS = {"base", "prevention", "treatment", "antigen", "testing", "order"}
MARKS = {"V", "L", "R"}
SUBJECTS = {"positive", "case", "report", "tube", "person", "post", "round", "list", "shortage", "site", "request", "objection", "box", "difference", "plate", "antigen"}
DUTY_KEYS = ["title", "subject", "opens_on", "when", "deadline", "clock", "owner", "owner_at", "closes_on",
             "closes_when", "evidence", "cancel_on", "completed_by", "escalate", "on_plan_change", "source", "mark"]
DURATION = re.compile(r"^P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?)?$")
DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")
INSTANT = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[+-]\d{2}:\d{2}$")

errors = []


def error(where, text):
    errors.append(f"{where}: {text}")


# ---- files ----

def read_text(path):
    """Text of a file; tabs, CR, trailing blanks and a missing last line end are errors."""
    with open(path, "rb") as file:
        data = file.read()
    name = os.path.relpath(path)
    if b"\t" in data or b"\r" in data:
        error(name, "tab or carriage return")
    if not data.endswith(b"\n"):
        error(name, "no line end at the end")
    text = data.decode("utf-8")
    for number, line in enumerate(text.split("\n"), 1):
        if line != line.rstrip():
            error(f"{name}:{number}", "trailing blank")
    return text


def read_table(path, columns):
    """Rows of a CSV as dicts, with the line number under '#'."""
    rows = list(csv.reader(read_text(path).splitlines()))
    if not rows or rows[0] != columns:
        error(path, f"columns must be {','.join(columns)}")
        return []
    table = []
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(columns):
            error(f"{path}:{number}", f"{len(row)} fields, not {len(columns)}")
            continue
        table.append(dict(zip(columns, row)) | {"#": number})
    return table


# ---- areas ----

def check_divisions(path):
    """Returns {code: (first leaf, last leaf)}, both inclusive."""
    rows = read_table(path, ["number", "code", "name", "level", "parent"])
    spans, stack = {}, []
    for index, row in enumerate(rows, 1):
        where = f"divisions.csv:{row['#']}"
        if row["number"] != str(index):
            error(where, f"number {row['number']}, expected {index}")
        if not re.fullmatch(r"\d{12}", row["code"]) or row["code"] in spans:
            error(where, f"code {row['code']} bad or twice")
        if row["level"] not in LEVELS or not row["name"]:
            error(where, f"level {row['level']} or empty name")
            continue
        rank = RANK[row["level"]]
        while stack and stack[-1][1] >= rank:
            stack.pop()
        parent = stack[-1][0] if stack else 0
        if row["parent"] != str(parent) or (rank > 0 and (not stack or stack[-1][1] != rank - 1)):
            error(where, f"parent {row['parent']}, depth-first order gives {parent}")
        stack.append((index, rank, row["code"]))
        spans[row["code"]] = (index, index)
        for _, _, code in stack:
            spans[code] = (spans[code][0], index)
    if sum(1 for row in rows if row["parent"] == "0") != 1:
        error("divisions.csv", "there must be exactly one root")
    return spans


def leaves_of(row, spans):
    held = set()
    for sign, field in ((1, "members"), (-1, "excludes")):
        for code in filter(None, row[field].split("|")):
            if code not in spans:
                error(f"units.csv:{row['#']}", f"{field}: no division {code}")
                continue
            part = set(range(spans[code][0], spans[code][1] + 1))
            if sign < 0 and not part <= held:
                error(f"units.csv:{row['#']}", f"excludes {code}, which is not a member")
            if sign > 0 and part & held:
                error(f"units.csv:{row['#']}", f"member {code} is held twice")
            held = held | part if sign > 0 else held - part
    return held


def dates_meet(one, two):
    """Intervals are from (inclusive) to (exclusive); empty is open."""
    return (one["to"] == "" or two["from"] < one["to"]) and (two["to"] == "" or one["from"] < two["to"])


def check_units(path, spans):
    rows = read_table(path, "id,code,name_zh,short_zh,name_en,kind,parent,from,to,members,excludes,mark,note".split(","))
    by_id = {}
    for row in rows:
        by_id.setdefault(row["id"], []).append(row)
        row["leaves"] = leaves_of(row, spans)
    for row in rows:
        where = f"units.csv:{row['#']}"
        if not re.fullmatch(r"\d{6}|U\d{6}", row["id"]) or not re.fullmatch(r"\d{6}|", row["code"]):
            error(where, f"id {row['id']} or code {row['code']}")
        if row["kind"] not in KINDS or row["mark"] not in MARKS:
            error(where, f"kind {row['kind']} or mark {row['mark']}")
        if not (row["name_zh"] and row["short_zh"] and row["name_en"]):
            error(where, "a name is missing")
        for field in ("from", "to"):
            if row[field] and not DATE.match(row[field]):
                error(where, f"{field} {row[field]}")
        if row["from"] and row["to"] and row["from"] >= row["to"]:
            error(where, "from is not before to")
        if not row["leaves"] and not row["note"]:
            error(where, "no members and no note that says why")
        parents = [p for p in by_id.get(row["parent"], []) if dates_meet(p, row)]
        if row["parent"] and not parents:
            error(where, f"parent {row['parent']} does not exist at that time")
        for parent in parents:
            if not row["leaves"] <= parent["leaves"]:
                error(where, f"holds areas outside its parent {row['parent']} ({parent['from']}..{parent['to']})")
    check_siblings(rows)
    check_gaps(rows, spans)
    return rows


def check_siblings(rows):
    for index, one in enumerate(rows):
        for two in rows[index + 1:]:
            if not dates_meet(one, two):
                continue
            if one["id"] == two["id"]:
                error(f"units.csv:{two['#']}", f"two rows of {one['id']} valid at the same time")
            elif one["parent"] == two["parent"] and one["leaves"] & two["leaves"]:
                error(f"units.csv:{two['#']}", f"{two['id']} overlaps {one['id']} in {len(one['leaves'] & two['leaves'])} leaves")


def check_gaps(rows, spans):
    """What a unit holds beyond its children must be its own node in the tree only."""
    for row in rows:
        children = [c for c in rows if c["parent"] == row["id"] and dates_meet(c, row)]
        if not children:
            continue
        rest = row["leaves"] - set().union(*(c["leaves"] for c in children))
        own = {spans[code][0] for code in row["members"].split("|") if code in spans}
        if rest - own:
            error(f"units.csv:{row['#']}", f"{len(rest - own)} leaves of {row['id']} belong to none of its children")


def check_aliases(path, units):
    rows = read_table(path, ["alias", "unit", "from", "to", "context"])
    known = {row["id"] for row in units}
    seen, readings = set(), {}
    for row in rows:
        where = f"aliases.csv:{row['#']}"
        if not row["alias"] or row["unit"] not in known or (row["context"] and row["context"] not in known):
            error(where, f"alias {row['alias']}: unit {row['unit']} or context {row['context']} unknown")
        if not any(u["id"] == row["unit"] and dates_meet(u, row) for u in units):
            error(where, f"unit {row['unit']} does not exist in {row['from']}..{row['to']}")
        key = (row["alias"], row["unit"], row["from"])
        if key in seen:
            error(where, f"alias {row['alias']} twice for {row['unit']}")
        seen.add(key)
        readings.setdefault(row["alias"], set()).add(row["unit"])
    for name in ("吉林", "Jilin"):
        if readings.get(name) != {"220000", "220200"}:
            error("aliases.csv", f"{name} must name the province and the city")
    return sum(1 for found in readings.values() if len(found) > 1)


def check_population(path, units):
    rows = read_table(path, ["unit", "population", "year", "kind", "source"])
    count = {}
    for row in rows:
        if row["unit"] not in {u["id"] for u in units} or row["unit"] in count:
            error(f"population.csv:{row['#']}", f"unit {row['unit']} unknown or twice")
        if not row["population"].isdigit() or row["kind"] not in POPULATION_KINDS or not row["source"]:
            error(f"population.csv:{row['#']}", "population, kind or source")
            continue
        count[row["unit"]] = int(row["population"])
    for parent in {u["parent"] for u in units if u["parent"] and u["to"] == ""}:
        children = {u["id"] for u in units if u["parent"] == parent and u["to"] == "" and u["id"] in count}
        total = sum(count[c] for c in children)
        if parent in count and children and abs(total - count[parent]) > count[parent] // 1000:
            error("population.csv", f"{parent} has {count[parent]}, its children {total}")


# ---- YAML subset: block mappings by two blanks, lists of one-line items, flow values on one line ----

def read_scalar(text, where):
    text = text.strip()
    if text[:1] == '"':
        if len(text) < 2 or text[-1] != '"' or '"' in text[1:-1].replace('\\"', ""):
            error(where, f"bad string {text}")
        return text[1:-1].replace('\\"', '"')
    if not text or re.search(r"[{}\[\],\"#]|: ", text):
        error(where, f"bad scalar {text!r}")
    return text


def split_flow(text):
    """Parts between commas outside quotes and brackets."""
    parts, depth, quoted, part = [], 0, False, ""
    for index, char in enumerate(text):
        if char == '"' and text[index - 1:index] != "\\":
            quoted = not quoted
        if not quoted:
            depth += (char in "[{") - (char in "]}")
        if char == "," and depth == 0 and not quoted:
            parts.append(part)
            part = ""
        else:
            part += char
    return parts + [part] if part.strip() else parts


def read_flow(text, where):
    text = text.strip()
    if text[:1] == "[" and text[-1:] == "]":
        return [read_flow(part, where) for part in split_flow(text[1:-1])]
    if text[:1] == "{" and text[-1:] == "}":
        result = {}
        for part in split_flow(text[1:-1]):
            key, colon, value = part.partition(": ")
            if not colon or key.strip() in result:
                error(where, f"bad or double key in {part!r}")
            result[key.strip()] = read_flow(value, where)
        return result
    return read_scalar(text, where)


def read_yaml(path):
    root = {}
    stack = [(-1, root, None, None)]       # indent, container, its parent, its key there
    for number, line in enumerate(read_text(path).split("\n"), 1):
        where = f"{os.path.basename(path)}:{number}"
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        indent = len(line) - len(line.lstrip(" "))
        while stack[-1][0] >= indent:
            stack.pop()
        _, here, parent, key_here = stack[-1]
        if text.startswith("- "):
            if here == {}:
                here = parent[key_here] = []
                stack[-1] = (stack[-1][0], here, parent, key_here)
            if isinstance(here, list):
                here.append(read_flow(text[2:], where))
            else:
                error(where, "list item in a mapping")
            continue
        found = re.match(r"([A-Za-z0-9_-]+):(?: +(.*))?$", text)
        if not found or not isinstance(here, dict) or found.group(1) in here or indent % 2:
            error(where, f"not understood or double key: {text}")
            continue
        key, value = found.groups()
        here[key] = read_flow(value, where) if value else {}
        if not value:
            stack.append((indent, here[key], here, key))
    return root


# ---- roles and plans ----

def check_title(where, title):
    if not isinstance(title, dict) or not title.get("zh") or not title.get("en"):
        error(where, "needs zh and en")
    elif not re.search(r"[\u4e00-\u9fff]", title["zh"]) or re.search(r"[\u4e00-\u9fff]", title["en"]):
        error(where, "zh is not Chinese or en is not English")


def check_roles(path):
    roles = read_yaml(path).get("roles", {})
    for name, role in roles.items():
        where = f"roles.yaml {name}"
        if sorted(role) != ["commands", "level", "power", "queries", "title"]:
            error(where, f"keys {sorted(role)}")
            continue
        check_title(where, role["title"])
        if role["level"] not in ROLE_LEVELS or role["power"] not in POWERS:
            error(where, f"level {role['level']} or power {role['power']}")
        for field in ("commands", "queries"):
            if not isinstance(role[field], list) or len(set(role[field])) != len(role[field]):
                error(where, f"{field} must be a list without repetition")
    return roles


def check_duty(where, duty, roles, sources, whole):
    """whole: the first layer that declares the duty must give every key."""
    missing = [key for key in DUTY_KEYS if key not in duty]
    unknown = [key for key in duty if key not in DUTY_KEYS]
    if unknown or (whole and missing):
        error(where, f"unknown {unknown}, missing {missing}")
    if "title" in duty:
        check_title(where, duty["title"])
    allowed = {"subject": SUBJECTS, "clock": {"occurred", "recorded", "starts"}, "owner_at": {"institution", "area"},
               "on_plan_change": {"keep", "recompute", "ask"}, "mark": MARKS, "source": sources, "owner": set(roles)}
    for key, values in allowed.items():
        if key in duty and duty[key] not in values:
            error(where, f"{key} {duty[key]}")
    if "deadline" in duty and not DURATION.match(duty["deadline"]):
        error(where, f"deadline {duty['deadline']}")
    if {"owner", "completed_by"} <= set(duty) and duty["completed_by"] not in roles.get(duty["owner"], {}).get("commands", []):
        error(where, f"owner {duty['owner']} may not use {duty['completed_by']}")
    for step in duty.get("escalate", []):
        if not set(step) <= {"after", "to", "at", "mark"} or step.get("to") not in roles or not DURATION.match(step.get("after", "")):
            error(where, f"escalation {step}")


def check_plan(name, plan, plans, roles, sources):
    for key in ("layer", "extends", "kind", "title", "from", "to", "area", "source", "params", "duties"):
        if key not in plan:
            error(name, f"no {key}")
            return
    if f"{plan['layer']}.yaml" != name or plan["kind"] not in PLAN_KINDS or plan["source"].get("mark") not in MARKS:
        error(name, "layer is not the file name, or kind or mark unknown")
    if plan["extends"] and plan["extends"] not in plans:
        error(name, f"extends {plan['extends']}")
    check_title(name, plan["title"])
    check_title(name + " source", plan["source"])
    for key in ("from", "to"):
        if plan[key] and not INSTANT.match(plan[key]):
            error(name, f"{key} {plan[key]}")
    for key, value in plan["params"].items():
        where = f"{name} {key}"
        if sorted(value) != ["mark", "source", "title", "unit", "value"]:
            error(where, f"keys {sorted(value)}")
            continue
        check_title(where, value["title"])
        if value["source"] not in sources or value["mark"] not in MARKS:
            error(where, f"source {value['source']} or mark {value['mark']}")
        if value["source"] == "R0" and value["mark"] != "R":
            error(where, "R0 stands for no source: mark must be R")
        if value["unit"] == "duration" and not DURATION.match(value["value"]):
            error(where, f"duration {value['value']}")
    for key, duty in plan["duties"].items():
        check_duty(f"{name} {key}", duty, roles, sources, plan["extends"] == "")


def main():
    rules = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..", "rules")
    areas = os.path.join(rules, "areas")
    spans = check_divisions(os.path.join(areas, "divisions.csv"))
    units = check_units(os.path.join(areas, "units.csv"), spans)
    ambiguous = check_aliases(os.path.join(areas, "aliases.csv"), units)
    check_population(os.path.join(areas, "population.csv"), units)
    roles = check_roles(os.path.join(rules, "roles.yaml"))
    folder = os.path.join(rules, "plans")
    table = read_table(os.path.join(folder, "sources.csv"), ["id", "title_zh", "title_en", "address"])
    sources = {row["id"] for row in table}
    plans = {f[:-5]: read_yaml(os.path.join(folder, f)) for f in sorted(os.listdir(folder)) if f.endswith(".yaml")}
    for layer, plan in plans.items():
        check_plan(layer + ".yaml", plan, plans, roles, sources)
    for text in errors:
        print(text, file=sys.stderr)
    print(f"{len(spans)} divisions, {len(units)} unit rows, {ambiguous} ambiguous names, {len(roles)} roles, "
          f"{len(plans)} layers, {len(sources)} sources: {len(errors)} errors")
    return 4 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
