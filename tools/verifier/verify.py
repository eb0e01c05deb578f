#!/usr/bin/env python3
"""An independent check of an Avedis ledger, in the Python standard library alone.

Written from the public specifications (RFC 6962, RFC 8032, RFC 9162, and C2SP tlog-tiles, signed-note, tlog-checkpoint,
tlog-proof), not from the Rust code: the two agree only if both follow them.

    verify.py log DIR --key KEY        check a whole log: signatures, entries, tiles, roots, proofs, receipts
    verify.py receipt FILE --key KEY   check one receipt file (JSON with event, proof, key)
    verify.py tamper DIR --key KEY     alter every byte of a small log in turn; every alteration must be rejected

KEY is the verifier key text (name+hash+base64) that the log's owner published, or a file that holds it.
DIR holds `checkpoint` (and older ones as `checkpoint.SIZE`), `tile/...` and, if any, receipts as
`receipts/NAME.tlog-proof` beside `receipts/NAME.event`, or as receipt files `receipts/NAME.json`.

Exit status: 0 everything holds, 1 something does not (the first reason is printed), 2 wrong use.
"""

import argparse
import base64
import binascii
import hashlib
import json
import os
import re
import sys
import time
from functools import lru_cache


class Rejected(Exception):
    """Something does not hold; the text says what."""


def need(condition, why):
    if not condition:
        raise Rejected(why)


# ---- Ed25519 (RFC 8032 section 5.1) ----------------------------------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
IDENTITY = (0, 1, 1, 0)


def point_add(a, b):
    """Sum of two points in extended homogeneous coordinates (X, Y, Z, T)."""
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    minus = (y1 - x1) * (y2 - x2) % P
    plus = (y1 + x1) * (y2 + x2) % P
    t = 2 * D * t1 * t2 % P
    z = 2 * z1 * z2 % P
    e, f, g, h = plus - minus, z - t, z + t, plus + minus
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def point_equal(a, b):
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def point_decode(data):
    """A point from its 32 bytes, or None: y little-endian, the sign of x in the top bit."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * ROOT_OF_MINUS_ONE % P
    if x * x % P != square or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


BASE = point_decode((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


@lru_cache(maxsize=4096)
def ed25519_valid(public, message, signature):
    """Whether S*B = R + k*A, with every encoding canonical and no key of small order."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, r = point_decode(public), point_decode(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if key is None or r is None or s >= ORDER:
        return False
    eight = key
    for _ in range(3):
        eight = point_add(eight, eight)
    if point_equal(eight, IDENTITY):
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    # S*B - k*A in one pass over the bits of both factors.
    minus_key = (P - key[0], key[1], key[2], P - key[3])
    steps = (IDENTITY, BASE, minus_key, point_add(BASE, minus_key))
    total = IDENTITY
    for bit in range(255, -1, -1):
        total = point_add(total, total)
        step = (s >> bit & 1) | (k >> bit & 1) << 1
        if step:
            total = point_add(total, steps[step])
    return point_equal(total, r)


# ---- signed notes and checkpoints (C2SP) -----------------------------------------------------------------------------


