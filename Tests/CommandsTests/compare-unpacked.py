#!/usr/bin/env python3
"""Compares what an archive held with a manifest of what the Linux driver serves.

usage: compare-unpacked.py MANIFEST.json DIR tar|bsdtar|cpio
       compare-unpacked.py MANIFEST.json FILE zip|mtree
Prints a line for each difference that the format does not account for; exits with 1 if there is one.
"""
import hashlib
import json
import os
import re
import stat
import struct
import sys
import unicodedata
import zipfile

manifest, place, kind = json.load(open(sys.argv[1])), os.fsencode(sys.argv[2]), sys.argv[3]
TYPES = {"dir": stat.S_IFDIR, "file": stat.S_IFREG, "link": stat.S_IFLNK, "char": stat.S_IFCHR}
TYPES |= {"block": stat.S_IFBLK, "fifo": stat.S_IFIFO, "socket": stat.S_IFSOCK}
LEFT_OUT = {"tar": {stat.S_IFSOCK}, "bsdtar": {stat.S_IFSOCK}}
LEFT_OUT["zip"] = {stat.S_IFSOCK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO}


def raw(entry, key):
    return bytes.fromhex(entry[key + "_hex"]) if key + "_hex" in entry else os.fsencode(entry[key])


def wanted(entry):
    mode = int(entry["mode"], 8)
    found = {key: entry[key] for key in ("uid", "gid", "mtime")} | {"mode": oct(mode)}
    if stat.S_ISREG(mode):
        found |= {"size": entry["size"], "sha256": entry["sha256"]}
    if stat.S_ISLNK(mode):
        found["target"] = raw(entry, "target")
    if "rdev" in entry:
        found["rdev"] = entry["rdev"]
    if not stat.S_ISDIR(mode):
        found["nlink"] = entry["nlink"]
    # What getxattr(2) refuses has no value to keep.
    found["xattrs"] = {n: v for n, v in entry.get("xattrs", {}).items() if isinstance(v, str)}
    return found


def unpacked(path):
    status = os.lstat(path)
    found = {"uid": status.st_uid, "gid": status.st_gid, "mtime": int(status.st_mtime)}
    found["mode"] = oct(status.st_mode)
    if stat.S_ISREG(status.st_mode):
        data = open(path, "rb").read()
        found |= {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    if stat.S_ISLNK(status.st_mode):
        found["target"] = os.readlink(path)
    if stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode):
        found["rdev"] = f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"
    if not stat.S_ISDIR(status.st_mode):
        found["nlink"] = status.st_nlink
    names = os.listxattr(path, follow_symlinks=False)
    found["xattrs"] = {name: os.getxattr(path, name, follow_symlinks=False).hex() for name in names}
    return found


def listed(line):
    """A line of an mtree file, without the escapes in it."""
    path, *words = line.split(b" ")
    unescape = lambda text: re.sub(rb"\\([0-7]{3})", lambda m: bytes([int(m[1], 8)]), text)
    words = dict(word.split(b"=", 1) for word in words)
    type = TYPES[words[b"type"].decode()]
    found = {key: int(words[key.encode()]) for key in ("uid", "gid")}
    found |= {"mtime": int(words[b"time"].split(b".")[0])}
    found["mode"] = oct(int(words[b"mode"], 8) | type)
    if b"size" in words:
        found["size"] = int(words[b"size"])
    if b"sha256digest" in words:
        found["sha256"] = words[b"sha256digest"].decode()
    if b"link" in words:
        found["target"] = unescape(words[b"link"])
    if b"device" in words:
        found["rdev"] = ":".join(words[b"device"].decode().split(",")[1:])
    if type != stat.S_IFDIR:
        found["nlink"] = int(words.get(b"nlink", 1))
    return os.path.normpath(unescape(path)), found


def zipped(archive, member):
    """A member of a ZIP. The programs that unpack them change names with backslashes or bytes that are not UTF-8."""
    path = member.filename.encode("utf-8" if member.flag_bits & 0x800 else "cp437")
    mode = member.external_attr >> 16
    extra, found = member.extra, {"mode": oct(mode)}
    while extra:
        tag, size = struct.unpack_from("<HH", extra)
        if tag == 0x5455:
            found["mtime"] = struct.unpack_from("<I", extra, 5)[0]
        if tag == 0x7875:
            found["uid"], found["gid"] = struct.unpack_from("<xxxxxxIxI", extra)
        extra = extra[4 + size :]
    data = archive.read(member)
    if stat.S_ISREG(mode):
        found |= {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    if stat.S_ISLNK(mode):
        found["target"] = data
    return os.path.normpath(path), found


def comparable(found, path):
    """Without what the format, or the program that unpacks it, does not keep."""
    found = dict(found)
    mode = int(found["mode"], 8)
    if kind not in ("tar", "bsdtar"):
        found.pop("xattrs", None)
    if stat.S_ISLNK(mode) and kind == "cpio":
        del found["mtime"], found["nlink"]
    if kind == "zip":
        found.pop("nlink", None)
    # GNU cpio sets a directory's time before it fills it, and both do not change the directory that contains them.
    if kind == "cpio" and path == b".":
        del found["mode"]
    if (kind == "cpio" and stat.S_ISDIR(mode)) or (kind == "bsdtar" and path == b"."):
        del found["mtime"]
    return found


def composed(path):
    """A path as libarchive reads it, which joins letters and their accents."""
    try:
        return unicodedata.normalize("NFC", path.decode()).encode()
    except UnicodeDecodeError:
        return path


entries = {os.path.normpath(raw(entry, "path")): entry for entry in manifest["entries"]}
entries = {path: wanted(entry) for path, entry in entries.items() if "stat_errno" not in entry}
entries = {
    path: entry
    for path, entry in entries.items()
    if stat.S_IFMT(int(entry["mode"], 8)) not in LEFT_OUT.get(kind, ())
}
if kind == "bsdtar":
    entries = {composed(path): entry for path, entry in entries.items()}
if kind == "mtree":
    lines = [line for line in open(place, "rb").read().split(b"\n") if line and line != b"#mtree"]
    found = dict(map(listed, lines))
elif kind == "zip":
    archive = zipfile.ZipFile(os.fsdecode(place))
    found = dict(zipped(archive, member) for member in archive.infolist())
else:
    found = {b".": unpacked(place)}
    for parent, directories, files in os.walk(place):
        for name in directories + files:
            path = os.path.join(parent, name)
            found[os.path.relpath(path, place)] = unpacked(path)
if kind == "zip":
    del entries[b"."]
differences = [f"{path!r} is not the driver's" for path in found.keys() - entries.keys()]
differences += [f"{path!r} is missing" for path in entries.keys() - found.keys()]
for path in entries.keys() & found.keys():
    driver, ours = comparable(entries[path], path), comparable(found[path], path)
    for key in driver.keys() | ours.keys():
        if driver.get(key) != ours.get(key):
            differences.append(f"{path!r}: {key}: the driver says {driver.get(key)}, the archive {ours.get(key)}")
print("\n".join(differences))
sys.exit(bool(differences))
