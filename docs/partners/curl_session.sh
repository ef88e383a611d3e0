#!/bin/sh
# Publish a made-up session through the door with curl. Needs DOOR_URL, FOOTING_TOKEN, PARTNER, REFERRAL, SESSION, EVENT.
# SUPERSEDES=<event id> makes it the correction of that event; MINUTES=2000 shows a refusal.
set -eu
curl -sS -i "$DOOR_URL/events" \
  -H "authorization: Bearer $FOOTING_TOKEN" \
  -H "content-type: application/json" \
  -H "ce-specversion: 1.0" \
  -H "ce-type: footing.session-held.v1" \
  -H "ce-source: urn:footing:partner:$PARTNER" \
  -H "ce-id: $EVENT" \
  -H "ce-subject: $REFERRAL" \
  -H "ce-time: 2026-03-09T10:00:00Z" \
  --data-binary @- <<END
{"referral_id": "$REFERRAL", "synthetic": true, ${SUPERSEDES:+"\"supersedes\": \"$SUPERSEDES\","} "session_id": "$SESSION", "started_at": "2026-03-09T10:00:00Z", "minutes": ${MINUTES:-50}, "mechanism": "01", "setting": "gp_practice", "delivered_by": "employment_adviser", "adviser_token": "made-up-adviser-token-1", "attendance": 5, "interventions": ["cv"]}
END
