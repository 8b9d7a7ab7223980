"""Compares what one person is told with what the oracle says they may know. Each finding is a line of text."""
import collections
import csv
import io
import urllib.parse

from client import Client
from world import BEFORE, kit_code

# Lists whose every row has a place: what root sees, less the places outside, must be the answer, byte for byte.
EXACT = {"loops": "duty", "positives": "positive", "cases": "case", "held_members": "person",
         "reporting_offences": "duty", "institutions": "institution", "posts": "post", "counted": "case", "notices": "notice",
         "replans": "duty", "antigen_tests": "antigen", "antigen_batches": "batch"}
# What everybody may know: published names, the rules, the role table.
PUBLIC = {"areas", "roles", "plans", "plan_rules", "exercise", "analysers"}
ONE = {"case": "case", "person": "person", "tube": "tube", "box": "box", "plate": "plate"}
# About one round or roll, seen in part by who answers for a part of it; each row has a place.
PART = {"round_missed": "round", "round_coverage": "round", "round_buildings": "round", "round_sites": "round", "round_moves": "round",
        "round_requests": "round", "roll_slice": "roll", "round_antigen": "round", "antigen_owing": "round"}
NEEDS_AREA = ("roll_slice", "round_missed")
UNKNOWN = {"case": 99999999, "person": 4503599627370001, "tube": 99999999, "positive": 99999999,
           "antigen": 99999999, "round": 99999999, "roll": 99999999, "site": 99999999, "request": 99999999, "report": 99999999, "post": 99999999, "institution": 99999999}


class Universe:
    """What root sees, remembered; root is asked once for each form of a question."""

    def __init__(self, world):
        self.world, self.known = world, {}
        self.cursors = collections.defaultdict(list)

    def rows(self, name, **params):
        key = (name, tuple(sorted(params.items())))
        if key not in self.known:
            self.known[key] = self.world.root.rows(name, **params)
        return self.known[key]

    def cursor(self, name, random, **params):
        """A place to go on from, as root was told it."""
        key = (name, tuple(sorted(params.items())))
        if key not in self.cursors:
            for limit in (2, 5, 11):
                answer = self.world.root.query(name, limit=limit, **params)
                if answer.status == 200 and answer.json.get("next"):
                    self.cursors[key].append(answer.json["next"])
        return random.choice(self.cursors[key]) if self.cursors[key] else None


