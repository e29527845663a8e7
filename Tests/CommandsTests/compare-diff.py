#!/usr/bin/env python3
"""Compares what `jffs2 diff --json` lists with the differences between two trees.

usage: compare-diff.py OLD NEW [--owners] < DIFF.json
OLD and NEW are manifests of what the Linux driver serves, or directories. Prints a line for each disagreement and exits with 1 if there
is one.
"""
import hashlib
import json
import os
import stat
import sys


def of_manifest(path):
    manifest = json.load(open(path))
    entries = {}
    for entry in manifest["entries"] if isinstance(manifest, dict) else manifest:
        name = bytes.fromhex(entry["path_hex"]) if "path_hex" in entry else entry["path"].encode()
        if name.startswith(b"./"):
            name = name[2:]
        if "stat_errno" in entry:
            entries[name] = None
            continue
        mode = entry["mode"]
        mode = int(mode, 8) if isinstance(mode, str) else mode
        target = entry.get("target")
        if "target_hex" in entry:
            target = bytes.fromhex(entry["target_hex"])
        entries[name] = {
            "mode": mode,
            "owner": (entry["uid"], entry["gid"]),
            "target": target.encode() if isinstance(target, str) else target,
            "device": entry.get("rdev") if stat.S_IFMT(mode) in (stat.S_IFCHR, stat.S_IFBLK) else None,
            "contents": entry.get("sha256"),
            "size": entry["size"],
            "xattrs": entry.get("xattrs") or {},
        }
    return entries


def of_directory(root):
    root = os.fsencode(root)
    entries = {}

    def add(path):
        status = os.lstat(path)
        kind = stat.S_IFMT(status.st_mode)
        entry = {
            "mode": status.st_mode,
            "owner": (status.st_uid, status.st_gid),
            "target": os.readlink(path) if kind == stat.S_IFLNK else None,
            "device": f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"
            if kind in (stat.S_IFCHR, stat.S_IFBLK) else None,
            "contents": hashlib.sha256(open(path, "rb").read()).hexdigest() if kind == stat.S_IFREG else None,
            "size": status.st_size,
            "xattrs": {n: os.getxattr(path, n).hex() for n in os.listxattr(path)}
            if kind in (stat.S_IFREG, stat.S_IFDIR) else {},
        }
        entries[os.path.relpath(path, root)] = entry

    add(root)
    for parent, directories, files in os.walk(root):
        for name in directories + files:
            add(os.path.join(parent, name))
    return entries


def read(path):
    return of_directory(path) if os.path.isdir(path) else of_manifest(path)


def aspects(old, new):
    if old is None or new is None:
        return ["damage"] if old is not new else []
    if stat.S_IFMT(old["mode"]) != stat.S_IFMT(new["mode"]):
        return ["type"]
    found = []
    if old["contents"] != new["contents"]:
        found.append("contents")
    if not stat.S_ISLNK(old["mode"]) and old["mode"] != new["mode"]:
        found.append("mode")
    if owners and old["owner"] != new["owner"]:
        found.append("owner")
    found += [name for name in ("target", "device", "xattrs") if old[name] != new[name]]
    return found


owners = "--owners" in sys.argv
old, new = (read(path) for path in sys.argv[1:3])
directories = any(os.path.isdir(path) for path in sys.argv[1:3])
if directories:
    old.pop(b".", None), new.pop(b".", None)
expected = {path: ("removed", []) for path in old if path not in new}
expected |= {path: ("added", []) for path in new if path not in old}
for path in old.keys() & new.keys():
    if found := aspects(old[path], new[path]):
        expected[path] = ("changed", found)

listed = {}
renamed = 0
problems = []
order = []
for change in json.load(sys.stdin)["changes"]:
    path = bytes.fromhex(change["path_hex"]) if "path_hex" in change else change["path"].encode()
    order.append(path.split(b"/"))
    if change["change"] == "renamed":
        source = change["old_path"].encode()
        if "old_path_hex" in change:
            source = bytes.fromhex(change["old_path_hex"])
        if old.get(source, {}).get("contents") != new.get(path, {}).get("contents"):
            problems.append(f"{source} -> {path}: other contents")
        if sorted(aspects(old[source], new[path])) != sorted(change["differences"]):
            problems.append(f"{source} -> {path}: {change['differences']}")
        listed[source] = ("removed", [])
        listed[path] = ("added", [])
        renamed += 1
    else:
        if path in listed:
            problems.append(f"{path}: listed twice")
        listed[path] = (change["change"], change["differences"])
if order != sorted(order):
    problems.append("not in order")
for path in sorted(expected.keys() | listed.keys()):
    (change, found), (other, others) = expected.get(path, ("same", [])), listed.get(path, ("same", []))
    if change != other or sorted(found) != sorted(others):
        problems.append(f"{path}: {other} {others}, but is {change} {found}")
# A file that was renamed must not be left as two changes.
rest = {"removed": {}, "added": {}}
for path, (change, _) in listed.items():
    entry = (old if change == "removed" else new).get(path)
    if change in rest and entry and entry["contents"] and entry["size"]:
        rest[change].setdefault(entry["contents"], set()).add(path)
pairs = sum(min(len(rest["removed"].get(c, ())), len(p)) for c, p in rest["added"].items())
if pairs != renamed:
    problems.append(f"{renamed} renamed, but there are {pairs} pairs with the same contents")
print("\n".join(problems) if problems else f"{len(expected)} differences, {pairs} renamed")
sys.exit(1 if problems else 0)
