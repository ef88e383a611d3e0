#!/bin/sh
# Publish a made-up referral with kcat. Needs KAFKA_URL, PARTNER, REFERRAL and EVENT (both UUIDs, yours to choose).
# The same EVENT again is the same event: it counts once. SYNTHETIC=false shows what a partner in testing may not say.
set -eu
kcat -P -b "$KAFKA_URL" -t "inbox.$PARTNER.referral-made" -k "$REFERRAL" \
  -H ce_specversion=1.0 \
  -H ce_type=footing.referral-made.v1 \
  -H ce_source="urn:footing:partner:$PARTNER" \
  -H ce_id="$EVENT" \
  -H ce_subject="$REFERRAL" \
  -H ce_time=2026-03-02T09:30:00Z \
  -H content-type=application/json <<END
{"referral_id": "$REFERRAL", "synthetic": ${SYNTHETIC:-true}, "scheme_id": "gateshead", "person_token": "made-up-person-$REFERRAL", "source_code": "A1", "employment_status": "02", "sickness_absence": "8", "voluntary": true, "permissions": []}
END