class Checker:
    def __init__(self, world, universe, oracle):
        self.world, self.universe, self.oracle = world, universe, oracle
        self.random = world.random
        self.found = []
        self.full = self.empty = self.refused = self.longest_csv = 0
        self.kinds = collections.Counter()

    def report(self, text):
        self.found.append(text)

    def scope(self, units):
        return frozenset().union(*(self.oracle.scope(unit) for unit in units))

    # ---- any answer at all ----

    def walk(self, value, scope, trail):
        """No place outside the scope anywhere in an answer."""
        if isinstance(value, list):
            for each in value:
                self.walk(each, scope, trail)
        if not isinstance(value, dict):
            return
        for key, each in value.items():
            if key == "area_code" and each and each not in scope:
                self.report(f"{trail}: area_code {each}")
            if key in ("area", "area_from") and each:
                name = self.oracle.code.get(each) if isinstance(each, int) else each
                inside = (self.oracle.scope(name) <= scope and name) if name in self.oracle.unit else name in scope
                if not inside:
                    self.report(f"{trail}: {key} {each}")
            if key == "unit" and each in self.oracle.unit and not self.oracle.scope(each) <= scope:
                self.report(f"{trail}: unit {each}")
            for kind in ("case", "positive", "tube", "report", "person"):
                if key == kind and each in self.world.place[kind] and kind in ("case", "report") and \
                        self.world.place[kind][each] not in scope:
                    self.report(f"{trail}: {kind} {each} of {self.world.place[kind][each]}")
            self.walk(each, scope, trail)

    def same_refusal(self, answer, model, trail):
        self.refused += 1
        if answer.status != 404 or answer.bare() != model.bare():
            self.report(f"{trail}: {answer.short(model)}")

    # ---- lists ----

    def area(self, units):
        """A place to ask for: none, one's own, one inside, one outside, any."""
        kind = self.random.random()
        if kind < 0.2:
            return None
        if kind < 0.35:
            return self.random.choice(units)
        if kind < 0.7:
            return self.random.choice([each for each in self.oracle.order if self.oracle.places[each]])
        return self.random.choice(self.world.codes)

    def params(self, name):
        params = {}
        if name == "loops":
            params["state"] = self.random.choice(["open", "due_soon", "overdue", "escalated", "closed", "all"])
        if name == "counted":
            params["measure"] = self.random.choice(["confirmed_new", "asymptomatic_cumulative"])
        if name in ("loops", "positives", "cases") and self.random.random() < 0.25:
            params["at"] = BEFORE
        return params

    def listed(self, client, name, units):
        scope, area, params = self.scope(units), self.area(units), self.params(name)
        within = scope & self.oracle.asked(area) if area else scope
        after = None
        if self.random.random() < 0.12:
            after = self.universe.cursor(name, self.random, **params)
        limit = self.random.choice([3, 200, 200])
        form = "csv" if self.random.random() < 0.2 else None
        if form and self.random.random() < 0.6:
            limit = None  # the whole list, however many pages that are
        trail = f"{name} {units} area={area} {params} after={after} limit={limit} {form or ''}"
        self.kinds["csv" if form else "at" if "at" in params else "after" if after else "list"] += 1
        answer = client.query(name, area=area, after=after, limit=limit, format=form, **params)
        if not within:
            self.same_refusal(answer, self.no_area(client, name, params), trail)
            return
        if answer.status != 200:
            self.report(f"{trail}: {answer.status} {answer.body[:200]}")
            return
        asked = dict(params, after=after) if after else params
        wanted = [row for row in self.universe.rows(name, **asked) if row["area_code"] in within]
        if form:
            self.compare_csv(answer, name, wanted, limit, within, trail)
        else:
            self.compare(answer, name, wanted, limit, within, trail)

    def no_area(self, client, name, params):
        return client.query(name, area="999999", **params)

    def compare(self, answer, name, wanted, limit, scope, trail):
        rows = answer.json["rows"]
        self.walk({"rows": rows}, scope, trail)
        self.full += bool(rows)
        self.empty += not rows
        # A page ends where the server ends it; what it shows must be the head of what is wanted.
        if len(rows) != min(limit, len(wanted)) and not (name == "duplicates" and len(rows) >= limit):
            self.report(f"{trail}: {len(rows)} rows, {len(wanted)} wanted")
        for row, other in zip(rows, wanted):
            if name == "institutions":  # the number of posts is that of posts in the scope
                other = dict(other, posts=row["posts"])
                posts = sum(1 for post in self.universe.rows("posts") if post["institution"] == row["institution"]
                            and post["area_code"] in self.granted)
                if posts != row["posts"]:
                    self.report(f"{trail}: institution {row['institution']} with {row['posts']} posts, not {posts}")
            if row != other:
                self.report(f"{trail}: row {row} instead of {other}")
                break

    def compare_csv(self, answer, name, wanted, limit, scope, trail):
        rows = list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"))))
        key = EXACT[name]
        self.full += bool(rows)
        self.empty += not rows
        told = [(row[key], row["area_code"]) for row in rows]
        self.longest_csv = max(self.longest_csv, len(rows))
        if limit is None and ("X-Bihuan-Rows", str(len(wanted))) not in answer.headers:
            self.report(f"{trail}: {answer.headers} for {len(wanted)} rows")
        if told != [(str(row[key]), row["area_code"]) for row in wanted[:limit]]:
            self.report(f"{trail}: {told[:5]}... instead of {len(wanted)} rows")
        for _, code in told:
            if code not in scope:
                self.report(f"{trail}: area_code {code}")

    # ---- one thing ----

    def one(self, client, name, units, unknown):
        scope, kind = self.scope(units), ONE[name]
        number, code = self.random.choice(sorted(self.world.place[kind].items()))
        params = {"at": BEFORE} if name == "case" and self.random.random() < 0.2 else {}
        trail = f"{name} {number} of {code} for {units} {params}"
        self.kinds["one"] += 1
        answer = client.query(name, **{kind: number}, **params)
        if code not in scope:
            self.same_refusal(answer, unknown, trail)
            return
        if answer.status == 404 and params:  # not known yet at that time
            self.same_refusal(answer, unknown, trail)
            return
        if answer.status != 200:
            self.report(f"{trail}: {answer.status} {answer.body[:200]}")
            return
        self.full += 1
        self.walk(answer.json, scope, trail)

    # ---- the board and the live stream: counts ----

    def open_loops(self, scope, state="open"):
        return [row for row in self.universe.rows("loops", state=state) if row["area_code"] in scope]

    def board(self, client, units):
        scope, area = self.scope(units), self.area(units)
        within = scope & self.oracle.asked(area) if area else scope
        trail = f"board {units} area={area}"
        self.kinds["board"] += 1
        answer = client.query("board", area=area)
        if not within:
            self.same_refusal(answer, self.no_area(client, "board", {}), trail)
            return
        if answer.status == 404 and area:
            return  # a place inside no unit of the reader has no figures of its own
        rows = answer.json["rows"]
        self.walk({"rows": rows}, scope, trail)
        for field, state in (("open", "open"), ("due_soon", "due_soon"), ("overdue", "overdue"), ("escalated", "escalated")):
            told = sum(row[field] for row in rows)
            wanted = len(self.open_loops(within, state))
            if told != wanted:
                self.report(f"{trail}: {field} {told} instead of {wanted}")
        wanted = collections.Counter()
        for row in self.open_loops(within):
            wanted[row["rule"]] += 1
        told = collections.Counter()
        for row in rows:
            told[row["rule"]] += row["open"]
        if +told != wanted:
            self.report(f"{trail}: {told} instead of {wanted}")
        self.full += bool(rows)

    def forecast(self, client, units):
        scope, area = self.scope(units), self.area(units)
        within = scope & self.oracle.asked(area) if area else scope
        trail = f"forecast {units} area={area}"
        self.kinds["forecast"] += 1
        answer = client.query("forecast", area=area)
        if not within:
            self.same_refusal(answer, self.no_area(client, "forecast", {}), trail)
            return
        if answer.status != 200:
            self.report(f"{trail}: {answer.status} {answer.body[:200]}")
            return
        told = collections.Counter({row["rule"]: row["open"] for row in answer.json["rows"]})
        wanted = collections.Counter(row["rule"] for row in self.open_loops(within))
        if +told != wanted:
            self.report(f"{trail}: {told} instead of {wanted}")
        late = sum(row["overdue"] for row in answer.json["rows"])
        if late != len(self.open_loops(within, "overdue")):
            self.report(f"{trail}: {late} overdue instead of {len(self.open_loops(within, 'overdue'))}")
        self.full += bool(told)

    def sample_days(self, client, units):
        """As many by sample as by report, and as many as the people behind the figures."""
        scope, area = self.scope(units), self.area(units)
        within = scope & self.oracle.asked(area) if area else scope
        window = {"from": "2022-01-01T00:00:00+08:00", "to": "2022-12-01T00:00:00+08:00"}
        trail = f"sample_days {units} area={area}"
        self.kinds["sample_days"] += 1
        answer = client.query("sample_days", area=area, **window)
        if not within:
            self.same_refusal(answer, self.no_area(client, "sample_days", window), trail)
            return
        if answer.status != 200:
            self.report(f"{trail}: {answer.status} {answer.body[:200]}")
            return
        for which in ("confirmed", "asymptomatic"):
            people = self.universe.rows("counted", measure=which + "_new", **window)
            wanted = sum(1 for row in people if row["area_code"] in within)
            for how in ("reported", "sampled"):
                told = sum(row[f"{which}_{how}"] for row in answer.json["rows"])
                if told != wanted:
                    self.report(f"{trail}: {which} {how} {told} instead of {wanted}")
                self.full += bool(told)

    def verify_bulletin(self, client, units):
        """Whoever may not see a place is not told whether it ever published."""
        unit = self.random.choice(self.oracle.order)
        code = "BIHUAN-BULLETIN/1 %s 2022-03-09T00:00:00+08:00 2022-03-10T00:00:00+08:00 v1 @5 sha256:" + "0" * 64
        trail = f"verify_bulletin {units} of {unit}"
        self.kinds["verify_bulletin"] += 1
        answer = client.query("verify_bulletin", text=code % unit)
        if not self.oracle.places[unit] or not self.oracle.scope(unit) <= self.scope(units):
            self.same_refusal(answer, client.query("verify_bulletin", text=code % "999999"), trail)
        elif answer.status != 200 or answer.json["valid"]:
            self.report(f"{trail}: {answer.status} {answer.body[:200]}")

    def live(self, client, units):
        scope, area = self.scope(units), self.random.choice([None, self.random.choice(self.oracle.order)])
        if area and not self.oracle.places[area]:
            area = None
        within = scope & self.oracle.asked(area) if area else scope
        trail = f"live {units} area={area}"
        self.kinds["live"] += 1
        answer, first, stream = client.live(area)
        if not within:
            unknown, _, _ = client.live("999999")
            self.same_refusal(answer, unknown, trail)
            return
        if not stream:  # refused what should have been told: a finding, whoever of the two is wrong
            self.report(f"{trail}: {answer.status}")
            return
        stream.close()
        wanted = len(self.open_loops(within)), len(self.open_loops(within, "overdue"))
        if (first["open"], first["overdue"]) != wanted:
            self.report(f"{trail}: {first} instead of {wanted}")

    # ---- a round in part ----

    def part(self, client, name, units, unknown):
        """Rows of the reader's own places, all of them; a round that reaches no place of his looks like none."""
        scope, kind = self.scope(units), PART[name]
        number, home = self.random.choice(sorted(self.world.place[kind].items()))
        area = self.area(units) or (self.random.choice(units) if name in NEEDS_AREA else None)
        trail = f"{name} {number} of {home} for {units} area={area}"
        self.kinds[name] += 1
        answer = client.query(name, **{kind: number}, area=area)
        within = scope & self.oracle.asked(area) if area else scope
        unit = self.oracle.lowest(home)
        if not within or not scope & self.oracle.scope(unit):
            self.same_refusal(answer, client.query(name, **{kind: UNKNOWN[kind]}, area=area), trail)
            return
        if answer.status != 200:
            self.report(f"{trail}: {answer.status} {answer.body[:200]}")
            return
        rows = answer.json["rows"]
        self.walk({"rows": rows}, within, trail)
        wanted = [row for row in self.universe.rows(name, **{kind: number}, **({"area": "220000"} if name in NEEDS_AREA else {}))
                  if row["area_code"] in within]
        self.full += bool(rows)
        if rows != wanted:
            self.report(f"{trail}: {rows[:2]}... instead of {wanted[:2]}...")

    def part_of_round(self, client, units):
        """The round itself: its number for whoever answers for a part, with the people of that part alone."""
        scope = self.scope(units)
        number, home = self.random.choice(sorted(self.world.place["round"].items()))
        trail = f"round {number} of {home} for {units}"
        self.kinds["round"] += 1
        answer = client.query("round", round=number)
        if not scope & self.oracle.scope(self.oracle.lowest(home)):
            self.same_refusal(answer, client.query("round", round=UNKNOWN["round"]), trail)
            return
        if answer.status != 200:
            self.report(f"{trail}: {answer.status} {answer.body[:200]}")
            return
        one = answer.json
        inside = sum(self.world.at(place) in scope for place in self.world.spread[number])
        if inside:
            self.walk(one, scope, trail)
        if one["due"] != 3 * inside or one["part"] != (home not in scope):
            self.report(f"{trail}: due {one['due']} of {inside} places, part {one['part']}")
        if one["part"] and (one["tubes"]["reported"], one["forecast_reported"]) != (None, None):
            self.report(f"{trail}: tells of the whole round {one}")

    def hours(self, client, units):
        """Hours are counted for the whole round: none for a part of it, and no round where nothing of it is mine."""
        scope = self.scope(units)
        number, home = self.random.choice(sorted(self.world.place["round"].items()))
        self.kinds["round_forecast"] += 1
        answer = client.query("round_forecast", round=number)
        if not scope & self.oracle.scope(self.oracle.lowest(home)):
            self.same_refusal(answer, client.query("round_forecast", round=UNKNOWN["round"]), f"round_forecast {units}")
        elif answer.status != 200 or bool(answer.json["rows"]) != (home in scope):
            self.report(f"round_forecast {number} of {home} for {units}: {answer.status} {answer.body[:200]}")

    def supposed(self, client, units):
        """An order is only supposed for a place of one's own, over a roll of one's own."""
        scope, starts = self.scope(units), "2022-03-11T08:00:00+08:00"
        number, home = self.random.choice(sorted(self.world.place["roll"].items()))
        unit = self.random.choice(units)
        self.kinds["round_feasibility"] += 1
        answer = client.query("round_feasibility", area=unit, roll=number, starts=starts)
        trail = f"round_feasibility {unit} {number} of {home} for {units}"
        if home not in scope:
            self.same_refusal(answer, client.query("round_feasibility", area=unit, roll=UNKNOWN["roll"], starts=starts), trail)
        else:
            inside = sum(self.world.at(place) in self.oracle.scope(unit) for place in self.world.spread[number])
            if answer.status != (200 if inside else 409) or (inside and answer.json["due"] != 3 * inside):
                self.report(f"{trail}: {answer.status} {answer.body[:200]}")
        place = self.random.choice([each for each in self.oracle.order if self.oracle.places[each]])
        if not scope & self.oracle.scope(place):
            self.same_refusal(client.query("round_feasibility", area=place, roll=number, starts=starts),
                              client.query("round_feasibility", area="999999", roll=number, starts=starts), f"{trail} in {place}")

    def parts(self, client, name, units):
        """Rounds and rolls of which a part lies in the reader's places, counted for that part."""
        scope, kind = self.scope(units), {"rounds": "round", "rolls": "roll"}[name]
        rows = client.query(name).json["rows"]
        self.kinds[name] += 1
        self.walk({"rows": [{key: each for key, each in row.items() if key != "area" or each} for row in rows]}, scope,
                  f"{name} {units}")
        wanted = {number for number, home in self.world.place[kind].items()
                  if scope & self.oracle.scope(self.oracle.lowest(home))}
        if {row[kind] for row in rows} != wanted:
            self.report(f"{name} {units}: {[row[kind] for row in rows]} instead of {sorted(wanted)}")
        for row in rows:
            inside = sum(self.world.at(place) in scope for place in self.world.spread[row[kind]])
            told = row["due"] if kind == "round" else row["residents"]
            if told != 3 * inside:
                self.report(f"{name} {units}: {row[kind]} with {told} people, {inside} places of 3")
        self.full += bool(rows)

    # ---- whatever else there is ----

    def other(self, client, name, units):
        scope = self.scope(units)
        params = {"area": self.random.choice(units)} if name in ("bulletins", "bulletin", "map", "round_frequency") else {}
        if name == "bulletin":
            params["draft"] = "true"
        answer = client.query(name, **params)
        self.kinds[name] += 1
        if answer.status == 200 and name not in PUBLIC and name != "session":
            self.walk(answer.json, scope, f"{name} {units} {params}")
            self.full += 1
        elif answer.status not in (200, 404):
            self.report(f"{name} {units} {params}: {answer.status} {answer.body[:200]}")
        if name == "round_frequency":
            apart = [each for each in self.oracle.order if self.oracle.places[each] and not self.oracle.scope(each) & scope]
            if apart:
                self.same_refusal(client.query(name, area=self.random.choice(apart)), client.query(name, area="999999"),
                                  f"{name} {units}")
        if name in ("bulletins", "bulletin"):
            outside = [each for each in self.oracle.order if self.oracle.places[each] and not self.oracle.scope(each) <= scope]
            if outside:
                area = self.random.choice(outside)
                params["area"] = area
                self.same_refusal(client.query(name, **params),
                                  client.query(name, **dict(params, area="999999")), f"{name} {units} of {area}")

    def query(self, client, name, units, unknown):
        self.granted = self.scope(units)
        if name in EXACT:
            self.listed(client, name, units)
        elif name in ONE:
            self.one(client, name, units, unknown)
        elif name == "round":
            self.part_of_round(client, units)
        elif name == "round_forecast":
            self.hours(client, units)
        elif name == "round_feasibility":
            self.supposed(client, units)
        elif name in PART:
            self.part(client, name, units, unknown)
        elif name in ("rounds", "rolls"):
            self.parts(client, name, units)
        elif name in ("board", "forecast", "sample_days", "verify_bulletin"):
            getattr(self, name)(client, units)
        else:
            self.other(client, name, units)


