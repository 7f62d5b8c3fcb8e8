"""Checks a proof of a stock item by deploy/audit.md alone: check_proof.py FILE

Prints the number of links and the head, and exits with 0 if the item was never oversold, else says why and exits
with 1.
"""

import base64
import hashlib
import json
import sys


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def zigzag(data, at):
    value, at = varint(data, at)
    return (value >> 1) ^ -(value & 1), at


def levels_of(payload):
    """SKU, version and levels that a payload begins with."""
    length, at = varint(payload, 0)
    sku = payload[at : at + length].decode()
    at += length
    version, at = varint(payload, at)
    _, at = zigzag(payload, at)
    levels = []
    for _ in range(5):
        value, at = zigzag(payload, at)
        levels.append(value)
    return sku, version, levels


def check(lines):
    first, *links, last = lines
    sku = first["sku"]
    start = first["checkpoint"]
    head = bytes.fromhex(start["hash"]) if start else bytes(32)
    version = start["version"] if start else 0
    for link in links:
        payload = base64.b64decode(link["payload"], validate=True)
        head = hashlib.sha256(head + link["tag"].to_bytes(2, "little") + payload).digest()
        named, number, (on_hand, reserved, received, committed, adjusted_out) = levels_of(payload)
        version += 1
        if head.hex() != link["hash"]:
            return f"the hash of version {version} is not that of its payload"
        if named != sku or number != version or number != link["version"]:
            return f"version {version} is of {named}, version {number}"
        told = [link[name] for name in ("on_hand", "reserved", "received", "committed", "adjusted_out")]
        if told != [on_hand, reserved, received, committed, adjusted_out]:
            return f"version {version} does not say what its payload says"
        if not 0 <= reserved <= on_hand or received - committed - adjusted_out != on_hand:
            return f"version {version} was oversold or does not add up"
    if last["links"] != len(links) or last["head"] != head.hex():
        return "the last line names another end"
    if last["never_oversold"] is not True:
        return last.get("problem", "the last line does not vouch for it")
    return None


def main():
    with open(sys.argv[1], encoding="utf-8") as proof:
        lines = [json.loads(line) for line in proof]
    trouble = check(lines)
    print(trouble or f"{len(lines) - 2} links, head {lines[-1]['head']}")
    return 1 if trouble else 0


if __name__ == "__main__":
    sys.exit(main())
