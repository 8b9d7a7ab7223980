"""Everything that the tables of commands and queries offer."""
import csv
import io
import json

from server import idempotency_key
from sessions import FAMILY


def institution(number, **more):
    return dict({"kind": "cdc", "name": f"机构{number:03d}", "area": FAMILY}, **more)


def every_command(suite, admin):
    known = admin.get("/meta/commands").json()["commands"]
    assert len(known) > 5
    for command in known:
        answer = admin.do(command["name"], command["example"])
        # An example is well-formed; what it speaks of need not exist in this empty log.
        good = answer.status in (200, 404, 409) or (answer.status == 422 and "field" in answer.json())
        unreadable = answer.status == 422 and any(
            word in answer.json()["detail_en"] for word in ("unknown field", "is required", "missing"))
        suite.check(f"example of command {command['name']}", good and not unreadable, answer)
        for name in ("zh", "en"):
            assert command[name]


def every_query(suite, admin):
    known = admin.get("/meta/queries").json()["queries"]
    assert len(known) > 3
    for query in known:
        path = "/queries/" + query["name"] + ("?" + query["example"] if query["example"] else "")
        answer = admin.get(path)
        suite.check(f"example of query {query['name']}", answer.status in (200, 404, 409), answer)
        if answer.status == 200:
            one_query(suite, admin, query, path, answer)


def one_query(suite, admin, query, path, answer):
    shown = answer.json()
    assert isinstance(shown["position"], int) and shown["now"].endswith("+08:00"), shown
    again = admin.get(path, {"If-None-Match": answer.headers["etag"]})
    suite.check(f"query {query['name']} answers 304 when nothing moved",
                again.status == 304 and not again.body, again)
    join = "&" if "?" in path else "?"
    sheet = admin.get(path + join + "format=csv")
    if query["one"]:
        suite.check(f"query {query['name']} has no table form", sheet.status == 422, sheet)
        return
    rows = list(csv.reader(io.StringIO(sheet.body.decode("utf-8-sig"))))
    names = [column["name"] for column in query["columns"]]
    wanted, page = len(shown["rows"]), shown
    while page["next"]:
        page = admin.get(f"{path}{join}limit=200&after={page['next']}").json()
        wanted += len(page["rows"])
    suite.check(f"query {query['name']} as CSV has the rows of every page",
                sheet.body.startswith(b"\xef\xbb\xbf") and rows[0] == names and len(rows) - 1 == wanted, sheet)
    for row in shown["rows"]:
        assert list(row) == names, row


def idempotent(admin):
    key, body = idempotency_key(), institution(1)
    first = admin.do("register_institution", body, key)
    second = admin.do("register_institution", body, key)
    assert first.status == 200 and first.body == second.body, (first, second)
    other = admin.do("register_institution", institution(2), key)
    assert other.status == 422 and other.json()["code"] == "KEY_REUSED", other
    elsewhere = admin.do("register_user", {"display": "x"}, key)
    assert elsewhere.status == 422 and elsewhere.json()["code"] == "KEY_REUSED", elsewhere
    old = admin.do("register_institution", body, idempotency_key(1600000000000))
    assert old.status == 410 and old.json()["code"] == "EXPIRED", old
    for bad in ("", "12", "z" * 32):
        answer = admin.do("register_institution", body, bad or None, {"Idempotency-Key": bad})
        assert answer.status == 400 and answer.json()["field"] == "Idempotency-Key", answer


