"""The way in for systems that speak FHIR: a BaRS message about a referral becomes an event of the contract."""