# ---- commands: in the far future nothing happens, but the order of refusals shows who may ----

def future(command, target, code, labs, user):
    """Body of a command about this target that is refused for its time, once it is permitted; None = no such form."""
    lab = labs[next(iter(labs))]
    kinds = {
        "review_positive": ("positive", {"outcome": "positive"}),
        "diagnose_positive": ("positive", {"status": "confirmed", "severity": "mild", "origin": "local",
                                           "institution": lab}),
        "report_positive": ("person", {"source": "clinic", "institution": lab, "found_in": "clinic",
                                       "sampled_ms": "2022-03-10T06:00:00+08:00",
                                       "resulted_ms": "2022-03-10T07:00:00+08:00"}),
        "file_report": ("case", {"card_number": "x"}),
        "audit_report": ("report", {"level": "county", "outcome": "passed"}),
        "convert_case": ("case", {"severity": "mild"}), "change_severity": ("case", {"severity": "severe"}),
        "discharge_case": ("case", {}), "release_case": ("case", {}), "record_death": ("case", {}),
        "exclude_case": ("case", {"reason": "两次阴性"}),
        "correct_report": ("case", {"what": "other", "card_number": "x"}),
        "move_case": ("case", {"area": code}), "unlink_persons": ("person", {}),
        "pick_up_person": ("case", {"institution": lab, "vehicle": "x", "from_signature": "x",
                                    "driver_signature": "x"}),
        "hand_over_person": ("case", {"institution": lab, "from_signature": "x", "to_signature": "x"}),
        "admit_person": ("case", {"institution": lab, "bed": "x", "from_signature": "x", "to_signature": "x"}),
        "vacate_post": ("post", {"reason": "other"}), "fill_post": ("post", {"user": user}),
        "hand_over_shift": ("post", {"to_user": user}),
        "review_antigen": ("antigen", {"reading": "negative"}),
        "receive_tube": ("tube", {"institution": lab, "count": 1}),
        "result_tube": ("tube", {"verdict": "negative"}),
        "tell_site": ("site", {"queue": 1, "waiting_minutes": 1, "samplers": 1}), "close_site": ("site", {}),
        "request_supplies": ("site", {"kind": "tubes", "count": 1}), "send_supplies": ("request", {"count": 1}),
        "refuse_supplies": ("request", {"reason": "none_left"}),
        "sample_tube": ("site", {"round": 99999999, "code": "X000", "people": [{"slot": 1}]}),
    }
    if command not in kinds or kinds[command][0] != target:
        return None
    return dict(kinds[command][1], occurred="2099-01-01T00:00:00+08:00")


def by_area(command, area):
    bodies = {
        "register_person": {"name": "无名"}, "register_institution": {"kind": "clinic", "name": "x"},
        "create_post": {"role": "county_cdc", "title": "x"},
        "register_kits": {"name": "x", "kits": [kit_code(1)]},
    }
    if command not in bodies:
        return None
    return dict(bodies[command], area=area, occurred="2099-01-01T00:00:00+08:00")


def quote(text):
    return urllib.parse.quote(text)


assert Client
