"""Several commands in one request, as a phone that was without network sends them."""
import json

from server import PASSWORD, idempotency_key
from tables import institution


def one(command, body, key=None):
    return {"command": command, "key": key or idempotency_key(), "body": body}


def send(client, commands, headers=None):
    return client.post("/commands", {"commands": commands}, headers)


def answers_of(answer):
    assert answer.status == 200, answer
    return [(each["status"], each["body"]) for each in answer.json()["answers"]]


def each_alone(admin):
    """Each lives or dies alone, is answered in its place and as it would be alone."""
    good = [one("register_institution", institution(700 + number)) for number in range(3)]
    bad = [one("no_such_command", {}), one("register_user", {}), one("register_user", {"display": "x"}, "not a key"),
           {"command": "register_user", "key": idempotency_key(), "body": []},
           dict(one("register_user", {"display": "x"}), more=1), 7]
    found = answers_of(send(admin, [good[0], bad[0], good[1], *bad[1:], good[2]]))
    assert [status for status, _ in found] == [200, 404, 200, 422, 400, 400, 400, 400, 200], found
    positions = [body["position"] for status, body in found if status == 200]
    assert positions == sorted(positions) and len(set(positions)) == 3, found
    for status, body in found:
        assert status == 200 or (body["status"] == status and body["detail_zh"] and body["request_id"]), body
    for command, (_, body) in zip(good, [each for each in found if each[0] == 200]):
        again = admin.do(command["command"], command["body"], command["key"])
        assert again.status == 200 and again.json() == body, again


def idempotent(admin):
    """Sent again, in part, in another order, alone or together: one effect and the same answers."""
    commands = [one("register_user", {"display": f"batch {number}"}) for number in range(40)]
    first = answers_of(send(admin, commands))
    users = {body["user"] for _, body in first}
    assert len(users) == 40, first
    assert answers_of(send(admin, commands)) == first
    assert answers_of(send(admin, commands[::-1])) == first[::-1]
    assert answers_of(send(admin, commands[:1] * 3)) == first[:1] * 3, "the same three times in one request"
    fresh = one("register_user", {"display": "batch fresh"})
    both = answers_of(send(admin, [fresh, dict(fresh, body={"display": "batch other"})]))
    assert both[0][0] == 200 and both[1][0] == 422 and both[1][1]["code"] == "KEY_REUSED", both
    old = answers_of(send(admin, [one("register_user", {"display": "old"}, idempotency_key(0))]))
    assert old[0][1]["code"] == "EXPIRED", old


def in_order(admin):
    """A later one may build on an earlier one, when it can name it."""
    user = admin.must("register_user", {"display": "in order"})["user"]
    found = answers_of(send(admin, [one("grant_role", {"user": user, "role": "sampler", "area": "220102"}),
                                    one("grant_role", {"user": user, "role": "sampler", "area": "220102"})]))
    assert found[0][0] == 200, found


def form(server, admin):
    user = one("register_user", {"display": "x"})
    for body in ({}, {"commands": []}, {"commands": {}}, {"commands": None}, {"commands": [user], "more": 1}):
        answer = admin.post("/commands", body)
        assert answer.status == 400 and answer.json()["field"] == "commands", answer
    assert admin.post("/commands", "[]").status == 400
    assert admin.post("/commands", "{\"commands\":[").status == 400
    many = send(admin, [one("register_user", {"display": "x"}) for _ in range(101)])
    assert many.status == 413 and many.json()["field"] == "commands", many
    assert admin.post("/commands", json.dumps({"commands": [user], "pad": "x" * (1 << 20)})).status == 413
    assert send(server.client(), [user]).status == 401
    csrf, admin.csrf = admin.csrf, "wrong"
    refused = send(admin, [user])
    admin.csrf = csrf
    assert refused.status == 403 and refused.json()["field"] == "X-Bihuan-CSRF", refused
    assert admin.get("/commands").status == 404
    assert send(admin, [user], {"X-Bihuan-Protocol": "9"}).status == 426
    taken = send(admin, [user])
    assert taken.status == 200 and taken.headers["x-bihuan-epoch"].isdigit(), taken.headers
    assert taken.headers["x-bihuan-copied-through"].isdigit()


def rights(server, admin):
    """Of each command by itself, and no more than alone: unknown and forbidden look alike."""
    client = server.user(admin, "batchsampler", "finding_institution", "220102")
    here, there = dict(institution(800), area="220102001"), dict(institution(801), area="220202001")
    alone = [client.do("register_institution", body).status for body in (here, there)]
    found = answers_of(send(client, [one("register_institution", here), one("register_institution", there),
                                     one("grant_role", {"user": 1, "role": "sampler", "area": "220102"}),
                                     one("no_such_command", {})]))
    assert [status for status, _ in found] == [*alone, 404, 404], (found, alone)
    hidden = [dict(body, request_id="") for status, body in found if status == 404]
    assert all(body == hidden[0] for body in hidden), hidden
    assert client.login("batchsampler", PASSWORD).status == 200


def run(suite, server, admin):
    suite.run("commands of one request live or die alone, in order", each_alone, admin)
    suite.run("commands of one request count once, however they come again", idempotent, admin)
    suite.run("commands of one request are decided in their order", in_order, admin)
    suite.run("a request of several commands has a form and limits", form, server, admin)
    suite.run("a request of several commands gives no right that its sender lacks", rights, server, admin)
