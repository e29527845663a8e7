"""A plugin for unblob (https://unblob.org) that finds and extracts JFFS2 with the program `jffs2`.

usage: unblob --plugins-path jffs2_handler.py FIRMWARE

A chunk is one file system with the boundaries that `jffs2 info` reports, so neighboring partitions are not merged.
`jffs2 extract` extracts it. If it reports damage, the report of unblob contains its exit code and its messages.
"""

import binascii
import json
import os
import subprocess
import weakref

from unblob.extractors import Command
from unblob.file_utils import File
from unblob.models import Handler, HandlerDoc, HandlerType, Reference, Regex, ValidChunk
from unblob.plugins import hookimpl

PROGRAM = os.environ.get("JFFS2", "jffs2")
TIME_LIMIT = 600  # seconds, for one file
HEADER_SIZE = 12
ACCURATE = 0x2000  # The driver clears this bit in a node that is obsolete.


class JFFS2Handler(Handler):
    NAME = "jffs2"

    # The magic number and one byte of the node type. The patterns of the built-in handlers have four bytes. unblob calls
    # the handler whose pattern ends first, so this one is called before them, and they get what it refuses.
    PATTERNS = [Regex(r"[\x84\x85]\x19[\x01-\x09]"), Regex(r"\x19[\x84\x85][\xc0\xe0\x00\x20]")]

    EXTRACTOR = Command(PROGRAM, "extract", "-C", "{outdir}", "{inpath}")

    DOC = HandlerDoc(
        name="JFFS2 (jffs2fuse)",
        description="JFFS2 with the contents that the Linux driver shows, extracted by the program jffs2 of jffs2fuse.",
        handler_type=HandlerType.FILESYSTEM,
        vendor=None,
        references=[Reference(title="JFFS2", url="https://sourceware.org/jffs2/")],
        limitations=[],
    )

    def __init__(self):
        super().__init__()
        self._file_systems = weakref.WeakKeyDictionary()

    def calculate_chunk(self, file: File, start_offset: int) -> ValidChunk | None:
        if not is_node(file[start_offset : start_offset + HEADER_SIZE]):
            return None
        if file not in self._file_systems:
            self._file_systems[file] = file_systems(file)
        for start, end in self._file_systems[file]:
            # The first erase block of a file system may be empty: the first node is not always at the start.
            if start <= start_offset < end:
                return ValidChunk(start_offset=start, end_offset=end)
        return None


def is_node(header: bytes) -> bool:
    """Whether the bytes are the header of a node, with its checksum."""
    if len(header) < HEADER_SIZE:
        return False
    order = "big" if header[0] == 0x19 else "little"
    kind = int.from_bytes(header[2:4], order) | ACCURATE
    checked = header[:2] + kind.to_bytes(2, order) + header[4:8]
    return binascii.crc32(checked, 0xFFFFFFFF) ^ 0xFFFFFFFF == int.from_bytes(header[8:12], order)


def file_systems(file: File) -> list[tuple[int, int]]:
    """The first offset of each file system in the file, and the offset after its last byte."""
    descriptor = os.memfd_create("firmware")  # unblob gives a handler no path, and denies it new files.
    try:
        with memoryview(file) as data:
            written = 0
            while written < len(data):
                written += os.write(descriptor, data[written : written + (64 << 20)])
        result = subprocess.run(
            [PROGRAM, "info", "--json", f"/dev/fd/{descriptor}"],
            pass_fds=[descriptor], capture_output=True, timeout=TIME_LIMIT, check=False,
        )
        report = json.loads(result.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return []  # Left to the built-in handlers.
    finally:
        os.close(descriptor)
    if any(container.get("compression") not in ("none", None) for container in report.get("containers", [])):
        return []  # Offsets count in the unpacked data. unblob unpacks it, and asks again.
    size = file.size()
    ranges = ((system["offset"], system["offset"] + system["length"]) for system in report.get("file_systems", []))
    return [(start, min(end, size)) for start, end in ranges]


@hookimpl
def unblob_register_handlers():
    return [JFFS2Handler]
