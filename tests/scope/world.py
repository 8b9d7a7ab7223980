"""A small outbreak in many places, made through public commands, and the people who work on it."""
import random

from client import Client

PLACES = ["220102", "220103", "220103011000", "220173", "220113", "220113004000", "220113012000", "220105",
          "220105174000", "220105270000", "U220101", "220184", "220171", "220202", "220203", "220271", "220302",
          "220500", "220502", "220521", "220523", "220581", "220600", "220621", "220621120000", "220621121000",
          "222426120000", "222426", "222401", "220700", "220802", "220000", "220100"]
START = "2022-03-10T08:00:00+08:00"
BEFORE = "2022-03-10T09:30:00+08:00"   # between the first and the second half of the facts
NAME, DOCUMENT, PHONE = "欧阳金丝雀", "22010219990909876", "1390431777"
ADDRESS, REASON = "雀巢胡同七十七号", "金丝雀理由：家属来电"


ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PHOTO = "/9j/4AAQSkZJRgABAQAAAQABAAD/wAARCAAQACADASIAAhEBAxEB/9oACAEBAAA/AAD/2Q=="


def kit_code(number):
    """A code of 60 bits with its check character."""
    values = [number >> 5 * (11 - place) & 31 for place in range(12)]
    total, factor = 0, 2
    for value in reversed(values):
        part = value * factor
        total, factor = total + part // 32 + part % 32, 3 - factor
    return "".join(ALPHABET[value] for value in values + [(32 - total % 32) % 32])


