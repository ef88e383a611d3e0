#!/bin/sh
# Send a FHIR message (a BaRS message Bundle) from a file, or - for standard input. Needs DOOR_URL, FOOTING_TOKEN.
set -eu
curl -sS -i "$DOOR_URL/fhir/\$process-message" \
  -H "authorization: Bearer $FOOTING_TOKEN" \
  -H "content-type: application/fhir+json" \
  --data-binary @"$1"
