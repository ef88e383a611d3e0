#!/bin/sh
# Print what became of EVENT; wait up to a minute for the gate's answer. Needs DOOR_URL, FOOTING_TOKEN, EVENT.
set -eu
for _ in $(seq 60); do
  answer=$(curl -sS "$DOOR_URL/events/$EVENT" -H "authorization: Bearer $FOOTING_TOKEN")
  case ${answer%%'"history"'*} in  # what stands there of earlier receipts does not count
    *'"fate":"received"'*) sleep 1 ;;
    *) break ;;
  esac
done
echo "$answer"
