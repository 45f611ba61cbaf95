"""Peers with SQL: DuckDB, PostgreSQL, SQLite, each with every exact form of the question it has."""

import importlib.util
import os
import pathlib
import shutil
import time

from harness.server import run
from peers.answer import loaded

HEADER = "record_id, calling, called, setup_time, answer_time, release_time, cause, trunk"
LAG = """SELECT DISTINCT calling FROM (SELECT calling, setup_time - lag(setup_time, 300) OVER
  (PARTITION BY calling ORDER BY setup_time) AS span FROM {table}) AS calls WHERE span < 86400"""
RANGE = """SELECT DISTINCT calling FROM (SELECT calling, count(*) OVER (PARTITION BY calling
  ORDER BY setup_time RANGE BETWEEN 86399 PRECEDING AND CURRENT ROW) AS made FROM cdr) AS calls
  WHERE made > 300"""
BUSY = """(SELECT calling, setup_time FROM cdr WHERE calling IN
  (SELECT calling FROM cdr GROUP BY calling HAVING count(*) > 300)) AS busy"""
# No window: what a table is best at, and another question.
COUNT = "SELECT calling FROM cdr GROUP BY calling HAVING count(*) > 300"
FORMS = {"lag": LAG.format(table="cdr"), "range": RANGE, "prefilter": LAG.format(table=BUSY)}


def _numbers(rows):
    return {f"+{int(row)}" for row in rows}


class DuckDb:
    """In memory, with all its threads or one."""

    ROWS = ""  # which of them are loaded

    def __init__(self, query, threads):
        self.query, self.threads = query, threads

    @classmethod
    def forms(cls, _):
        forms = {f"duckdb-{n}-{t}": cls(q, t) for n, q in FORMS.items() for t in (1, 2)}
        for threads in (1, 2):
            forms[f"duckdb-count-{threads}"] = DuckDbCount(COUNT, threads)
            forms[f"duckdb-distinct-{threads}"] = DuckDbDistinct(FORMS["prefilter"], threads)
        return forms

    def missing(self):
        return "" if importlib.util.find_spec("duckdb") else "pip install duckdb"

    def __call__(self, path):
        import duckdb  # pylint: disable=import-outside-toplevel

        with duckdb.connect(config={"threads": self.threads}) as database:
            start = time.monotonic()
            database.execute(
                f"CREATE TABLE cdr AS SELECT {self.ROWS} calling::BIGINT AS calling,"
                " setup_time::BIGINT AS setup_time"
                " FROM read_csv(?, header = true, all_varchar = true)",
                [str(path)],
            )
            ready = time.monotonic()
            rows = [row[0] for row in database.execute(self.query).fetchall()]
            return loaded(_numbers(rows), ready - start, time.monotonic() - ready)


class DuckDbCount(DuckDb):
    """All calls of a number, whenever they were."""

    ONLY_COUNTS = True


class DuckDbDistinct(DuckDb):
    """Each record once."""

    ROWS = "DISTINCT ON (record_id)"


class Sqlite:
    """The command line program, in a file, without a journal."""

    def __init__(self, folder):
        self.file = pathlib.Path(folder) / "peer.sqlite"

    @classmethod
    def forms(cls, folder):
        return {"sqlite-lag": cls(folder)}

    def missing(self):
        return "" if shutil.which("sqlite3") else "tools/install-packages peers"

    def _run(self, *lines):
        text = "\n".join(["PRAGMA journal_mode = OFF;", "PRAGMA synchronous = OFF;", *lines])
        return run("sqlite3", "-bail", self.file, input=text)

    def __call__(self, path):
        self.file.unlink(missing_ok=True)
        columns = HEADER.replace("calling", "calling INTEGER").replace(
            "setup_time", "setup_time INTEGER"
        )
        start = time.monotonic()
        self._run(f"CREATE TABLE cdr({columns});", f".import --csv --skip 1 {path} cdr")
        ready = time.monotonic()
        memory = ("PRAGMA temp_store = MEMORY;", "PRAGMA cache_size = -2000000;")
        out = self._run(*memory, FORMS["lag"] + ";")
        took = time.monotonic() - ready
        self.file.unlink()
        return loaded(_numbers(line for line in out.split() if line.isdigit()), ready - start, took)


class Postgres:
    """A cluster of its own, for speed and not for safety."""

    SETTINGS = {
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "max_wal_size": "8GB",
        "shared_buffers": "2GB",
        "work_mem": "2GB",
        "listen_addresses": "",
        "max_parallel_workers_per_gather": "2",
    }

    def __init__(self, folder):
        self.folder = pathlib.Path(folder) / "postgres"

    @classmethod
    def forms(cls, folder):
        return {"postgresql-lag": cls(folder)}

    def missing(self):
        return "" if self._programs() else "tools/install-packages peers"

    def _programs(self):
        found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        return found[-1].parent if found else None

    def _run(self, *words, text=None):
        """As the user postgres, where we are root: the server refuses to be."""
        become = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        return run(*become, *words, input=text, cwd=self.folder)

    def _sql(self, text):
        psql = ["psql", "-h", self.folder, "-U", "postgres", "-qAt", "-v", "ON_ERROR_STOP=1"]
        return self._run(self._programs() / psql[0], *psql[1:], text=text)

    def __call__(self, path):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        data = self.folder / "data"
        self._run(self._programs() / "initdb", "-D", data, "-U", "postgres", "-E", "UTF8")
        settings = " ".join(f"-c {key}={value or repr('')}" for key, value in self.SETTINGS.items())
        start = [self._programs() / "pg_ctl", "-D", data, "-w", "-l", self.folder / "log"]
        self._run(*start, "-o", f"{settings} -k {self.folder}", "start")
        try:
            return self._ask(path)
        finally:
            self._run(self._programs() / "pg_ctl", "-D", data, "-m", "immediate", "stop")

    def _ask(self, path):
        types = HEADER.replace(",", " text,") + " text"
        for name in ("calling", "setup_time"):
            types = types.replace(f"{name} text", f"{name} bigint")
        begin = time.monotonic()
        self._sql(
            f"CREATE UNLOGGED TABLE cdr({types});\n\\copy cdr FROM '{path}' (FORMAT csv, HEADER)\n"
            "ANALYZE cdr;"
        )
        ready = time.monotonic()
        out = self._sql(FORMS["lag"] + ";")
        return loaded(_numbers(out.split()), ready - begin, time.monotonic() - ready)
