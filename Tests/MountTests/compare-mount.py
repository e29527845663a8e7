#!/usr/bin/env python3
"""Compares a mounted tree with a manifest of what the Linux driver serves, as the user who runs this sees it.

usage: compare-mount.py MANIFEST.json DIR
Prints a line for each difference; exits with 1 if there is one. Root is shown trusted.* attributes, others are not.
"""
import hashlib
import json
import os
import stat
import sys

manifest, directory = json.load(open(sys.argv[1])), os.fsencode(sys.argv[2])
differences = []


def raw(entry, key):
    return bytes.fromhex(entry[key + "_hex"]) if key + "_hex" in entry else os.fsencode(entry[key])


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def differ(path, what, driver, ours):
    if driver != ours:
        differences.append(f"{os.fsdecode(path)}: {what}: the driver says {driver!r}, the mount {ours!r}")


def xattrs(path):
    names = os.listxattr(path, follow_symlinks=False)
    return {name: os.getxattr(path, name, follow_symlinks=False).hex() for name in names}


def compare(entry, relative):
    path = os.path.join(directory, relative)
    try:
        status = os.lstat(path)
    except OSError as error:
        differ(relative, "lstat", entry.get("stat_errno"), error.errno)
        return
    if "stat_errno" in entry:
        differ(relative, "lstat", entry["stat_errno"], None)
        return
    mode = int(entry["mode"], 8)
    differ(relative, "mode", oct(mode), oct(status.st_mode))
    for key in ("uid", "gid", "size", "nlink", "blocks"):
        if key in entry:
            differ(relative, key, entry[key], getattr(status, "st_" + key))
    differ(relative, "inode", entry["inode"], status.st_ino)
    for key in ("mtime", "atime", "ctime"):
        differ(relative, key, entry[key] * 10**9, getattr(status, f"st_{key}_ns"))
    if "rdev" in entry:
        differ(relative, "rdev", entry["rdev"], f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}")
    if stat.S_ISLNK(mode) and ("target" in entry or "target_hex" in entry):
        differ(relative, "target", raw(entry, "target"), os.readlink(path))
    if stat.S_ISREG(mode):
        try:
            differ(relative, "sha256", entry.get("sha256"), digest(path))
        except OSError as error:
            differ(relative, "read", entry.get("read_errno"), error.errno)
    wanted = {
        name: value
        for name, value in entry.get("xattrs", {}).items()
        if os.geteuid() == 0 or not name.startswith("trusted.")
    }
    differ(relative, "xattrs", wanted, xattrs(path))


wanted = {os.path.normpath(raw(entry, "path")): entry for entry in manifest["entries"]}
found = {b"."}
for parent, directories, files in os.walk(directory, onerror=lambda error: differences.append(str(error))):
    for name in directories + files:
        found.add(os.path.normpath(os.path.relpath(os.path.join(parent, name), directory)))
for relative in sorted(found - set(wanted)):
    differences.append(f"{os.fsdecode(relative)}: not in the driver's tree")
for relative, entry in wanted.items():
    if relative in found or "stat_errno" in entry:
        compare(entry, relative)
    else:
        differences.append(f"{os.fsdecode(relative)}: missing")
statistics = os.statvfs(directory)
differ(b".", "statvfs", (4096, 254, 0, 0), (statistics.f_bsize, statistics.f_namemax, statistics.f_files, statistics.f_ffree))
print("\n".join(differences))
sys.exit(bool(differences))
