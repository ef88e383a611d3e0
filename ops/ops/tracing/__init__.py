"""What became of one event, and the whole story of a referral, put together from what each service keeps."""
