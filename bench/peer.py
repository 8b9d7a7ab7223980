"""PostgreSQL 15 as a peer: tubes of ten and single people into the same tables, through pgbench.

A cluster of its own in a folder, on a socket of its own, with synchronous_commit on and everything else in its favour:
no permission, no duties, no hash chain, no counters (one row that all clients add to would make them wait for each
other), nothing looked up that is not in the way of an index, prepared statements. Ways tried, the best of each counts:

  rows    one transaction a tube, each sample an INSERT of its own      unnest  one transaction a tube, ten samples by unnest
  batch   one transaction for fifty tubes, 500 samples by unnest        single  one person, one transaction
"""
import os
import pwd
import re
import shutil
import subprocess

BIN = "/usr/lib/postgresql/15/bin"
CLIENTS = (16, 64, 200)
SCHEMA = """
CREATE TABLE event (seq bigint PRIMARY KEY, recorded_ms bigint NOT NULL, occurred_ms bigint NOT NULL, kind bigint NOT NULL,
  version bigint NOT NULL, actor bigint NOT NULL, area bigint NOT NULL, person bigint NOT NULL, cause bigint NOT NULL,
  command bigint NOT NULL, key bytea, request bytea, body bytea NOT NULL, hash bytea NOT NULL);
CREATE TABLE idempotency (key bytea PRIMARY KEY, first bigint NOT NULL, request bytea NOT NULL);
CREATE TABLE tube (tube bigint PRIMARY KEY, code text NOT NULL UNIQUE, kind bigint NOT NULL, area bigint NOT NULL,
  institution bigint NOT NULL, method bigint, size bigint NOT NULL, collected_ms bigint NOT NULL,
  known_ms bigint NOT NULL, held_left bigint NOT NULL, round bigint, site bigint);
CREATE TABLE sample (id bigint PRIMARY KEY, tube bigint NOT NULL);
CREATE TABLE roll_block (roll bigint NOT NULL, first_slot bigint NOT NULL, last_slot bigint NOT NULL, area bigint NOT NULL,
  block bigint NOT NULL, PRIMARY KEY (roll, first_slot));
CREATE SEQUENCE position CACHE 64;
INSERT INTO roll_block SELECT 1, n * 498 + 1, n * 498 + 498, n % 3000, n FROM generate_series(0, {blocks}) n;
"""
BYTES = "decode(md5({0}::text), 'hex')"
EVENT = ("INSERT INTO event VALUES (:t, 1647529200000, 1647529200000, 221, 1, 3, :area, 0, 0, :t, " + BYTES.format(":t")
         + ", " + BYTES.format(":t") + ", decode(repeat('ab', 60), 'hex'), decode(repeat('cd', 32), 'hex'));\n")
KEY = "INSERT INTO idempotency VALUES (" + BYTES.format(":t") + ", :t, " + BYTES.format(":t") + ");\n"
TUBE = "INSERT INTO tube VALUES (:t, 'L' || :t, 1, :area, 5, NULL, {0}, 1647529200000, 1647529200000, 0, 7, 9);\n"
FIND = "SELECT area FROM roll_block WHERE roll = 1 AND first_slot <= :s % {people} + 1 ORDER BY first_slot DESC LIMIT 1 \\gset\n"
NEXT = "SELECT nextval('position') AS t \\gset\n"
BEGIN, END = "BEGIN;\n", "COMMIT;\n"


def scripts(people):
    """Slots in door order: those of a tube lie together, and the tubes of a client too (CACHE 64)."""
    find = FIND.format(people=people)
    tube = BEGIN + find + EVENT + KEY + TUBE.format(10)
    rows = "".join(f"INSERT INTO sample VALUES ((1::bigint << 32) + :s + {place}, :t);\n" for place in range(10))
    many = "INSERT INTO sample SELECT (1::bigint << 32) + unnest(ARRAY[{}]), :t;\n".format(
        ", ".join(f":s + {place}" for place in range(10)))
    fifty = ("INSERT INTO event SELECT n, 1647529200000, 1647529200000, 221, 1, 3, :area, 0, 0, n, {0}, {0},"
             " decode(repeat('ab', 60), 'hex'), decode(repeat('cd', 32), 'hex') FROM unnest(ARRAY[{1}]) n;\n"
             "INSERT INTO idempotency SELECT {0}, n, {0} FROM unnest(ARRAY[{1}]) n;\n"
             "INSERT INTO tube SELECT n, 'L' || n, 1, :area, 5, NULL, 10, 1647529200000, 1647529200000, 0, 7, 9"
             " FROM unnest(ARRAY[{1}]) n;\n"
             "INSERT INTO sample SELECT (1::bigint << 32) + n * 10 + p, n FROM unnest(ARRAY[{1}]) n,"
             " unnest(ARRAY[0,1,2,3,4,5,6,7,8,9]) p;\n").format(
                 BYTES.format("n"), ", ".join(f":t * 50 + {place}" for place in range(50)))
    slot = "\\set s :t * 10\n"
    return {"rows": (10, NEXT + slot + tube + rows + END), "unnest": (10, NEXT + slot + tube + many + END),
            "batch": (500, NEXT + "\\set s :t * 500\n" + BEGIN + find + fifty + END),
            "single": (1, NEXT + "\\set s :t\n" + BEGIN + find + EVENT + KEY + TUBE.format(1)
                       + "INSERT INTO sample VALUES ((1::bigint << 32) + :s, :t);\n" + END)}


