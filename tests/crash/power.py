"""What a power cut leaves: only what an fsync covered, or an accident of the rest.

The shim (shim.c) keeps a copy of every file as its latest fsync left it, and of every folder's
entries at its latest fsync. After the kill the data folder is put back to that. With a `random`,
each 512-byte sector that was written since may be there or not: torn and reordered writes.
"""

import os
import pathlib
import shutil

SECTOR = 512
# redis-server has its own durability, and the lock's content matters to nobody.
LEFT_ALONE = {"redis", "service.lock"}


class Base:
    """A data folder before the service starts: all of it is durable."""

    def __init__(self, data, keep):
        self._keep = pathlib.Path(keep)
        shutil.copytree(data, self._keep)
        self._inodes = {}  # folder → {name: inode}; inode → copy
        self._copies = {}
        for folder, _, names in os.walk(data):
            inside = pathlib.Path(folder).relative_to(data)
            entries = {name: os.stat(os.path.join(folder, name)).st_ino for name in names}
            self._inodes[str(inside)] = entries
            for name, inode in entries.items():
                self._copies[inode] = self._keep / inside / name

    def entries(self, inside):
        return self._inodes.get(inside, {})

    def copy_of(self, inode):
        return self._copies.get(inode)


def _durable_entries(folder, inside, base, shadow):
    """{name: inode} at the folder's latest fsync, or at the start."""
    path = shadow / f"dir-{os.stat(folder).st_ino}"
    if not path.exists():
        return base.entries(inside)
    lines = path.read_text(encoding="utf-8").splitlines()
    return {name: int(inode) for inode, name in (line.split(" ", 1) for line in lines)}


def _durable_bytes(inode, base, shadow):
    for path in (shadow / str(inode), base.copy_of(inode)):
        if path is not None and path.exists():
            return path.read_bytes()
    return b""  # the name survived, the bytes did not


def torn(durable, written, random):
    """Each sector as it was durable or as it was written last."""
    size = random.choice((len(durable), len(written)))
    result = bytearray()
    for start in range(0, size, SECTOR):
        old, new = durable[start : start + SECTOR], written[start : start + SECTOR]
        sector = random.choice((old, new)) if old != new else old
        result += sector.ljust(min(SECTOR, size - start), b"\0")[: size - start]
    return bytes(result)


def cut(data, base, shadow, random=None):
    """Puts the folder back. Call it when no process works in it."""
    data, shadow = pathlib.Path(data), pathlib.Path(shadow)
    for folder, folders, names in os.walk(data):
        if folder == str(data):
            folders[:] = [name for name in folders if name not in LEFT_ALONE]
        here = pathlib.Path(folder)
        written = {}
        for name in names:
            if name in LEFT_ALONE:
                continue
            path = here / name
            written[os.stat(path).st_ino] = path.read_bytes()
            path.unlink()
        durable = _durable_entries(folder, str(here.relative_to(data)), base, shadow)
        for name, inode in durable.items():
            if name in LEFT_ALONE or name.endswith("-shm"):
                continue
            left = _durable_bytes(inode, base, shadow)
            if random is not None and inode in written:
                left = torn(left, written[inode], random)
            (here / name).write_bytes(left)
            os.chmod(here / name, 0o600)
