"""Is a partner ready? What it has sent, held against a list of what it must have met and handled."""
