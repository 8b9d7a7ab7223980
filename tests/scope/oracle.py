"""Which place lies in which unit, found by walking the parent pointers of the published tables.

Shares no idea with the program: no leaf numbers in depth-first order, no ranges. A place lies in a unit when one of
its ancestors (or itself) is a member of the unit and none is excluded.
"""
import csv
import datetime


def table(name):
    with open("rules/areas/" + name, encoding="utf-8-sig", newline="") as source:
        return list(csv.DictReader(source))


class Oracle:
    def __init__(self, day="2022-03-10"):
        rows = table("divisions.csv")
        by_number = {row["number"]: row["code"] for row in rows}
        self.parent = {row["code"]: by_number.get(row["parent"]) for row in rows}
        self.number = {row["code"]: int(row["number"]) for row in rows}
        self.code = {int(row["number"]): row["code"] for row in rows}
        self.level = {row["code"]: row["level"] for row in rows}
        self.unit = {}
        self.order = []
        for row in table("units.csv"):
            if (not row["from"] or row["from"] <= day) and (not row["to"] or day < row["to"]):
                self.unit[row["id"]] = {
                    "parent": row["parent"], "members": set(filter(None, row["members"].split("|"))),
                    "excludes": set(filter(None, row["excludes"].split("|"))), "kind": row["kind"]}
                self.order.append(row["id"])
        self.places = {name: frozenset(code for code in self.parent if self._lies_in(code, unit))
                       for name, unit in self.unit.items()}
        self.everywhere = frozenset(self.parent)
        self.below_cache = {}

    def chain(self, code):
        while code:
            yield code
            code = self.parent[code]

    def _lies_in(self, code, unit):
        chain = set(self.chain(code))
        return bool(chain & unit["members"]) and not chain & unit["excludes"]

    def below(self, code):
        """A place and all that lies in it by the tree, whoever answers for it."""
        if code not in self.below_cache:
            self.below_cache[code] = frozenset(each for each in self.parent if code in self.chain(each))
        return self.below_cache[code]

    def children(self, name):
        return [each for each in self.order if self.unit[each]["parent"] == name]

    def scope(self, name):
        """What a grant on this unit covers."""
        return self.everywhere if not self.unit[name]["parent"] else self.places[name]

    def lowest(self, code):
        inside = [name for name in self.order if code in self.places[name]]
        return min(inside, key=lambda name: len(self.places[name])) if inside else None

    def asked(self, area):
        """The places that the parameter `area` means: a unit by its id, else a place and all below it."""
        if area in self.unit:
            return self.scope(area)
        if area not in self.parent:
            return frozenset()
        name = self.lowest(area)
        if name and self.unit[name]["members"] and area == self.standing_for(name):
            return self.scope(name)
        return self.below(area)

    def standing_for(self, name):
        """The place where "somewhere in this unit" is written down: the unit's own node, else its first member."""
        own = name + "000000"
        if own in self.unit[name]["members"]:
            return own
        inside = sorted(self.unit[name]["members"], key=lambda code: self.number[code])
        return inside[0] if inside else None


def day_of(text):
    return datetime.datetime.fromisoformat(text)