def problems(admin):
    def refused(status, body, headers=None, **more):
        answer = admin.do("register_institution", body, None, headers)
        problem = answer.json()
        assert answer.status == status, answer
        assert answer.headers["content-type"].startswith("application/problem+json"), answer.headers
        for name in ("type", "title", "code", "detail_zh", "detail_en"):
            assert problem[name], problem
        assert problem["status"] == status and problem["request_id"] == answer.headers["x-request-id"]
        for name, value in more.items():
            assert problem[name] == value, problem
    refused(422, institution(3, nonsense=1), field="nonsense")
    refused(422, {"kind": "cdc", "area": FAMILY}, field="name")
    refused(422, institution(3, kind="palace"), field="kind")
    refused(400, "{\"kind\": ", code="MALFORMED")
    refused(400, "[1]", code="MALFORMED")
    refused(400, '{"kind":"cdc","kind":"cdc"}', code="MALFORMED")
    refused(400, b'{"name":"\xff\xfe"}', code="MALFORMED")
    refused(413, "[" * 40 + "]" * 40, code="TOO_BIG")
    refused(415, institution(3), {"Content-Type": "text/plain"})
    refused(413, json.dumps(institution(3, name="x" * 2_000_000)), code="TOO_BIG")
    assert admin.get("/queries/institutions?area=%zz").status == 400
    assert admin.get("/queries/institutions?area=1&area=2").status == 400
    assert admin.get("/queries/institutions?limit=201").status == 422
    assert admin.get("/queries/institutions?nonsense=1").json()["field"] == "nonsense"
    assert admin.ask("DELETE", "/queries/institutions").status == 404


def paging(admin):
    made = {admin.must("register_institution", institution(100 + number))["institution"]
            for number in range(7)}
    seen, after = [], None
    for _ in range(100):
        path = "/queries/institutions?limit=2" + (f"&after={after}" if after else "")
        page = admin.get(path).json()
        assert len(page["rows"]) <= 2
        seen += [row["institution"] for row in page["rows"]]
        after = page["next"]
        if not after:
            break
    assert made <= set(seen) and len(seen) == len(set(seen)), seen


def etag_moves(admin):
    before = admin.get("/queries/institutions")
    admin.must("register_institution", institution(300))
    after = admin.get("/queries/institutions", {"If-None-Match": before.headers["etag"]})
    assert after.status == 200 and after.headers["etag"] != before.headers["etag"]
    titles = admin.get("/queries/institutions?format=csv&lang=zh").body.decode("utf-8-sig").splitlines()[0]
    assert any("\u4e00" <= sign <= "\u9fff" for sign in titles), titles


def meta(admin):
    for name in ("commands", "queries", "events", "enums"):
        answer = admin.get("/meta/" + name)
        assert answer.status == 200 and answer.json()[name], answer
        assert admin.get("/meta/" + name, {"If-None-Match": answer.headers["etag"]}).status == 304
    fields = {field["name"]: field for command in admin.get("/meta/commands").json()["commands"]
              if command["name"] == "register_institution" for field in command["fields"]}
    assert fields["area"]["type"] == "area" and fields["area"]["required"], fields
    assert {"value", "zh", "en"} <= set(fields["kind"]["choices"][0]), fields
    assert admin.get("/meta/nothing").status == 404


def openapi(admin):
    document = admin.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1"), document["openapi"]
    names = {command["name"] for command in admin.get("/meta/commands").json()["commands"]}
    assert {"/commands/" + name for name in names} <= set(document["paths"])
    names = {query["name"] for query in admin.get("/meta/queries").json()["queries"]}
    assert {"/queries/" + name for name in names} <= set(document["paths"])
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids)) and all(operation["responses"] for operation in operations)

    def walk(node):
        if isinstance(node, dict):
            target = node.get("$ref")
            if isinstance(target, str):
                found = document
                for part in target[2:].split("/"):
                    found = found[part]
            for inner in node.values():
                walk(inner)
        elif isinstance(node, list):
            for inner in node:
                walk(inner)
    walk(document)


def sheet(rows, encoding="utf-8"):
    out = io.StringIO()
    csv.writer(out).writerows([["name", "kind", "area"]] + rows)
    return out.getvalue().encode(encoding)


def institution_names(admin):
    page = admin.get("/queries/institutions?limit=200").json()
    while page["next"]:
        more = admin.get("/queries/institutions?limit=200&after=" + page["next"]).json()
        page = {"rows": page["rows"] + more["rows"], "next": more["next"]}
    return sorted(row["name"] for row in page["rows"])


