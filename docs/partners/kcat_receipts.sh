#!/bin/sh
# Print every receipt of EVENT, one a line; wait up to a minute for the first. Needs KAFKA_URL, PARTNER, EVENT.
# Records with a header ce_type are no receipts (the connectivity event, every 15 minutes): their key is no id of yours.
set -eu
for _ in $(seq 60); do
  found=$(kcat -C -q -e -b "$KAFKA_URL" -t "receipts.$PARTNER" -o beginning -f '%k %s\n' | grep "^$EVENT " || true)
  if [ -n "$found" ]; then
    echo "$found" | cut -d ' ' -f 2-
    exit 0
  fi
  sleep 1
done
echo "no receipt of $EVENT within a minute" >&2
exit 1
