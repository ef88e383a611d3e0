#!/bin/sh
# Void an event that was entered in error, with curl. Needs DOOR_URL, FOOTING_TOKEN, PARTNER, REFERRAL, EVENT (the id of
# this withdrawal) and VOIDS (the id of the session that is void).
set -eu
curl -sS -i "$DOOR_URL/events" \
  -H "authorization: Bearer $FOOTING_TOKEN" \
  -H "content-type: application/json" \
  -H "ce-specversion: 1.0" \
  -H "ce-type: footing.entry-withdrawn.v1" \
  -H "ce-source: urn:footing:partner:$PARTNER" \
  -H "ce-id: $EVENT" \
  -H "ce-subject: $REFERRAL" \
  -H "ce-time: 2026-03-10T09:00:00Z" \
  --data-binary @- <<END
{"referral_id": "$REFERRAL", "synthetic": true, "withdraws": {"type": "footing.session-held.v1", "id": "$VOIDS"}, "reason": "entered_in_error"}
END
