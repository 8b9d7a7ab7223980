"""`bihuan load` against a served exercise: what it says was sampled is what the server counts."""
import json
import os
import subprocess

from server import START, Server, binary, idempotency_key

COMMUNITY, LISTED = "220202001001", 500


class Round:
    """A round of ten to a tube over so many people of one community, with one site."""

    def __init__(self, admin, people, pool=10):
        team = admin.must("register_institution", {"kind": "sampling_team", "area": "220202",
                                                   "name": "采样队 " + idempotency_key()})
        self.roll = admin.must("open_roll", {"area": "220202", "name": "名册"})["roll"]
        one = {"name": "虚构", "category": "permanent"}
        for block in range(people // LISTED):
            admin.must("list_residents", {
                "roll": self.roll, "area": COMMUNITY,
                "households": [{"building": block + 1, "door": str(door), "residents": [one] * 5}
                               for door in range(LISTED // 5)]})
        self.round = admin.must("order_round", {"area": "220202", "roll": self.roll, "pool_size": pool,
                                                "starts": START, "accept_shortfall": "测试"})["round"]
        self.site = admin.must("open_site", {"round": self.round, "area": COMMUNITY, "name": "广场",
                                             "institution": team["institution"], "stations": 1, "samplers": 1})["site"]

    def sampled(self, admin):
        return admin.get(f"/queries/round?round={self.round}").json()["sampled"]


def session_file(server, client):
    """Where `bihuan load` finds who asks."""
    path = os.path.join(server.folder, "session")
    with open(path, "w", encoding="ascii") as file:
        file.write(f"{client.cookie}\n{client.csrf}\n")
    return path


def load(server, *arguments):
    return subprocess.run([binary(), "load", "--lang", "en", "--json", "--to", f"http://127.0.0.1:{server.port}",
                           *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)


def report(server, *arguments):
    done = load(server, *arguments)
    assert done.returncode == 0, done
    return json.loads(done.stdout)


def not_for_real_work():
    server = Server(exercise=False)
    try:
        done = load(server, "--lookup", "10:/healthz", "--seconds", 1)
        assert done.returncode == 5 and "no exercise" in done.stderr and not done.stdout, done
        found = report(server, "--real", "--lookup", "10:/healthz", "--seconds", 1)["steps"][0]["streams"][0]
        assert found["accepted"] == 10 and found["wrong"] == 0, found
    finally:
        server.remove()


def whole_roll(server, admin):
    made = Round(admin, 2000)
    session = session_file(server, admin)
    found = report(server, "--session", session, "--round", made.round, "--rate", 0, "--connections", 4, "--seconds", 20,
                   "--board", "20:/api/v1/queries/rounds?area=220200", "--slow", 3, "--broken", 3, "--idle", 3)
    step = found["steps"][0]
    sampled, board = step["streams"]
    assert (sampled["accepted"], sampled["persons"], sampled["wrong"], sampled["failed"]) == (200, 2000, 0, 0), sampled
    assert step["used_up"] and step["seconds"] < 20, "the roll is used up, and the step goes on"
    assert abs(sampled["persons_per_s"] - 2000 / step["seconds"]) < 1, (sampled, step["seconds"])
    assert board["accepted"] + board["refused"] > 0 and board["wrong"] == 0, board
    assert made.sampled(admin) == 2000
    # The same people once more, under other codes and keys: everybody is refused, and told as wrong.
    again = report(server, "--session", session, "--round", made.round, "--residents", 2000, "--rate", 1000, "--seconds", 1)
    stream = again["steps"][0]["streams"][0]
    assert stream["accepted"] == 0 and stream["wrong"] == stream["sent"] > 50, stream
    assert "409" in stream["first_wrong"], stream
    assert made.sampled(admin) == 2000


def phones(server, admin):
    """Cut off after every fourth record, they send it again: everything is there, nothing twice."""
    made = Round(admin, 1000)
    found = report(server, "--session", session_file(server, admin), "--round", made.round, "--phones", 25, "--records", 20,
                   "--minutes", 0, "--cut-percent", 25)["steps"][0]
    figures = found["figures"]
    assert (found["done"], found["lost"], figures["wrong"]) == (25, 0, 0) and found["cuts"] > 50, found
    assert figures["accepted"] == 500 and made.sampled(admin) == 500, figures


def ladder(server, admin):
    made = Round(admin, 2000)
    steps = report(server, "--session", session_file(server, admin), "--round", made.round, "--rate", 100, "--ladder", "1,2,5",
                   "--seconds", 1)["steps"]
    assert [step["times"] for step in steps] == [1, 2, 5], steps
    for step in steps:
        stream = step["streams"][0]
        assert stream["planned"] == 10 * step["times"] == stream["accepted"] + stream["unsent"] + stream["refused"], stream


def told(admin):
    """How near the server is to its limit."""
    ready = admin.get("/readyz", raw=True).body.decode()
    assert "load 0\n" in ready and "exercise yes\n" in ready, ready
    assert b"bihuan_load_level " in admin.get("/metrics", raw=True).body
    assert "x-bihuan-load" not in admin.get("/session").headers


def run(suite):
    suite.run("a rehearsal refuses a log that is no exercise", not_for_real_work)
    server = Server()
    try:
        admin = server.admin()
        suite.run("readyz and metrics tell the load", told, admin)
        suite.run("a rehearsal samples the roll it says it samples", whole_roll, server, admin)
        suite.run("a ladder keeps its planned times", ladder, server, admin)
        suite.run("phones that are cut off lose nothing and send nothing twice", phones, server, admin)
    finally:
        server.remove()