def imports(admin):
    form = admin.get("/import/register_institution")
    assert form.status == 200 and form.body.startswith(b"\xef\xbb\xbf"), form
    assert len(form.body.decode("utf-8-sig").splitlines()) == 2
    rows = [[f"导入机构{number}", "cdc", FAMILY] for number in range(450)]
    key = {"Idempotency-Key": idempotency_key(), "Content-Type": "text/csv"}
    before = institution_names(admin)
    dry = admin.post("/import/register_institution?dry_run=1", sheet(rows), key).json()
    assert (dry["dry_run"], dry["rows"], dry["accepted"]) == (True, 450, 450), dry
    assert institution_names(admin) == before
    done = admin.post("/import/register_institution", sheet(rows), key).json()
    assert (done["rows"], done["accepted"], done["refused"]) == (450, 450, 0), done
    once = institution_names(admin)
    assert len(once) == len(before) + 450
    again = admin.post("/import/register_institution", sheet(rows), key).json()
    assert again["accepted"] == 450, again
    assert institution_names(admin) == once
    chinese = admin.post("/import/register_institution", sheet([["国标编码", "cdc", FAMILY]], "gb18030"),
                         dict(key, **{"Idempotency-Key": idempotency_key()})).json()
    assert chinese["accepted"] == 1, chinese
    assert "国标编码" in institution_names(admin)
    bad = admin.post("/import/register_institution",
                     sheet([["好", "cdc", FAMILY], ["坏", "palace", FAMILY], ["少"], ["远", "cdc", "990000"]]),
                     dict(key, **{"Idempotency-Key": idempotency_key()})).json()
    assert (bad["accepted"], bad["refused"]) == (1, 3), bad
    assert [error["row"] for error in bad["errors"]] == [3, 4, 5] and bad["errors"][0]["field"] == "kind", bad
    title = admin.post("/import/register_institution", b"name,nonsense\r\n", key)
    assert title.status == 422 and "2" in title.json()["detail_en"], title
    assert "nonsense" not in json.dumps(title.json()), title  # what was typed is not said again: it may be a name
    assert admin.get("/import/collect_tube").status == 404  # not flat


def watching(admin):
    metrics = admin.get("/metrics", raw=True)
    assert metrics.status == 200, metrics
    values = {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1])
              for line in metrics.body.decode().splitlines() if not line.startswith("#")}
    position = admin.get("/queries/institutions?limit=1").json()["position"]
    assert values["bihuan_log_position"] == position, values
    assert values["bihuan_commands_accepted_total"] > 10 and values["bihuan_commits_total"] > 5
    assert values['bihuan_http_seconds_count{kind="command"}'] == values[
        'bihuan_http_seconds_bucket{kind="command",le="+Inf"}'] > 10
    for name in ("duties_open", "duties_overdue", "notices_last_hour", "writer_queue"):
        assert "bihuan_" + name in values, name
    assert admin.get("/healthz", raw=True).status == 200 and admin.get("/readyz", raw=True).status == 200


def pages(admin):
    page = admin.get("/", raw=True)
    assert page.status == 200 and page.headers["content-type"].startswith("text/html"), page
    deep = admin.get("/cases/12?x=1", raw=True)
    assert deep.body == page.body
    assert admin.get("/assets/none.js", raw=True).status == 404
    assert admin.get("/../../etc/passwd", raw=True).body == page.body
    if "etag" in page.headers:
        assert admin.get("/", {"If-None-Match": page.headers["etag"]}, raw=True).status == 304


def run(suite, server, admin):
    suite.run("meta tables tell fields and choices", meta, admin)
    suite.run("OpenAPI names everything and its references resolve", openapi, admin)
    suite.run("a repeated key gives the same bytes, another body is refused", idempotent, admin)
    suite.run("problems name what is wrong in both languages", problems, admin)
    suite.run("pages follow one another without gap or double", paging, admin)
    suite.run("an ETag moves with the log", etag_moves, admin)
    suite.run("CSV imports check, write once, tell errors by row", imports, admin)
    suite.run("metrics agree with what happened", watching, admin)
    suite.run("the console is served, unknown paths get its page", pages, admin)
    suite.run("examples of commands", every_command, suite, admin)
    suite.run("examples of queries", every_query, suite, admin)