class Cluster:
    """Not as root: PostgreSQL refuses that; the package made a user for it."""

    def __init__(self, folder):
        self.folder, self.user = folder, None
        if not os.path.exists(f"{BIN}/initdb"):
            raise SystemExit("bench: no PostgreSQL 15 (tools/packages.txt, kind bench); ./dev bench peer_postgres installs it")
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        if os.getuid() == 0:
            self.user = pwd.getpwnam("postgres")
            os.chown(folder, self.user.pw_uid, self.user.pw_gid)
            parent = os.path.dirname(os.path.abspath(folder))
            while parent != "/":  # so that this user can reach it
                os.chmod(parent, os.stat(parent).st_mode | 0o011)
                parent = os.path.dirname(parent)

    def run(self, *command, **more):
        drop = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user else {}
        return subprocess.run(list(map(str, command)), check=True, cwd=self.folder, **drop, **more)

    def __enter__(self):
        self.run(f"{BIN}/initdb", "-D", f"{self.folder}/db", "-A", "trust", "-U", "bench", stdout=subprocess.DEVNULL)
        with open(f"{self.folder}/db/postgresql.auto.conf", "a", encoding="ascii") as conf:
            conf.write("listen_addresses = ''\nshared_buffers = 1GB\nmax_wal_size = 8GB\nmax_connections = 250\n"
                       f"synchronous_commit = on\nunix_socket_directories = '{self.folder}'\nwal_compression = off\n"
                       "checkpoint_timeout = 30s\nautovacuum = off\nclient_min_messages = warning\n")
        self.run(f"{BIN}/pg_ctl", "-D", f"{self.folder}/db", "-l", f"{self.folder}/log", "-w", "start",
                 stdout=subprocess.DEVNULL)
        return self

    def sql(self, text):
        self.run(f"{BIN}/psql", "-q", "-h", self.folder, "-U", "bench", "-d", "postgres", "-v", "ON_ERROR_STOP=1",
                 input=text, text=True)

    def bench(self, script, clients, seconds):
        """Transactions a second and the mean latency in ms."""
        done = self.run(f"{BIN}/pgbench", "-n", "-h", self.folder, "-U", "bench", "-M", "prepared", "-c", clients, "-j", 2,
                        "-T", seconds, "-f", script, "postgres", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return (float(re.search(r"tps = ([0-9.]+)", done.stdout).group(1)),
                float(re.search(r"latency average = ([0-9.]+)", done.stdout).group(1)))

    def __exit__(self, *_):
        self.run(f"{BIN}/pg_ctl", "-D", f"{self.folder}/db", "-m", "fast", "-w", "stop", stdout=subprocess.DEVNULL)
        shutil.rmtree(self.folder, ignore_errors=True)


def measure(folder, people, seconds, say):
    """Persons a second: the best of each way, and of all ways with tubes."""
    found = {}
    with Cluster(folder) as cluster:
        for way, (persons, text) in scripts(people).items():
            cluster.sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public;" + SCHEMA.format(blocks=people // 498))
            path = os.path.join(folder, way + ".sql")
            with open(path, "w", encoding="ascii") as file:
                file.write(text)
            os.chmod(path, 0o644)
            for clients in CLIENTS if way != "batch" else (4, 16, 64):
                per_s, latency_ms = cluster.bench(path, clients, seconds)
                say(f"bench: PostgreSQL {way}, {clients} clients: {per_s * persons:,.0f} persons/s, {latency_ms:.1f} ms")
                if per_s * persons > found.get(f"postgres_{way}", 0):
                    found[f"postgres_{way}"] = per_s * persons
                    found[f"postgres_{way}_ms"] = latency_ms
    found["best_tubes"] = max(found["postgres_rows"], found["postgres_unnest"], found["postgres_batch"])
    return found