def unbase64(text, why):
    """Standard base64 in its one canonical spelling."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Rejected(why) from None
    need(base64.b64encode(data).decode() == text, why)
    return data


def is_name(text):
    return text != "" and "+" not in text and not any(c.isspace() or ord(c) < 32 for c in text)


def read_key(text):
    """(name, key id, public key) from `name+hash+base64`."""
    parts = text.split("+", 2)
    need(len(parts) == 3 and is_name(parts[0]), "the key is not name+hash+base64")
    name, hash_text, data = parts[0], parts[1], unbase64(parts[2], "the key is not base64")
    need(len(data) == 33 and data[0] == 1, "the key is not an Ed25519 key")
    key_id = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]
    need(key_id.hex() == hash_text, "the hash in the key text does not fit")
    return name, key_id, data[1:]


def open_note(data, key):
    """The text of a note, if this key signed it."""
    name, key_id, public = key
    try:
        note = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Rejected("a note is not UTF-8") from None
    need(not any(ord(c) < 32 and c != "\n" for c in note), "a note has control characters")
    split = note.rfind("\n\n")
    need(split >= 0 and note.endswith("\n"), "a note has no signatures")
    text, lines = note[: split + 1], note[split + 2 :].split("\n")[:-1]
    need(0 < len(lines) <= 64, "a note has no signatures, or too many")
    signed = False
    for line in lines:
        parts = line.split(" ")
        need(len(parts) == 3 and parts[0] == "\u2014" and is_name(parts[1]), "a signature line is malformed")
        blob = unbase64(parts[2], "a signature is not base64")
        need(len(blob) > 4, "a signature is too short")
        if parts[1] == name and blob[:4] == key_id:
            need(ed25519_valid(public, text.encode(), blob[4:]), "the signature of a checkpoint is wrong")
            signed = True
    need(signed, "a checkpoint is not signed by the log's key")
    return text


def number(text, why):
    need(re.fullmatch(r"0|[1-9][0-9]{0,18}", text, re.ASCII), why)
    return int(text)


def open_checkpoint(data, key):
    """(size, root) of a signed checkpoint of the log that the key belongs to."""
    lines = open_note(data, key).split("\n")
    need(len(lines) == 4 and lines[3] == "", "a checkpoint is not origin, size and root")
    need(lines[0] == key[0], "a checkpoint is of another log")
    size, root = number(lines[1], "a checkpoint has no size"), unbase64(lines[2], "a root is not base64")
    need(len(root) == 32, "a root is not 32 bytes")
    return size, root


# ---- Merkle tree (RFC 6962 section 2.1 to build, RFC 9162 sections 2.1.3.2 and 2.1.4.2 to check) --------------------


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """The tree over a list of leaf hashes, by the definitions, each subtree hashed once."""

    def __init__(self, leaves):
        self.leaves = leaves
        self.known = {}

    def root(self, start, end):
        """MTH(D[start:end])."""
        if end == start:
            return hashlib.sha256(b"").digest()
        if end - start == 1:
            return self.leaves[start]
        if (start, end) not in self.known:
            k = start + split(end - start)
            self.known[start, end] = node(self.root(start, k), self.root(k, end))
        return self.known[start, end]

    def path(self, m, start, end):
        """PATH(m, D[start:end])."""
        if end - start == 1:
            return []
        k = split(end - start)
        if m < k:
            return self.path(m, start, start + k) + [self.root(start + k, end)]
        return self.path(m - k, start + k, end) + [self.root(start, start + k)]

    def subproof(self, m, start, end, whole):
        """SUBPROOF(m, D[start:end], whole)."""
        if m == end - start:
            return [] if whole else [self.root(start, end)]
        k = split(end - start)
        if m <= k:
            return self.subproof(m, start, start + k, whole) + [self.root(start + k, end)]
        return self.subproof(m - k, start + k, end, False) + [self.root(start, start + k)]


def split(n):
    """The largest power of two smaller than n."""
    return 1 << (n - 1).bit_length() - 1


def check_inclusion(leaf, index, size, path, root):
    need(index < size, "a leaf index is beyond the tree")
    fn, sn, r = index, size - 1, leaf
    for p in path:
        need(sn != 0, "an inclusion proof is too long")
        if fn & 1 or fn == sn:
            r = node(p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node(r, p)
        fn, sn = fn >> 1, sn >> 1
    need(sn == 0, "an inclusion proof is too short")
    need(r == root, "an inclusion proof does not lead to the signed root")


def check_consistency(first, first_root, second, second_root, path):
    need(first <= second, "a later tree is smaller")
    if first == second:
        need(not path and first_root == second_root, "two roots of one size")
        return
    if first == 0:
        need(not path, "a proof from the empty tree is not empty")
        return
    path = list(path)
    if first & (first - 1) == 0:
        path.insert(0, first_root)
    need(path, "a consistency proof is empty")
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        need(sn != 0, "a consistency proof is too long")
        if fn & 1 or fn == sn:
            fr, sr = node(c, fr), node(c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, c)
        fn, sn = fn >> 1, sn >> 1
    need(sn == 0, "a consistency proof is too short")
    need(fr == first_root and sr == second_root, "a later checkpoint does not contain an earlier one")


# ---- the log's files (C2SP tlog-tiles) -------------------------------------------------------------------------------


def numbered(index, width):
    groups = re.findall("...", str(index).zfill((len(str(index)) + 2) // 3 * 3))
    path = "/".join(["x" + group for group in groups[:-1]] + groups[-1:])
    return path if width == 256 else f"{path}.p/{width}"


def tiles_of(size):
    """(level, index, width) of every tile that a tree of this size has."""
    level = 0
    while size >> 8 * level:
        full, rest = divmod(size >> 8 * level, 256)
        yield from ((level, index, 256) for index in range(full))
        if rest:
            yield level, full, rest
        level += 1


def entries_in(bundle):
    entries, at = [], 0
    while at < len(bundle):
        need(at + 2 <= len(bundle), "an entry bundle is cut short")
        length = int.from_bytes(bundle[at : at + 2], "big")
        need(at + 2 + length <= len(bundle), "an entry bundle is cut short")
        entries.append(bundle[at + 2 : at + 2 + length])
        at += 2 + length
    return entries


LEAF = re.compile(rb"um-event/v1\n[A-Za-z0-9+/]{43}=\n[a-z][a-z-]{0,31}\n")


class Log:
    """Checks the files of a log, given as a dict from path to bytes."""

    def __init__(self, files, key):
        self.files, self.key, self.seen = files, key, set()
        self.counts = dict(checkpoints=0, leaves=0, tiles=0, inclusion=0, consistency=0, receipts=0)

    def take(self, path):
        need(path in self.files, f"{path} is not there")
        self.seen.add(path)
        return self.files[path]

    def check(self):
        heads = self.checkpoints()
        size = heads[-1][0]
        entries = self.entries(size, [head[0] for head in heads])
        tree = Tree([hashlib.sha256(b"\x00" + entry).digest() for entry in entries])
        for head_size, root in heads:
            need(tree.root(0, head_size) == root, f"the entries do not give the signed root of size {head_size}")
        self.tiles(tree, heads)
        self.receipts(tree)
        left = set(self.files) - self.seen
        need(not left, f"{min(left, default='')} does not belong to the log")
        self.proofs(tree, heads)
        return self.counts

    def checkpoints(self):
        heads = {}
        for path in sorted(self.files):
            if path == "checkpoint" or re.fullmatch(r"checkpoint\.[0-9]+", path):
                size, root = open_checkpoint(self.take(path), self.key)
                need(path in ("checkpoint", f"checkpoint.{size}"), f"{path} is of size {size}")
                need(heads.setdefault(size, root) == root, f"two roots are signed for size {size}: the log was forked")
                self.counts["checkpoints"] += 1
        latest = open_checkpoint(self.take("checkpoint"), self.key)[0]
        need(latest == max(heads), "the checkpoint is not the newest one")
        return sorted(heads.items())

    def entries(self, size, sizes):
        entries = []
        for index in range((size + 255) // 256):
            width = min(256, size - index * 256)
            found = entries_in(self.take("tile/entries/" + numbered(index, width)))
            need(len(found) == width, f"entry bundle {index} has {len(found)} entries, not {width}")
            entries += found
        for place, entry in enumerate(entries):
            need(LEAF.fullmatch(entry), f"entry {place} is not a leaf of three lines")
        # Bundles kept from earlier sizes must say the same.
        for earlier in sizes:
            index, width = divmod(earlier, 256)
            path = "tile/entries/" + numbered(index, width)
            if width and path in self.files and path not in self.seen:
                same = entries_in(self.take(path)) == entries[index * 256 : earlier]
                need(same, f"{path} differs from a later bundle")
        self.counts["leaves"] = len(entries)
        return entries

    def tiles(self, tree, heads):
        for size, _ in heads:
            for level, index, width in tiles_of(size):
                path = f"tile/{level}/" + numbered(index, width)
                # A partial tile may have been dropped once its full tile is there.
                if path in self.seen or (path not in self.files and f"tile/{level}/{numbered(index, 256)}" in self.files):
                    continue
                span = 256**level
                starts = range(index * 256 * span, (index * 256 + width) * span, span)
                expected = b"".join(tree.root(start, start + span) for start in starts)
                need(self.take(path) == expected, f"{path} does not follow from the entries")
                self.counts["tiles"] += 1

    def receipts(self, tree):
        for path in sorted(self.files):
            if re.fullmatch(r"receipts/[^/]+\.tlog-proof", path):
                event = self.take(path.removesuffix("tlog-proof") + "event")
                found = check_receipt(self.take(path), event, self.key)
            elif re.fullmatch(r"receipts/[^/]+\.json", path):
                found = check_receipt_file(self.take(path), self.key)
            else:
                continue
            _, size, root = found
            need(size <= len(tree.leaves) and tree.root(0, size) == root, f"{path} is of a fork of the log")
            self.counts["receipts"] += 1

    def proofs(self, tree, heads):
        for size, root in heads:
            for index in range(size):
                check_inclusion(tree.leaves[index], index, size, tree.path(index, 0, size), root)
                self.counts["inclusion"] += 1
        for place, (first, first_root) in enumerate(heads):
            for second, second_root in heads[place:]:
                path = tree.subproof(first, 0, second, True) if first else []
                check_consistency(first, first_root, second, second_root, path)
                self.counts["consistency"] += 1


# ---- receipts (C2SP tlog-proof) --------------------------------------------------------------------------------------


def check_receipt(proof, event, key):
    """(index, size, root), if the log of this key held a commitment to exactly this event."""
    head, gap, checkpoint = proof.partition(b"\n\n")
    need(gap, "a receipt has no checkpoint")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise Rejected("a receipt is not text") from None
    need(len(lines) >= 3 and lines[0] == "c2sp.org/tlog-proof@v1", "a receipt is not a tlog-proof")
    need(lines[1].startswith("extra ") and lines[2].startswith("index "), "a receipt lacks extra or index")
    extra = unbase64(lines[1][6:], "the extra data are not base64")
    need(len(extra) > 33 and extra[0] == 1, "the extra data are not version 1")
    salt, kind = extra[1:33], extra[33:]
    index = number(lines[2][6:], "the index is not a number")
    path = [unbase64(line, "a proof line is not base64") for line in lines[3:]]
    need(all(len(p) == 32 for p in path), "a proof line is not a hash")
    size, root = open_checkpoint(checkpoint, key)
    commitment = hashlib.sha256(b"um-event/v1\x00" + salt + event).digest()
    leaf = b"um-event/v1\n" + base64.b64encode(commitment) + b"\n" + kind + b"\n"
    need(LEAF.fullmatch(leaf), "the class in the extra data is malformed")
    check_inclusion(hashlib.sha256(b"\x00" + leaf).digest(), index, size, path, root)
    return index, size, root


def check_receipt_file(data, key):
    """The same from a receipt file, whose event is taken byte for byte as it stands there."""
    try:
        text = data.decode("utf-8")
        members = json.loads(text, object_pairs_hook=lambda pairs: pairs)
    except (ValueError, RecursionError):
        raise Rejected("a receipt file is not JSON") from None
    need(isinstance(members, list) and all(isinstance(m, tuple) for m in members), "a receipt file is not an object")
    names = [name for name, _ in members]
    need(len(set(names)) == len(names), "a receipt file says something twice")
    values, raw = dict(members), raw_members(text)
    need(isinstance(values.get("proof"), str) and isinstance(values.get("key"), str), "proof or key is missing")
    need(read_key(values["key"]) == key, "the receipt file names another key than the trusted one")
    need("event" in values, "the event is missing")
    if isinstance(values["event"], str):
        event = unbase64(values["event"], "the event is not base64")
    else:
        event = raw["event"].encode()
    return check_receipt(values["proof"].encode("utf-8", "surrogatepass"), event, key)


def raw_members(text):
    """Name to text as written, for the members of a JSON object that is known to be valid."""
    decoder, space = json.JSONDecoder(), re.compile(r"[ \t\r\n]*")
    raw, at = {}, space.match(text).end() + 1
    while True:
        at = space.match(text, at).end()
        if text[at] == "}":
            return raw
        if text[at] == ",":
            at = space.match(text, at + 1).end()
        name, at = decoder.raw_decode(text, at)
        at = space.match(text, space.match(text, at).end() + 1).end()
        _, end = decoder.raw_decode(text, at)
        raw[name], at = text[at:end], end


# ---- alterations -----------------------------------------------------------------------------------------------------


def alterations(files):
    """(what, files) for every byte of every file changed, every file lost, every pair of neighbouring entries swapped."""
    for path, data in files.items():
        for place in range(len(data)):
            changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
            yield f"byte {place} of {path}", {**files, path: changed}
        yield f"loss of {path}", {other: kept for other, kept in files.items() if other != path}
        if path.startswith("tile/entries/"):
            entries = entries_in(data)
            for place in range(len(entries) - 1):
                swapped = entries[:place] + [entries[place + 1], entries[place]] + entries[place + 2 :]
                packed = b"".join(len(entry).to_bytes(2, "big") + entry for entry in swapped)
                yield f"swap of entries {place} and {place + 1} of {path}", {**files, path: packed}


def tamper(files, key):
    """Counts the alterations that are rejected; any that is accepted ends the program."""
    Log(files, key).check()
    rejected = 0
    # A log may forget receipts and older checkpoints and bundles: their loss is no alteration of what is left.
    may_be_lost = re.compile(r"loss of (receipts/.*\.(tlog-proof|json)|checkpoint\.\d+|tile/entries/.*\.p/.*)")
    for what, altered in alterations(files):
        if may_be_lost.fullmatch(what):
            continue
        try:
            Log(altered, key).check()
        except Rejected:
            rejected += 1
        else:
            raise Rejected(f"the log was accepted after {what}")
    return rejected


# ---- command line ----------------------------------------------------------------------------------------------------


def read_files(directory):
    files = {}
    for folder, _, names in os.walk(directory):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                files[os.path.relpath(path, directory).replace(os.sep, "/")] = file.read()
    return files


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["log", "receipt", "tamper"])
    parser.add_argument("path")
    parser.add_argument("--key", required=True, help="verifier key text, or a file that holds it")
    arguments = parser.parse_args()
    started = time.monotonic()
    try:
        text = arguments.key
        if os.path.exists(text):
            with open(text, encoding="utf-8") as file:
                text = file.read().strip()
        key = read_key(text)
        if arguments.what == "receipt":
            with open(arguments.path, "rb") as file:
                index, size, root = check_receipt_file(file.read(), key)
            print(f"OK receipt: leaf {index} of {size} in {key[0]}, root {base64.b64encode(root).decode()}")
        elif arguments.what == "log":
            counts = Log(read_files(arguments.path), key).check()
            print("OK log:", ", ".join(f"{count} {name}" for name, count in counts.items()), end="")
            print(f" in {time.monotonic() - started:.2f} s")
        else:
            rejected = tamper(read_files(arguments.path), key)
            print(f"OK tamper: {rejected} of {rejected} alterations rejected in {time.monotonic() - started:.2f} s")
    except Rejected as why:
        print(f"REJECTED: {why}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
