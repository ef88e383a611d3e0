"""Works out the hash of a published release again: python check_hash.py http://127.0.0.1:8103/releases/2026-03-31.json"""

import hashlib
import json
import sys
import urllib.request

# What happens to a release, and what has changed around it, is not part of what it says.
OUTSIDE = {"status", "drafted_at", "content_hash", "published_at", "withdrawn_at", "withdrawn_because", "since"}

with urllib.request.urlopen(sys.argv[1]) as answer:  # noqa: S310  an address of your own choice
    release = json.load(answer)
said = {name: value for name, value in release.items() if name not in OUTSIDE}
canonical = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
found = hashlib.sha256(canonical.encode()).hexdigest()
print(f"{release['id']}: {found}", "as it says" if found == release["content_hash"] else "IS NOT WHAT IT SAYS")
sys.exit(found != release["content_hash"])
