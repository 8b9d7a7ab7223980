"""Figures of a round (docs/benchmarks.md): sampling, look-ups beside it, overload, the roll, and the peer.

All on a roll of 9 million people (times --scale), 300 sites, with permission, duties, hash chain and counters in,
session checked, 256 connections, open loop, 60 s (times --scale). The ceiling is the bare loop over the statements of
the same command in transactions of 128, taken on a copy of the same database. Numbers beyond the common ones:

  offered          requests, in persons a second          unsent, refused, wrong   requests with another end
  lookup_2x_taken level_2x rss_2x_mb   of what reached the server at twice the load; highest level; memory after it
  peak_per_s       persons a second in a closed loop      closed_max_ms            longest wait of 128, 256, 384 clients
  http_us, writer_us, checkpoint_us   CPU of the thread for one person
  bytes            written for one person                 restart_s, wal_mb        after SIGKILL, with so much to recover
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import peer

INGEST = ("ingest_tube_door", "ingest_tube_random", "ingest_single", "ingest_document", "ingest_tls", "lookup_beside",
          "overload_10x", "slow_clients", "roll_import", "roll_growth")
PEOPLE, SITES, SECONDS, CONNECTIONS, BATCH = 9_000_000, 300, 60, 256, 128
LADDER = (1, 2, 5, 10)
LADDER_PEOPLE = 800_000  # that the steps of a ladder use up in a second each, taken and refused, with some to spare
START = "2022-03-17T22:00:00+08:00"
BOARD = "/api/v1/queries/rounds?area=220000"


class Ingest:
    """Mixed into Bench, which lends path, copy, median, tool, server, say, program, port and scale."""

    def seconds(self):
        return max(6, int(SECONDS * self.scale))

    def people(self, most=PEOPLE):
        return max(1_500_000, int(most * self.scale))

    def round_of(self, residents):
        """A made folder with a round over so many; what bench_round said of it."""
        name = f"round-{residents}"
        folder = self.path(name)
        if not os.path.exists(folder + ".json"):
            for end in ("", "-keys"):
                shutil.rmtree(folder + end, ignore_errors=True)
            self.say(f"bench: a roll of {residents:,} people")
            subprocess.run([self.program, "init", "--data", folder, "--start", START], check=True,
                           stdout=subprocess.DEVNULL)
            made = self.tool("bench_round", folder, residents, SITES, folder + ".documents")
            with open(folder + ".json", "w", encoding="ascii") as file:
                json.dump(made, file)
        with open(folder + ".json", encoding="ascii") as file:
            return name, json.load(file)

    def load(self, made, *arguments, tls=None):
        """One run of `bihuan load` against the server; its report."""
        to = f"https://127.0.0.1:{self.port}" if tls else f"http://127.0.0.1:{self.port}"
        command = [self.program, "load", "--json", "--to", to, "--session", self.path("session"), "--round",
                   made["round"], "--residents", made["residents"], *arguments] + (["--ca", tls] if tls else [])
        done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, check=False)
        if done.returncode != 0:
            sys.exit(f"bench: bihuan load: exit status {done.returncode}")
        return json.loads(done.stdout)

    @staticmethod
    def lasted(report, what):
        """Ends the run when the roll was used up before the time was: a rate from it would be too low."""
        if report["steps"][-1]["used_up"]:
            sys.exit(f"bench: the roll was used up after {report['steps'][-1]['seconds']:.1f} s of {what}: no figure")

    @staticmethod
    def stream(report, step=-1, name="sampling"):
        return next(one for one in report["steps"][step]["streams"] if one["name"] == name)

    @staticmethod
    def share_taken(stream):
        """Of what reached the server."""
        return stream["accepted"] / max(1, stream["accepted"] + stream["refused"])

    # ---- the ceiling: what the same statements cost alone ----

    def bodies(self, name, made, pool, order, documents, count):
        """Bodies of sample_tube as `bihuan load` would send them; a walk of its own over the same people."""
        path, people = self.path(f"{name}.bodies"), made["residents"]
        lane = people // SITES
        with open(path, "w", encoding="ascii") as out, open(self.path(name) + ".documents", "rb") as cards:
            for tube in range(count):
                site, step = tube % SITES, tube // SITES
                slots = [site * lane + step * pool + place + 1 if order == "door"
                         else (tube * pool + place) * 7919 % people + 1 for place in range(pool)]
                given = []
                for place, slot in enumerate(slots):
                    if documents and place % 2:
                        cards.seek((slot - 1) * 19)
                        given.append({"document": cards.read(18).decode()})
                    else:
                        given.append({"slot": slot})
                out.write(json.dumps({"round": made["round"], "site": made["sites"][site], "code": f"B{tube:09d}",
                                      "people": given}) + "\n")
        return path

    def ceiling(self, name, made, pool, order="door", documents=False):
        count = min(20_000, made["residents"] // pool // 4)
        bodies = self.bodies(name, made, pool, order, documents, 2 * count)
        shutil.rmtree(self.path("bare"), ignore_errors=True)
        os.makedirs(self.path("bare"))
        bare = self.tool("bench_bare", "commands", self.copy(name), self.path("bare"), "sample_tube", bodies, 0,
                         count, BATCH)
        return {"ceiling": bare["bare_per_s"] * pool, "kernel_per_s": bare["product_per_s"] * pool,
                "kernel_cpu_us": bare["product_cpu_us"] / pool, "ceiling_cpu_us": bare["bare_cpu_us"] / pool}

    # ---- sampling ----

    def measured(self, server, made, pool, *arguments, tls=None):
        """One open-loop run with the server's CPU, memory and writing beside it."""
        before, cpu_us, written = server.threads_us(), server.cpu_us(), server.written_mb()
        found = self.stream(self.load(made, "--pool", pool, "--seconds", self.seconds(), "--connections", CONNECTIONS,
                                      *arguments, tls=tls))
        after, persons = server.threads_us(), max(1, found["persons"])
        each = {name: (after[name] - before.get(name, 0)) / persons for name in after}
        return {"value": found["persons_per_s"], "p50_ms": found["accepted_ms"]["p50_ms"],
                "p99_ms": found["accepted_ms"]["p99_ms"], "max_ms": found["accepted_ms"]["max_ms"],
                "offered": found["offered_per_s"] * pool, "unsent": found["unsent"], "refused": found["refused"],
                "wrong": found["wrong"], "cpu_us": (server.cpu_us() - cpu_us) / persons, "http_us": each["http"],
                "writer_us": each["writer"], "checkpoint_us": each.get("checkpoint", 0),
                "bytes": (server.written_mb() - written) * 1e6 / persons, "rss_mb": server.rss_mb()}

    def used(self, found, pool):
        """Tubes that are taken, with room for those that were refused."""
        return int((found["offered"] * self.seconds() / pool) - found["unsent"] + CONNECTIONS)

    def closed(self, made, found, pool, order):
        """128, 256 and 384 clients that ask again when answered: the peak, and that nobody ever waits for long."""
        peak, longest, skip = 0, 0, self.used(found, pool)
        for clients in (128, 256, 384):
            report = self.load(made, "--pool", pool, "--order", order, "--rate", 0, "--seconds",
                               max(2, self.seconds() // 10), "--connections", clients, "--skip", skip)
            stream, skip = self.stream(report), skip + report["tubes_used"]
            peak = max(peak, stream["persons_per_s"])
            longest = max(longest, stream["accepted_ms"]["max_ms"])
        return {"peak_per_s": peak, "closed_max_ms": longest}

    def killed(self, server, folder):
        """SIGKILL, and how long until it answers again."""
        wal_mb = os.path.getsize(os.path.join(folder, "log.db-wal")) / 1e6
        server.child.send_signal(signal.SIGKILL)
        server.child.wait(30)
        with self.server(folder) as again:
            return {"restart_s": again.start_s, "wal_mb": wal_mb}

    def sampling(self, rate, pool, order="door", documents=False, closed=False):
        name, made = self.round_of(self.people())
        arguments = ["--rate", rate, "--order", order]
        if documents:
            arguments += ["--documents", self.path(name) + ".documents"]

        def once():
            folder, _ = self.copy_and_login(name)
            with self.server(folder) as server:
                found = self.measured(server, made, pool, *arguments)
                if closed:
                    found.update(self.closed(made, found, pool, order))
                    found.update(self.killed(server, folder))
            found.update(self.ceiling(name, made, pool, order, documents))
            return found
        return {"unit": "persons/s", "target": rate, **self.median(once)}

    def ingest_tube_door(self):
        return self.sampling(80_000, 10, closed=True)

    def ingest_tube_random(self):
        return self.sampling(30_000, 10, order="random")

    def ingest_single(self):
        return self.sampling(15_000, 1)

    def ingest_document(self):
        return self.sampling(80_000, 10, documents=True)

    def ingest_tls(self):
        name, made = self.round_of(self.people())
        cert, key = self.path("cert.pem"), self.path("key.pem")
        if not os.path.exists(key):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                            "-keyout", key, "-out", cert, "-days", "30", "-subj", "/CN=localhost"], check=True,
                           stderr=subprocess.DEVNULL)

        def once():
            folder, _ = self.copy_and_login(name)
            with self.server(folder, "--tls", f"{cert},{key}") as server:
                return self.measured(server, made, 10, "--rate", 80_000, tls=cert)
        found = self.median(once)
        return {"unit": "persons/s", "target": 80_000, **found, **self.ceiling(name, made, 10)}

    # ---- questions beside it ----

    def lookup_beside(self):
        """People's own results by receipt, 30,000 a second, each from another address, beside 5,000 singles."""
        name, made = self.round_of(self.people())
        ask = '30000:/api/v1/result {"receipt":{receipt}}'

        def once():
            folder, _ = self.copy_and_login(name)
            with self.server(folder, "--behind-proxy") as server:
                salted = ["--pool", 1, "--receipts", "--salt", 17]
                # so many that chance asks nobody more often than one subject may ask
                seen = self.load(made, *salted, "--rate", 15_000, "--seconds", self.seconds() // 3)["tubes_used"]
                time.sleep(2)  # what was sampled has reached the answers
                cpu_us = server.cpu_us()
                report = self.load(made, *salted, "--rate", 5000, "--seconds", self.seconds(), "--skip", seen, "--seen",
                                   seen, "--lookup", ask, "--forwarded")
                found, sampled = self.stream(report, name="lookup"), self.stream(report)
                return {"value": found["accepted_per_s"], "p50_ms": found["accepted_ms"]["p50_ms"],
                        "p99_ms": found["accepted_ms"]["p99_ms"], "refused": found["refused"],
                        "wrong": found["wrong"], "unsent": found["unsent"],
                        "singles_per_s": sampled["persons_per_s"], "singles_p99_ms": sampled["accepted_ms"]["p99_ms"],
                        "cpu_us": (server.cpu_us() - cpu_us) / max(1, found["accepted"]), "rss_mb": server.rss_mb()}
        return {"unit": "look-ups/s", "target": 30_000, "ceiling": None, **self.median(once)}

    # ---- overload ----

    def ladder(self, server, made, seconds):
        """The four steps; each report with the memory after it as rss_mb."""
        slice_of = f"/api/v1/queries/roll_slice?roll={made['roll']}&area=220102001001"
        steps, skip = [], 0
        for times in LADDER:
            report = self.load(made, "--rate", 80_000 * times, "--seconds", seconds, "--connections", 2000, "--patience",
                               0, "--skip", skip, "--lookup", f"{200 * times}:{slice_of}", "--board",
                               f"{20 * times}:{BOARD}", "--export", f"{times}:{BOARD}&format=csv")
            self.lasted(report, f"{times} times")
            skip += report["tubes_used"]
            steps.append({**report, "rss_mb": server.rss_mb()})
        return steps

    def overload_10x(self):
        """1, 2, 5, 10 times 80,000 persons a second over 2,000 connections, look-ups, boards and exports growing with it.
        Each step is so long that the roll lasts for all of them."""
        people = max(3 * LADDER_PEOPLE, self.people())
        name, made = self.round_of(people)

        def once():
            folder, _ = self.copy_and_login(name)
            with self.server(folder) as server:
                first_mb = server.rss_mb()
                steps = self.ladder(server, made, people // LADDER_PEOPLE)
                calm = time.monotonic()
                while server.ready()["load"] != "0" and time.monotonic() - calm < 60:
                    time.sleep(0.1)
                calm = time.monotonic() - calm
                sampled = [self.stream(report) for report in steps]
                peak, last = max(one["persons_per_s"] for one in sampled), sampled[-1]
                found = {"value": last["persons_per_s"], "peak_per_s": peak, "ratio": last["persons_per_s"] / peak,
                         "p50_ms": last["accepted_ms"]["p50_ms"], "p99_ms": last["accepted_ms"]["p99_ms"],
                         "refused": last["refused"],
                         "refused_p99_ms": max(one["refused_ms"]["p99_ms"] for one in
                                               steps[-1]["steps"][-1]["streams"]),  # of all kinds
                         "offered": last["offered_per_s"] * 10, "unsent": last["unsent"],
                         "normal_after_s": calm, "first_rss_mb": first_mb, "rss_mb": server.rss_mb()}
                for times, report in zip(LADDER, steps):
                    found[f"rss_{times}x_mb"] = report["rss_mb"]
                    found[f"level_{times}x"] = report["steps"][-1]["load_level_max"]
                    for kind in ("sampling", "lookup", "board", "export"):
                        found[f"{kind}_{times}x_taken"] = self.share_taken(self.stream(report, name=kind))
                return found
        return {"unit": "persons/s", "target": "85 % of peak", "ceiling": None, **self.median(once)}

    def slow_clients(self):
        """p99 of sampling at half the load: alone, and beside 5,000 idle, 200 dribbling, 50 breaking connections."""
        name, made = self.round_of(self.people())
        seconds = max(6, self.seconds() // 4)

        def once():
            folder, _ = self.copy_and_login(name)
            with self.server(folder) as server:
                alone = self.load(made, "--rate", 40_000, "--seconds", seconds)
                beside = self.load(made, "--rate", 40_000, "--seconds", seconds, "--skip", alone["tubes_used"], "--idle",
                                   5000, "--slow", 200, "--broken", 50)
                first, second = self.stream(alone)["accepted_ms"], self.stream(beside)["accepted_ms"]
                return {"value": second["p99_ms"], "ceiling": first["p99_ms"], "p50_ms": second["p50_ms"],
                        "p99_ms": second["p99_ms"], "rss_mb": server.rss_mb(),
                        "ratio": first["p99_ms"] / max(second["p99_ms"], 0.001)}
        return {"unit": "ms p99", "target": "twice alone", **self.median(once)}

    # ---- the roll ----

    def roll_import(self):
        """Seconds for a million residents, name and document sealed, in blocks of 498."""
        people = self.people(1_000_000)

        def once():
            for end in ("", "-keys", ".json"):
                path = self.path(f"round-{people}" + end)
                shutil.rmtree(path, ignore_errors=True) if os.path.isdir(path) else \
                    os.path.exists(path) and os.remove(path)
            _, made = self.round_of(people)
            million = 1e6 / made["residents"]
            return {"value": made["list_seconds"] * million, "ceiling": None, "cpu_us": made["list_cpu_us"]}
        return {"unit": "s/million", "target": 120, "ceiling": None, **self.median(once)}

    def roll_growth(self):
        """Tubes in door order in a closed loop, on a roll of 24 million against one of 1.5 million, the same 4 s of
        both: the 2 s before them, in which the cache begins to fill, are not counted."""
        def once(name, made):
            folder, _ = self.copy_and_login(name)
            os.sync()  # the disk is not busy with the copy
            with self.server(folder) as server:
                time.sleep(4)  # the own results are read once after a start
                skip = self.load(made, "--rate", 0, "--seconds", 2)["tubes_used"]
                cpu_us = server.cpu_us()
                report = self.load(made, "--rate", 0, "--seconds", 4, "--skip", skip)
                self.lasted(report, "roll_growth")
                found = self.stream(report)
                return {"per_s": found["persons_per_s"], "p99_ms": found["accepted_ms"]["p99_ms"],
                        "cpu_us": (server.cpu_us() - cpu_us) / max(1, found["persons"]), "rss_mb": server.rss_mb()}

        made = [self.round_of(self.people(most)) for most in (1_500_000, 24_000_000)]
        small, large = [self.median(lambda one=one: once(*one)) for one in made]
        return {"unit": "of the rate", "target": 0.8, "ceiling": None, "value": large["per_s"] / small["per_s"],
                "small_per_s": small["per_s"], "large_per_s": large["per_s"], "small_cpu_us": small["cpu_us"],
                "cpu_us": large["cpu_us"], "p99_ms": large["p99_ms"], "rss_mb": large["rss_mb"]}

    def peaks(self):
        """Ours through HTTP in closed loops: a tube a request, fifty tubes a request, one person a request."""
        name, made = self.round_of(self.people())
        ways = {"tube": (10, 1, (256, 384)), "together": (10, 50, (8, 16, 24, 64)), "single": (1, 1, (256, 384))}
        found, seconds = {}, max(4, self.seconds() // 6)
        for way, (pool, together, counts) in ways.items():
            folder, _ = self.copy_and_login(name)
            skip = 0
            with self.server(folder) as server:
                for clients in counts:
                    cpu_us = server.cpu_us()
                    report = self.load(made, "--pool", pool, "--together", together, "--rate", 0, "--seconds", seconds,
                                       "--connections", clients, "--skip", skip)
                    stream, skip = self.stream(report), skip + report["tubes_used"]
                    self.say(f"bench: ours {way}, {clients} clients: {stream['persons_per_s']:,.0f} persons/s,"
                             f" p99 {stream['accepted_ms']['p99_ms']:.0f} ms, wrong {stream['wrong']}")
                    if stream["persons_per_s"] > found.get(f"ours_{way}", 0):
                        found[f"ours_{way}"] = stream["persons_per_s"]
                        found[f"ours_{way}_p99_ms"] = stream["accepted_ms"]["p99_ms"]
                        found[f"ours_{way}_cpu_us"] = (server.cpu_us() - cpu_us) / max(1, stream["persons"])
        return found

    def peer_postgres(self):
        """PostgreSQL 15 with the same tables, its best of several ways, beside ours through HTTP in the same ways."""
        ours = self.peaks()
        found = peer.measure(self.path("postgres"), self.people(), max(10, self.seconds() // 3), self.say)
        best = max(ours["ours_tube"], ours["ours_together"])
        return {"unit": "persons/s", "target": "ours not below", "value": best, "ceiling": found["best_tubes"],
                "ratio": best / found["best_tubes"], **ours, **found}