class World:
    def __init__(self, server, oracle, seed=1):
        self.server, self.oracle, self.random = server, oracle, random.Random(seed)
        self.root = Client(server)
        self.home = {}                     # person -> code
        self.place = {"case": {}, "positive": {}, "tube": {}, "institution": {}, "post": {}, "report": {},
                      "person": self.home, "roll": {}, "round": {}, "site": {}, "box": {}, "plate": {}, "antigen": {}, "request": {}}  # kind -> id -> code
        self.running = {}                  # unit -> a round of it, its site and team
        self.spread = {}                   # roll or round -> the communities it holds
        self.labs, self.count, self.secrets, self.moved = {}, 0, [], []

    def at(self, place):
        return self.oracle.standing_for(place) if place in self.oracle.unit else place

    def person(self, place):
        self.count += 1
        number = f"{self.count:03d}"
        self.secrets += [NAME + number, DOCUMENT + number, PHONE + number, ADDRESS + number]
        person = self.root.do("register_person", area=place, name=NAME + number, document=DOCUMENT + number,
                              phone=PHONE + number, address=ADDRESS + number)["person"]
        self.home[person] = self.at(place)
        return person

    def institution(self, place, kind="hospital", name=None):
        answer = self.root.do("register_institution", area=place, kind=kind, name=name or f"{place}{kind}")
        self.place["institution"][answer["institution"]] = self.at(place)
        return answer["institution"]

    def tube(self, place, members, found_in=None):
        code = f"T{len(self.place['tube']):05d}"
        body = {} if found_in is None else {"found_in": found_in}
        tube = self.root.do("collect_tube", area=place, code=code, institution=self.labs[place],
                            kind="single" if len(members) == 1 else "pooled",
                            members=[{"person": each} for each in members], **body)["tube"]
        self.place["tube"][tube] = self.at(place)
        return tube

    def pool(self, place):
        members = [self.person(place) for _ in range(3)]
        tube = self.tube(place, members)
        self.root.do("receive_tube", tube=tube, institution=self.labs[place], count=3)
        self.root.do("result_tube", tube=tube, verdict="positive",
                     targets=[{"target": "orf1ab", "ct": 2400, "verdict": "positive"},
                              {"target": "n", "ct": 2300, "verdict": "positive"}])
        return tube

    def positive(self, place):
        person = self.person(place)
        found = self.root.do("report_positive", person=person, source="clinic", institution=self.labs[place],
                             found_in="clinic", sampled_ms="2022-03-10T06:00:00+08:00",
                             resulted_ms="2022-03-10T07:00:00+08:00")["positive"]
        self.place["positive"][found] = self.at(place)
        return found

    def case(self, place, filed=True):
        positive = self.positive(place)
        status = self.random.choice([("confirmed", "mild"), ("asymptomatic", "none")])
        case = self.root.do("diagnose_positive", positive=positive, status=status[0], severity=status[1],
                            origin="local", institution=self.labs[place])["case"]
        self.place["case"][case] = self.at(place)
        if filed:
            report = self.root.do("file_report", case=case, card_number=f"C{case:06d}")["report"]
            self.place["report"][report] = self.at(place)
            if self.random.random() < 0.5:
                self.root.do("audit_report", report=report, level="county", outcome="passed")
        return case

    def facts(self):
        for place in PLACES:
            self.case(place)
            self.case(place, filed=False)
            self.positive(place)
            self.tube(place, [self.person(place)])
            if self.random.random() < 0.6:
                self.pool(place)

    def round(self, unit, communities):
        """A roll of a unit with a household in each community, a round of it, a site and a tube in the first."""
        do = self.root.do
        roll = do("open_roll", area=unit, name="名册")["roll"]
        for place in communities:
            residents = []
            for _ in range(3):
                self.count += 1
                number = f"{self.count:03d}"
                self.secrets += [NAME + number, DOCUMENT + number, PHONE + number]
                residents.append({"name": NAME + number, "document": DOCUMENT + number, "phone": PHONE + number})
            do("list_residents", roll=roll, area=place,
               households=[{"building": 1, "unit": 1, "door": "101", "residents": residents}])
        done = do("order_round", area=unit, roll=roll, starts="2022-03-10T14:00:00+08:00",
                  accept_shortfall="能力待报")["round"]
        team = self.institution(communities[0], "sampling_team", f"采样队{done}")
        site = do("open_site", round=done, area=communities[0], institution=team, name="采样点", stations=2,
                  samplers=2)["site"]
        tube = do("sample_tube", round=done, site=site, code=f"R{done:05d}", people=[{"slot": 1}, {"slot": 2}])["tube"]
        lab = self.institution(communities[0], "laboratory", f"实验室{done}")
        self.running[unit] = {"round": done, "site": site, "team": team}
        box = do("seal_box", round=done, site=site, code=f"B{done:05d}", tubes=[f"R{done:05d}"], count=1)["box"]
        do("pick_up_box", box=box, institution=team, count=1, from_signature="甲", courier_signature="乙")
        do("receive_box", box=box, institution=lab, count=1, courier_signature="乙", to_signature="丙")
        plate = do("lay_plate", institution=lab, code=f"P{done:05d}", wells=[{"well": "A1", "tube": tube}])["plate"]
        asked = do("request_supplies", site=site, kind="tubes", count=200)["request"]
        for kind, number, place in (("roll", roll, unit), ("round", done, unit), ("site", site, communities[0]),
                                    ("tube", tube, communities[0]), ("box", box, communities[0]),
                                    ("plate", plate, communities[0]), ("request", asked, communities[0])):
            self.place[kind][number] = self.at(place)
        self.spread[roll] = self.spread[done] = frozenset(communities)
        self.antigen(unit, roll, done, communities)

    def antigen(self, unit, roll, done, communities):
        """Kits of the unit, three at each door: a positive, a negative with a photo, one not told."""
        do = self.root.do
        for index, place in enumerate(communities):
            kits = [kit_code(self.random.getrandbits(60)) for _ in range(3)]
            do("register_kits", area=unit, name=f"{unit} {index}", kits=kits)
            do("hand_out_kits", roll=roll, slot=3 * index + 1, count=3, round=done, kits=kits)
            for kit, slot, body in ((kits[0], 1, {"outcome": "positive"}),
                                    (kits[1], 2, {"outcome": "negative", "photo": PHOTO})):
                test = do("report_antigen", kit=kit, slot=3 * index + slot, **body)["antigen"]
                self.place["antigen"][test] = self.at(place)

    def rounds(self):
        self.round("220200", ["220202001001", "220203005000", "220271"])
        self.round("220202", ["220202001001", "220202001002"])
        self.round("220500", ["220502", "220521", "220523"])
        self.round("220103", ["220103002001"])

    def move(self, case, place):
        """To another area: what follows is there, what was stays where it was."""
        self.root.do("move_case", case=case, area=place)
        self.moved.append((case, self.place["case"][case], self.at(place)))
        self.place["case"][case] = self.at(place)
        for report, code in list(self.place["report"].items()):
            if report == self.report_of.get(case):
                self.place["report"][report] = self.at(place)

    def build(self, token):
        self.root.enter("/first-run", {"token": token, "login": "root", "display": "首位管理员",
                                       "password": "open-the-gate-77"})
        self.me = self.root.ask("GET", "/api/v1/session").json["user"]
        for place in PLACES:
            self.labs[place] = self.institution(place)
            for role in ("county_cdc", "county_headquarters"):
                body = {"user": self.me} if self.random.random() < 0.5 else {}
                post = self.root.do("create_post", area=place, institution=self.labs[place], role=role,
                                    title=f"{place} {role}", **body)["post"]
                self.place["post"][post] = self.at(place)
        self.facts()
        self.root.do("set_exercise_clock", jump_to="2022-03-10T13:00:00+08:00")
        self.facts()
        self.rounds()
        self.report_of = {}
        for case in self.place["case"]:
            card = self.root.query("case", case=case).json["card"]
            if card["report"]:
                self.report_of[case] = card["report"]
        cases = sorted(self.place["case"])
        for index in range(0, len(cases), 9):
            self.move(cases[index], self.random.choice(PLACES))
        self.root.do("withdraw_fact", target=cases[4], reason=REASON)
        self.secrets.append(REASON)


class Staff:
    """Some users whose role and place change all the time: every look at rights has to be a new one."""

    def __init__(self, world, count):
        self.world, self.root = world, world.root
        self.client, self.user, self.grants, self.turn = [], [], [[] for _ in range(count)], 0
        for index in range(count):
            user = self.root.do("register_user", display=f"工作人员{index}")["user"]
            login = {"login": f"staff{index}", "password": f"first-word-{index:04d}"}
            given = self.root.ask("POST", "/api/v1/account", dict(login, user=user))
            if given.status != 200:
                raise RuntimeError(given.body.decode())
            client = Client(world.server)
            client.enter("/login", login)
            client.enter("/password", {"old": login["password"], "new": f"second-word-{index:04d}"})
            self.client.append(client)
            self.user.append(user)

    def become(self, index, role, *units):
        """Ends what the user could do and lets them do this."""
        for grant in self.grants[index]:
            self.root.do("end_grant", grant=grant)
        self.grants[index] = [self.root.do("grant_role", user=self.user[index], role=role, area=unit)["grant"]
                              for unit in units]
        return self.client[index]

    def next(self, role, *units):
        self.turn = (self.turn + 1) % len(self.client)
        return self.become(self.turn, role, *units)
